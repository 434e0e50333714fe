// The tables of delayed records. Topics are named by their ids, which are never used again.

import { type ColumnTypes, tablesOf } from '@cairn/engines';

export type DelayTables = {
  delayed_record: {
    /** In the order of arrival. */
    id: number;
    /** Where it is to appear. */
    topic_id: string;
    partition: number;
    due_ms: number;
    /** One record of message format 2, its timestamp 0. */
    record: Uint8Array;
    size_bytes: number;
    /** CRC-32 of the record. */
    record_crc: number;
    /** Of all else; null in rows from before there were checksums. */
    row_crc: number | null;
    /** When it was due, of one that is damaged and was set aside. */
    set_aside_due_ms: number | null;
  };
  /** Batches of idempotent producers whose delayed records are here and which their partition may not know yet. */
  delayed_batch: {
    /** Where the producer sent it. */
    topic_id: string;
    partition: number;
    producer_id: number;
    producer_epoch: number;
    base_sequence: number;
    seen_ms: number;
  };
  /** Of a partition: the broker's sequence in it, and what is being appended under it. */
  delivery: {
    topic_id: string;
    partition: number;
    producer_epoch: number;
    next_sequence: number;
    /** JSON: ids of records, in their order. Empty when nothing is. */
    claimed: string;
    claimed_ms: number;
    /** Null in rows from before there were checksums. */
    row_crc: number | null;
  };
  /** Numbers by name: `next-id` of records, `producer-id` of the broker. */
  delay_number: { name: string; value: number };
};

export const { statement } = tablesOf<DelayTables>();

export function createDelayTables({ text, integer, blob, clustered }: ColumnTypes): readonly string[] {
  return [
    // Not clustered by due time: a row is written once, where there is room, and found by the index.
    `create table delayed_record (
      id ${integer} not null primary key,
      topic_id ${text} not null,
      partition ${integer} not null,
      due_ms ${integer} not null,
      size_bytes ${integer} not null,
      record_crc ${integer} not null,
      record ${blob} not null
    )`,
    'create index delayed_record_due on delayed_record (topic_id, partition, due_ms, id)',
    `create table delayed_batch (
      topic_id ${text} not null,
      partition ${integer} not null,
      producer_id ${integer} not null,
      producer_epoch ${integer} not null,
      base_sequence ${integer} not null,
      seen_ms ${integer} not null,
      primary key (topic_id, partition, producer_id, producer_epoch, base_sequence)
    ) ${clustered}`,
    `create table delivery (
      topic_id ${text} not null,
      partition ${integer} not null,
      producer_epoch ${integer} not null,
      next_sequence ${integer} not null,
      claimed ${text} not null,
      claimed_ms ${integer} not null,
      primary key (topic_id, partition)
    ) ${clustered}`,
    `create table delay_number (
      name ${text} not null primary key,
      value ${integer} not null
    ) ${clustered}`,
  ];
}

export function addRowChecksums({ integer }: ColumnTypes): readonly string[] {
  return [
    `alter table delayed_record add column row_crc ${integer}`,
    `alter table delayed_record add column set_aside_due_ms ${integer}`,
    `alter table delivery add column row_crc ${integer}`,
  ];
}
