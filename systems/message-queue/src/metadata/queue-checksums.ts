// Checksums of rows of queues, and of others that got theirs as late: CRC-32 of the columns, each ended by U+0000, which no text holds. A row from before there were any
// has null: it is taken as it is, and gets one when it is written.

import { crc32 } from 'node:zlib';

export type QueueRow = { readonly name: string; readonly id: string; readonly document: string };
export type GoneRow = { readonly queue: string; readonly first: number; readonly last: number };
export type ReceivedRow = {
  readonly queue: string;
  readonly offset: number;
  readonly count: number;
  readonly firstReceivedMs: number;
};

export type MoveRow = { readonly queue: string; readonly id: string; readonly document: string };

export function queueCrc({ name, id, document }: QueueRow): number {
  return crcOf(name, id, document);
}

export function goneCrc({ queue, first, last }: GoneRow): number {
  return crcOf(queue, first, last);
}

export function receivedCrc({ queue, offset, count, firstReceivedMs }: ReceivedRow): number {
  return crcOf(queue, offset, count, firstReceivedMs);
}

export function moveCrc({ queue, id, document }: MoveRow): number {
  return crcOf(queue, id, document);
}

/** Whether a row is what was written, as far as that is known. */
export function isRight(stored: number | null, computed: number): boolean {
  return stored === null || stored === computed;
}

export function crcOf(...values: readonly (string | number)[]): number {
  return crc32(values.map((value) => `${value}\0`).join(''));
}
