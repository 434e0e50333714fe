// A batch of a topic with delays, unpacked and parted: what is to appear later or elsewhere, and the batch without it.
//
// What is left keeps producer, sequence and last offset delta, and each record its offset delta: as compaction leaves a
// batch. So the partition takes it for what its producer sent, and knows a retry of it.

import { type BatchHeader, encodeBatch, noProducer, noTimestamp } from '../batch/batch-header.ts';
import { packedRecords, unpackedRecords } from '../batch/compression.ts';
import { type BatchRecord, decodeRecords, InvalidRecordsError, type NewRecord } from '../batch/records.ts';
import { delayedBatchBytesMax, delayedBatchRecordsMax } from '../limits.ts';
import type { IncomingBatch } from '../partition/incoming-batches.ts';
import { PartitionError } from '../partition/partition.ts';
import { type DelayPlace, decideDelay } from './delay-policy.ts';
import type { Turns } from './turns.ts';

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

export type SplitOptions = {
  readonly place: DelayPlace;
  /** Then every record needs a key. */
  readonly isCompacted: boolean;
  readonly turns: Turns;
};

/** Throws PartitionError INVALID_RECORD, MESSAGE_TOO_LARGE. */
export async function splitBatch(batch: IncomingBatch, options: SplitOptions): Promise<SplitBatch> {
  const { header, bytes } = batch;
  const taken: TakenRecord[] = [];
  const left: BatchRecord[] = [];
  for await (const { record, decision } of decided(batch, options)) {
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
export async function hasDelayed(batch: IncomingBatch, options: SplitOptions): Promise<boolean> {
  for await (const { decision } of decided(batch, options)) if (decision.kind !== 'now') return true;
  return false;
}

async function* decided({ header, bytes }: IncomingBatch, { place, isCompacted, turns }: SplitOptions) {
  const { recordCount } = header;
  if (recordCount > delayedBatchRecordsMax)
    throw new PartitionError(
      'MESSAGE_TOO_LARGE',
      `a batch of ${recordCount} records in a topic with delays, ${delayedBatchRecordsMax} are allowed`,
    );
  try {
    const unpacked = await unpackedRecords(header, bytes, delayedBatchBytesMax);
    for (const record of decodeRecords(header, unpacked)) {
      const pause = turns.pause();
      if (pause !== undefined) await pause;
      if (isCompacted && record.key === null)
        throw new PartitionError('INVALID_RECORD', 'a record has no key, in a compacted topic');
      yield { record, decision: decideDelay(record, place) };
    }
  } catch (error) {
    if (!(error instanceof InvalidRecordsError)) throw error;
    throw new PartitionError('INVALID_RECORD', error.message, { cause: error });
  }
}

async function restOf(header: BatchHeader, left: readonly BatchRecord[]): Promise<Uint8Array | undefined> {
  const isEmpty = left.length === 0;
  // Of a producer without a sequence nothing has to be remembered.
  if (isEmpty && header.producerId === noProducer) return undefined;
  const records = Buffer.concat(left.map(({ bytes }) => bytes));
  const compression = isEmpty || header.compression === undefined ? 'none' : header.compression;
  const maxTimestampMs = left.reduce((max, { timestampMs }) => Math.max(max, timestampMs), noTimestamp);
  return encodeBatch(
    {
      ...header,
      ...{ compression, maxTimestampMs, recordCount: left.length },
      baseTimestampMs: isEmpty ? noTimestamp : header.baseTimestampMs,
    },
    await packedRecords(compression, records),
  );
}
