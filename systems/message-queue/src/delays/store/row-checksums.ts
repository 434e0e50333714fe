// Checksums of rows of the store: CRC-32 of the columns, each ended by U+0000, which no text holds. A row from before there were any
// has null: it is taken as it is. One of `delivery` gets its own when it is written, which is with the next delivery.

import { crc32 } from 'node:zlib';
import type { DelayTables } from './delay-tables.ts';

export type RecordRow = Omit<DelayTables['delayed_record'], 'record' | 'row_crc' | 'set_aside_due_ms'>;
export type DeliveryRow = Omit<DelayTables['delivery'], 'row_crc'>;

export function recordRowCrc(row: RecordRow): number {
  return crcOf(row.id, row.topic_id, row.partition, row.due_ms, row.size_bytes, row.record_crc);
}

export function deliveryCrc(row: DeliveryRow): number {
  const { topic_id, partition, producer_epoch, next_sequence, claimed, claimed_ms } = row;
  return crcOf(topic_id, partition, producer_epoch, next_sequence, claimed, claimed_ms);
}

/** Whether a row is what was written, as far as that is known. */
export function isRight(stored: number | null, computed: number): boolean {
  return stored === null || stored === computed;
}

function crcOf(...values: readonly (string | number)[]): number {
  return crc32(values.map((value) => `${value}\0`).join(''));
}
