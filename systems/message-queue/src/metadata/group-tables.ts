// The tables of consumer groups: what a group is, and its offsets. Topics are named by their ids, which are never used
// again: the offsets of a topic that was deleted are out of reach of another one of its name at once, and removed later.

import { type ColumnTypes, tablesOf } from '@cairn/engines';

type Offset = {
  group_id: string;
  topic_id: string;
  partition: number;
  committed_offset: number;
  /** -1 when the client gave none. */
  leader_epoch: number;
  metadata: string;
  committed_ms: number;
  row_crc: number;
};

export type GroupTables = {
  consumer_group: {
    id: string;
    /** JSON of StoredGroup: src/groups/stored-group.ts. */
    state: string;
    row_crc: number;
  };
  committed_offset: Offset;
  /** Of transactions that are not ended: one row per producer, since several may be open. */
  pending_offset: Offset & { producer_id: number };
  group_config: {
    group_id: string;
    /** JSON: what was set for it, by its names, as text. */
    configuration: string;
    row_crc: number;
  };
};

export const { statement } = tablesOf<GroupTables>();

export function createGroupTables(types: ColumnTypes): readonly string[] {
  const offset = `group_id ${types.text} not null,
      topic_id ${types.text} not null,
      partition ${types.integer} not null,
      committed_offset ${types.integer} not null,
      leader_epoch ${types.integer} not null,
      metadata ${types.text} not null,
      committed_ms ${types.integer} not null,
      row_crc ${types.integer} not null`;
  return [
    `create table consumer_group (
      id ${types.text} not null primary key,
      state ${types.text} not null,
      row_crc ${types.integer} not null
    ) ${types.clustered}`,
    `create table committed_offset (
      ${offset},
      primary key (group_id, topic_id, partition)
    ) ${types.clustered}`,
    'create index committed_offset_topic on committed_offset (topic_id)',
    `create table pending_offset (
      ${offset},
      producer_id ${types.integer} not null,
      primary key (group_id, topic_id, partition, producer_id)
    ) ${types.clustered}`,
    'create index pending_offset_producer on pending_offset (producer_id)',
  ];
}

export function createGroupConfigTable(types: ColumnTypes): readonly string[] {
  return [
    `create table group_config (
      group_id ${types.text} not null primary key,
      configuration ${types.text} not null,
      row_crc ${types.integer} not null
    ) ${types.clustered}`,
  ];
}
