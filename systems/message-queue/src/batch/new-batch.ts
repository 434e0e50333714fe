// A batch of records as a producer without an id makes it: for records that begin in this process.

import { encodeBatch, noProducer } from './batch-header.ts';
import { encodeRecords, type NewRecord } from './records.ts';

/** Of at least one record; for a partition to number. */
export function newBatch(records: readonly NewRecord[]): Buffer {
  const baseTimestampMs = records[0]!.timestampMs;
  const maxTimestampMs = records.reduce((max, { timestampMs }) => Math.max(max, timestampMs), 0);
  return encodeBatch(
    {
      ...{ baseOffset: 0, leaderEpoch: -1, compression: 'none', isLogAppendTime: false },
      ...{ isTransactional: false, isControl: false, baseTimestampMs, maxTimestampMs },
      ...{ producerId: noProducer, producerEpoch: -1, baseSequence: -1 },
      ...{ lastOffsetDelta: records.length - 1, recordCount: records.length },
    },
    encodeRecords(records, baseTimestampMs),
  );
}

/** Of a record in a batch, at most: its fields, and numbers of a few bytes each. */
export function recordBytesOf({ key, value, headers }: NewRecord): number {
  const numbersBytes = 40;
  return headers.reduce(
    (sum, header) => sum + Buffer.byteLength(header.key) + (header.value?.length ?? 0) + 10,
    numbersBytes + (key?.length ?? 0) + (value?.length ?? 0),
  );
}
