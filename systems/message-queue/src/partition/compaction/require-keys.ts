// Every record of a compacted topic has a key: one without could never be found to be old. So batches of such topics are looked
// into when they come, which costs their unpacking; those of other topics are not.

import type { Clock } from '@cairn/world';
import { withUnpackedRecords } from '../../batch/compression.ts';
import { keyedRecords } from '../../batch/keyed-records.ts';
import { InvalidRecordsError } from '../../batch/records.ts';
import { recordFaultsMax } from '../../limits.ts';
import type { IncomingBatch } from '../incoming-batches.ts';
import { PartitionError, type RecordFault } from '../partition.ts';
import { Pace } from './pace.ts';

/** Rejects with PartitionError INVALID_RECORD, which names the records without a key, and with the signal's reason. */
export async function requireKeys(
  batches: readonly IncomingBatch[],
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  const pace = new Pace({ clock, bytesPerSecond: Number.POSITIVE_INFINITY, signal });
  const recordFaults: RecordFault[] = [];
  let before = 0;
  for (const { header, bytes } of batches) {
    try {
      await withUnpackedRecords(header, bytes, async (unpacked) => {
        for (const { key, offset } of keyedRecords(header, unpacked)) {
          const pause = pace.pause();
          if (pause !== undefined) await pause;
          if (key !== null || recordFaults.length === recordFaultsMax) continue;
          const index = before + offset - header.baseOffset;
          recordFaults.push({ index, detail: 'the record has no key, in a compacted topic' });
        }
      });
    } catch (cause) {
      if (!(cause instanceof InvalidRecordsError)) throw cause;
      throw new PartitionError('INVALID_RECORD', cause.message, { cause });
    }
    before += header.recordCount;
  }
  if (recordFaults.length === 0) return;
  const detail = `record ${recordFaults[0]!.index} has no key, in a compacted topic`;
  throw new PartitionError('INVALID_RECORD', detail, { recordFaults });
}
