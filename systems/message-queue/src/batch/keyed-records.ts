// The records of a batch as compaction looks at them: their keys, and whether they have a value. The rest stays as it is.

import type { BatchHeader } from './batch-header.ts';
import { Cursor, InvalidRecordsError, varint } from './records.ts';

export type KeyedRecord = {
  readonly offset: number;
  /** As it is written: of a batch with the broker's times it means nothing. */
  readonly timestampMs: number;
  readonly key: Uint8Array | null;
  readonly isTombstone: boolean;
  /** Where it lies in the unpacked bytes, with its length; and where its offset begins. */
  readonly start: number;
  readonly restAt: number;
  readonly end: number;
};

/** The records of a batch, from its unpacked bytes. Throws InvalidRecordsError; what was given before is as it says. */
export function* keyedRecords(
  header: Pick<BatchHeader, 'baseOffset' | 'lastOffsetDelta' | 'baseTimestampMs' | 'recordCount'>,
  unpacked: Uint8Array,
): Generator<KeyedRecord, void, undefined> {
  const cursor = new Cursor(unpacked);
  let before = -1;
  for (let index = 0; index < header.recordCount; index++) {
    const start = cursor.at;
    const length = cursor.varint();
    const end = cursor.at + length;
    if (length < 0 || end > unpacked.length)
      throw new InvalidRecordsError(`record ${index} does not fit its batch`);
    cursor.skip(1);
    const timestampMs = header.baseTimestampMs + cursor.varint();
    const restAt = cursor.at;
    const delta = cursor.varint();
    if (delta <= before || delta > header.lastOffsetDelta)
      throw new InvalidRecordsError(`record ${index} has the offset ${delta} in its batch`);
    before = delta;
    const key = cursor.nullable();
    const isTombstone = cursor.nullable() === null;
    if (cursor.at >= end) throw new InvalidRecordsError(`record ${index} is not as long as it says`);
    cursor.at = end;
    yield { offset: header.baseOffset + delta, timestampMs, key, isTombstone, start, restAt, end };
  }
  if (cursor.at !== unpacked.length) throw new InvalidRecordsError('there is something behind the last one');
}

/** The same record in a batch with another base timestamp. */
export function retimed(
  { timestampMs, restAt, end }: KeyedRecord,
  batch: { readonly unpacked: Uint8Array; readonly baseTimestampMs: number },
): readonly Uint8Array[] {
  const timestamp = varint(timestampMs - batch.baseTimestampMs);
  const rest = batch.unpacked.subarray(restAt, end);
  return [varint(1 + timestamp.length + rest.length), attributes, timestamp, rest];
}

const attributes = Buffer.from([0]);
