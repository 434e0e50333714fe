// The tables of transactions: what a transactional id is and does, and which producer ids were given out.

import { type ColumnTypes, tablesOf } from '@cairn/engines';

export type TransactionTables = {
  transactional_id: {
    id: string;
    /** Counts the changes of the row: a change says which one it follows. */
    version: number;
    status: string;
    producer_id: number;
    producer_epoch: number;
    previous_producer_id: number;
    last_producer_epoch: number;
    next_producer_id: number;
    timeout_ms: number;
    /** JSON of pairs: a topic's name and its partitions. */
    partitions: string;
    /** 0 or 1. */
    has_offsets: number;
    started_ms: number;
    updated_ms: number;
    row_crc: number;
  };
  /** One row. */
  producer_id: { name: string; next_id: number };
};

export const { statement } = tablesOf<TransactionTables>();

export function createTransactionTables(types: ColumnTypes): readonly string[] {
  return [
    `create table transactional_id (
      id ${types.text} not null primary key,
      version ${types.integer} not null,
      status ${types.text} not null,
      producer_id ${types.integer} not null,
      producer_epoch ${types.integer} not null,
      previous_producer_id ${types.integer} not null,
      last_producer_epoch ${types.integer} not null,
      next_producer_id ${types.integer} not null,
      timeout_ms ${types.integer} not null,
      partitions ${types.text} not null,
      has_offsets ${types.integer} not null,
      started_ms ${types.integer} not null,
      updated_ms ${types.integer} not null,
      row_crc ${types.integer} not null
    ) ${types.clustered}`,
    `create table producer_id (
      name ${types.text} not null primary key,
      next_id ${types.integer} not null
    ) ${types.clustered}`,
  ];
}
