// The records of a batch by their timestamps: what a time means is the first one at or after it. Headers are not looked into,
// of which a record may claim millions, and the event loop is left to others on the way: a small batch may hold millions.

import type { BatchHeader } from './batch-header.ts';
import { withUnpackedRecords } from './compression.ts';
import { keyedRecords } from './keyed-records.ts';

export type FoundRecord = { readonly offset: number; readonly timestampMs: number };
type Batch = { readonly header: BatchHeader; readonly bytes: Uint8Array };
/** To be asked for every record: what to wait for. */
type Pace = { pause(): Promise<void> | undefined };

/** Of the records from `startOffset` on. Undefined when there is none. Rejects with InvalidRecordsError. */
export function firstRecordAtOrAfter(
  { header, bytes }: Batch,
  { timestampMs, startOffset, pace }: { timestampMs: number; startOffset: number; pace: Pace },
): Promise<FoundRecord | undefined> {
  return withUnpackedRecords(header, bytes, async (unpacked) => {
    for (const record of keyedRecords(header, unpacked)) {
      const pause = pace.pause();
      if (pause !== undefined) await pause;
      const ownMs = timeOf(record.timestampMs, header);
      if (record.offset >= startOffset && ownMs >= timestampMs)
        return { offset: record.offset, timestampMs: ownMs };
    }
    return undefined;
  });
}

/** Of the records from `startOffset` on; -1 for none. Rejects with InvalidRecordsError. */
export function largestTimestampFrom(
  { header, bytes }: Batch,
  { startOffset, pace }: { startOffset: number; pace: Pace },
): Promise<number> {
  return withUnpackedRecords(header, bytes, async (unpacked) => {
    let largest = -1;
    for (const record of keyedRecords(header, unpacked)) {
      const pause = pace.pause();
      if (pause !== undefined) await pause;
      if (record.offset >= startOffset) largest = Math.max(largest, timeOf(record.timestampMs, header));
    }
    return largest;
  });
}

function timeOf(timestampMs: number, { isLogAppendTime, maxTimestampMs }: BatchHeader): number {
  return isLogAppendTime ? maxTimestampMs : timestampMs;
}
