// Reads the dirty part of a partition for the last offset of each key, until there is no room for the next batch.

import { type BatchHeader, decodeBatchHeader } from '../../batch/batch-header.ts';
import { unpackedRecords } from '../../batch/compression.ts';
import { keyedRecords } from '../../batch/keyed-records.ts';
import { InvalidRecordsError } from '../../batch/records.ts';
import type { Offset } from '../partition.ts';
import type { ListedBatch } from '../segments/segment-source.ts';
import { KeyOffsets } from './key-offsets.ts';
import type { Pace } from './pace.ts';
import type { TransactionFates } from './transaction-fates.ts';

export type MappedKeys = {
  readonly offsets: KeyOffsets;
  /** Behind the last batch that was looked at. */
  readonly mappedTo: Offset;
  /** Base offsets of batches that were passed over: with more records than there is room for at all, or not to be read. */
  readonly unmapped: ReadonlySet<Offset>;
};

export async function mapKeys(
  batches: AsyncIterable<ListedBatch & { readonly kind: 'batch' }>,
  options: {
    readonly from: Offset;
    readonly to: Offset;
    readonly fates: Pick<TransactionFates, 'isAborted'>;
    readonly bytesMax: number;
    readonly pace: Pace;
  },
): Promise<MappedKeys> {
  const { from, to, fates, pace } = options;
  const offsets = new KeyOffsets({ keysMax: to - from, bytesMax: options.bytesMax });
  const unmapped = new Set<Offset>();
  for await (const { payload, lengthBytes } of batches) {
    await pace.take(lengthBytes);
    const header = decodeBatchHeader(payload);
    // A batch in which the partition begins counts whole.
    const isBefore = header.baseOffset + header.lastOffsetDelta < from;
    if (isBefore || header.isControl || fates.isAborted(header)) continue;
    // Nothing is in it that has to be known, or everything that is in it fits.
    if (header.recordCount > offsets.room) {
      if (offsets.size > 0) return { offsets, mappedTo: header.baseOffset, unmapped };
      unmapped.add(header.baseOffset);
    } else if (!(await putKeys({ header, bytes: payload }, { offsets, pace }))) {
      unmapped.add(header.baseOffset);
    }
  }
  return { offsets, mappedTo: to, unmapped };
}

/** False, and nothing was put, when its records cannot be read. */
async function putKeys(
  { header, bytes }: { readonly header: BatchHeader; readonly bytes: Uint8Array },
  { offsets, pace }: { readonly offsets: KeyOffsets; readonly pace: Pace },
): Promise<boolean> {
  try {
    const unpacked = await unpackedRecords(header, bytes);
    // First whether all can be read: what only this batch has must not take the place of older records.
    for (const _ of keyedRecords(header, unpacked)) {
      const pause = pace.pause();
      if (pause !== undefined) await pause;
    }
    for (const { key, offset } of keyedRecords(header, unpacked)) {
      const pause = pace.pause();
      if (pause !== undefined) await pause;
      if (key !== null) offsets.put(key, offset);
    }
    return true;
  } catch (error) {
    if (!(error instanceof InvalidRecordsError)) throw error;
    return false;
  }
}
