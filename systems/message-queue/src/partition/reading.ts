// What a read of a partition goes through: tried again where its segment was replaced meanwhile, its errors those of a partition.

import { InvalidRecordsError } from '../batch/records.ts';
import { readAttemptsMax } from '../limits.ts';
import { PartitionError } from './partition.ts';
import { SegmentGoneError } from './segments/segment-source.ts';

/** Batches are stored without a look at their records: what is wrong with them shows here. */
export async function reading<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await againIfGone(work);
  } catch (cause) {
    if (!(cause instanceof InvalidRecordsError)) throw cause;
    throw new PartitionError('CORRUPT_MESSAGE', cause.message, { cause });
  }
}

/** A segment that is replaced while it is read is read in its new form. */
export async function againIfGone<T>(work: () => Promise<T>): Promise<T> {
  for (let attempts = 1; ; attempts += 1) {
    try {
      return await work();
    } catch (cause) {
      if (!(cause instanceof SegmentGoneError)) throw cause;
      if (attempts < readAttemptsMax) continue;
      throw new PartitionError('KAFKA_STORAGE_ERROR', 'its segments change too fast', { cause });
    }
  }
}
