// The records of a batch by their timestamps: what a time means is the first one at or after it.

import type { BatchHeader } from './batch-header.ts';
import { unpackedRecords } from './compression.ts';
import { decodeRecords } from './records.ts';

export type FoundRecord = { readonly offset: number; readonly timestampMs: number };

/** Of the records from `startOffset` on. Undefined when there is none. */
export async function firstRecordAtOrAfter(
  batch: { readonly header: BatchHeader; readonly bytes: Uint8Array },
  { timestampMs, startOffset }: { timestampMs: number; startOffset: number },
): Promise<FoundRecord | undefined> {
  const { header } = batch;
  const records = await unpackedRecords(header, batch.bytes);
  for (const record of decodeRecords(header, records)) {
    if (record.offset >= startOffset && record.timestampMs >= timestampMs)
      return { offset: record.offset, timestampMs: record.timestampMs };
  }
  return undefined;
}

/** Of the records from `startOffset` on; -1 for none. */
export async function largestTimestampFrom(
  { header, bytes }: { readonly header: BatchHeader; readonly bytes: Uint8Array },
  startOffset: number,
): Promise<number> {
  let largest = -1;
  for (const record of decodeRecords(header, await unpackedRecords(header, bytes)))
    if (record.offset >= startOffset) largest = Math.max(largest, record.timestampMs);
  return largest;
}
