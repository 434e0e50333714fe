// A batch without some of its records. It keeps its offsets, its producer's fields and its compression; the largest timestamp and
// the checksum are new, and so is the base timestamp when it says from when on tombstones may go (KIP-534).

import { type BatchHeader, type Compression, encodeBatch, noTimestamp } from '../../batch/batch-header.ts';
import { packedRecords } from '../../batch/compression.ts';
import { keyedRecords, retimed } from '../../batch/keyed-records.ts';
import type { Pace } from './pace.ts';

/** Bytes that a record may grow by under another base timestamp: of this, and of the length in front of it. */
const growthMax = 16;

export type Rebuilt = {
  readonly header: BatchHeader & { readonly compression: Compression };
  readonly unpacked: Uint8Array;
  /** A byte for each record: 1 for those that stay. At least one does. */
  readonly kept: Uint8Array;
  /** Of a batch that gets one now. */
  readonly horizonMs: number | undefined;
};

export async function rebuildBatch(
  { header, unpacked, kept, horizonMs }: Rebuilt,
  pace: Pick<Pace, 'pause'>,
): Promise<Buffer> {
  const baseTimestampMs = horizonMs ?? header.baseTimestampMs;
  const count = kept.reduce((sum, each) => sum + each, 0);
  const records = Buffer.allocUnsafeSlow(unpacked.length + (horizonMs === undefined ? 0 : count * growthMax));
  let length = 0;
  let index = 0;
  let maxTimestampMs = noTimestamp;
  for (const record of keyedRecords(header, unpacked)) {
    const pause = pace.pause();
    if (pause !== undefined) await pause;
    if (kept[index++] === 0) continue;
    maxTimestampMs = Math.max(maxTimestampMs, record.timestampMs);
    const pieces =
      horizonMs === undefined
        ? [unpacked.subarray(record.start, record.end)]
        : retimed(record, { unpacked, baseTimestampMs });
    for (const piece of pieces) {
      records.set(piece, length);
      length += piece.length;
    }
  }
  const packed = await packedRecords(header.compression, records.subarray(0, length));
  return encodeBatch(
    {
      ...header,
      baseTimestampMs,
      maxTimestampMs: header.isLogAppendTime ? header.maxTimestampMs : maxTimestampMs,
      hasDeleteHorizon: header.hasDeleteHorizon || horizonMs !== undefined,
      recordCount: count,
    },
    packed,
  );
}

/** What stays of a batch whose records are gone while what is known of its producer rests on it: no time is found in it. */
export function emptiedBatch(header: BatchHeader): Buffer {
  return encodeBatch(
    {
      ...header,
      ...{ compression: 'none', recordCount: 0, hasDeleteHorizon: false },
      ...{ baseTimestampMs: noTimestamp, maxTimestampMs: noTimestamp },
    },
    new Uint8Array(0),
  );
}
