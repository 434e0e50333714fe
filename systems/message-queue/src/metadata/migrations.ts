// How the metadata tables came to be. Migration N takes a store from version N - 1 to N; a released one is never edited.

import type { ColumnTypes, Migration } from '@cairn/engines';
import { createGroupConfigTable, createGroupTables } from './group-tables.ts';
import { addQueueChecksums, createQueueTables } from './queue-tables.ts';
import { createTransactionTables } from './transaction-tables.ts';

export const migrations: readonly Migration[] = [
  (types) => [
    ...createTopicTables(types),
    ...createAccessTables(types),
    ...createGroupTables(types),
    ...createTransactionTables(types),
    ...createQueueTables(types),
  ],
  (types) => createGroupConfigTable(types),
  (types) => [...addQueueChecksums(types), addChecksum('setting', types)],
  (types) => ['acl', 'client_quota', 'queue_move'].map((table) => addChecksum(table, types)),
];

function createTopicTables(types: ColumnTypes): readonly string[] {
  return [
    `create table setting (
      name ${types.text} not null primary key,
      value ${types.text} not null
    ) ${types.clustered}`,
    `create table topic (
      name ${types.text} not null primary key,
      id ${types.text} not null unique,
      partitions ${types.integer} not null,
      created_ms ${types.integer} not null,
      configuration ${types.text} not null,
      row_crc ${types.integer} not null
    ) ${types.clustered}`,
    `create table topic_deletion (
      id ${types.text} not null primary key,
      partitions ${types.integer} not null,
      since_ms ${types.integer} not null
    ) ${types.clustered}`,
  ];
}

function createAccessTables(types: ColumnTypes): readonly string[] {
  return [
    `create table acl (
      resource_type ${types.integer} not null,
      resource_name ${types.text} not null,
      pattern_type ${types.integer} not null,
      principal ${types.text} not null,
      host ${types.text} not null,
      operation ${types.integer} not null,
      permission ${types.integer} not null,
      primary key (resource_type, resource_name, pattern_type, principal, host, operation, permission)
    ) ${types.clustered}`,
    `create table client_quota (
      entity ${types.text} not null primary key,
      quotas ${types.text} not null
    ) ${types.clustered}`,
  ];
}

function addChecksum(table: string, { integer }: ColumnTypes): string {
  return `alter table ${table} add column row_crc ${integer}`;
}
