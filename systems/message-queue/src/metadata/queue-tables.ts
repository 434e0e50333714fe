// The tables of SQS queues. `row_crc` is null in rows from before there were checksums: queue-checksums.ts.

import { type ColumnTypes, tablesOf } from '@cairn/engines';

export type QueueTables = {
  queue: {
    name: string;
    /** 8 random bytes in hexadecimal, never used again: the folder of its log. */
    id: string;
    /** JSON: attributes that were set, tags, times. */
    document: string;
    row_crc: number | null;
  };
  /** Queues that are gone and whose logs are not yet: written with the removal of the queue. */
  queue_deletion: { id: string };
  /** Offsets whose messages are gone, as ranges. */
  queue_gone: { queue: string; first_offset: number; last_offset: number; row_crc: number | null };
  /** Messages that were received more than once. */
  queue_received: {
    queue: string;
    message_offset: number;
    count: number;
    first_received_ms: number;
    row_crc: number | null;
  };
  /** Message move tasks: JSON. */
  queue_move: { queue: string; id: string; document: string; row_crc: number | null };
  /**
   * What receipt handles are sealed with: one row. Without a checksum: one that rots is as secret, and handles from before are not
   * known any more, so that their messages come again.
   */
  queue_secret: { name: string; secret: Uint8Array };
};

export const { statement } = tablesOf<QueueTables>();

export function createQueueTables({ text, integer, blob, clustered }: ColumnTypes): readonly string[] {
  return [
    `create table queue (
      name ${text} not null primary key,
      id ${text} not null unique,
      document ${text} not null
    ) ${clustered}`,
    `create table queue_deletion (id ${text} not null primary key) ${clustered}`,
    `create table queue_gone (
      queue ${text} not null,
      first_offset ${integer} not null,
      last_offset ${integer} not null,
      primary key (queue, first_offset)
    ) ${clustered}`,
    `create table queue_received (
      queue ${text} not null,
      message_offset ${integer} not null,
      count ${integer} not null,
      first_received_ms ${integer} not null,
      primary key (queue, message_offset)
    ) ${clustered}`,
    `create table queue_move (
      queue ${text} not null,
      id ${text} not null,
      document ${text} not null,
      primary key (queue, id)
    ) ${clustered}`,
    `create table queue_secret (
      name ${text} not null primary key,
      secret ${blob} not null
    ) ${clustered}`,
  ];
}

export function addQueueChecksums({ integer }: ColumnTypes): readonly string[] {
  return ['queue', 'queue_gone', 'queue_received'].map(
    (table) => `alter table ${table} add column row_crc ${integer}`,
  );
}
