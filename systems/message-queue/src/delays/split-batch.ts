// A batch of a topic with delays, unpacked and parted: what is to appear later or elsewhere, and the batch without it.
//
// What is left keeps producer, sequence and last offset delta, and each record its offset delta: as compaction leaves a
// batch. So the partition takes it for what its producer sent, and knows a retry of it.

import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { type BatchHeader, encodeBatch, noProducer, noTimestamp } from '../batch/batch-header.ts';
import { unpackedRecords } from '../batch/compression.ts';
import { type BatchRecord, decodeRecords, InvalidRecordsError, type NewRecord } from '../batch/records.ts';
import { delayedBatchBytesMax } from '../limits.ts';
import type { IncomingBatch } from '../partition/incoming-batches.ts';
import { PartitionError } from '../partition/partition.ts';
import { type DelayPlace, decideDelay } from './delay-policy.ts';

const gzipAsync = promisify(gzip);

export type TakenRecord = {
  readonly isDeadLetter: boolean;
  readonly dueMs: number;
  readonly record: NewRecord;
};

export type SplitBatch = {
  readonly header: BatchHeader;
  readonly taken: readonly TakenRecord[];
  /** Undefined where nothing is left that anybody has to know of. */
  readonly rest: Uint8Array | undefined;
};

/** Throws PartitionError INVALID_RECORD, MESSAGE_TOO_LARGE. */
export async function splitBatch(
  { header, bytes }: IncomingBatch,
  place: DelayPlace & { readonly isCompacted: boolean },
): Promise<SplitBatch> {
  const unpacked = await recordsOf(header, bytes);
  if (place.isCompacted && unpacked.some(({ key }) => key === null))
    throw new PartitionError('INVALID_RECORD', 'a record has no key, in a compacted topic');
  const taken: TakenRecord[] = [];
  const left: BatchRecord[] = [];
  for (const record of unpacked) {
    const decision = decideDelay(record, place);
    if (decision.kind === 'now') left.push(record);
    else
      taken.push({
        isDeadLetter: decision.kind === 'dead-letter',
        dueMs: decision.dueMs,
        record: decision.record,
      });
  }
  const rest = taken.length === 0 ? bytes : await restOf(header, left);
  return { header, taken, rest };
}

/** Whether it has a record that is not to appear at once. */
export async function hasDelayed({ header, bytes }: IncomingBatch, place: DelayPlace): Promise<boolean> {
  const unpacked = await recordsOf(header, bytes);
  return unpacked.some((record) => decideDelay(record, place).kind !== 'now');
}

async function recordsOf(header: BatchHeader, bytes: Uint8Array): Promise<readonly BatchRecord[]> {
  try {
    const unpacked = await unpackedRecords(header, bytes);
    if (unpacked.length > delayedBatchBytesMax)
      throw new PartitionError(
        'MESSAGE_TOO_LARGE',
        `a batch of ${unpacked.length} bytes unpacked, a topic with delays takes ${delayedBatchBytesMax}`,
      );
    return [...decodeRecords(header, unpacked)];
  } catch (error) {
    if (!(error instanceof InvalidRecordsError)) throw error;
    throw new PartitionError('INVALID_RECORD', error.message, { cause: error });
  }
}

/** Packed by gzip, which every client has, where it was packed. */
async function restOf(header: BatchHeader, left: readonly BatchRecord[]): Promise<Uint8Array | undefined> {
  const isEmpty = left.length === 0;
  // Of a producer without a sequence nothing has to be remembered.
  if (isEmpty && header.producerId === noProducer) return undefined;
  const records = Buffer.concat(left.map(({ bytes }) => bytes));
  const compression = isEmpty || header.compression === 'none' ? 'none' : 'gzip';
  const maxTimestampMs = left.reduce((max, { timestampMs }) => Math.max(max, timestampMs), noTimestamp);
  return encodeBatch(
    {
      ...header,
      ...{ compression, maxTimestampMs, recordCount: left.length },
      baseTimestampMs: isEmpty ? noTimestamp : header.baseTimestampMs,
    },
    compression === 'none' ? records : await gzipAsync(records),
  );
}
