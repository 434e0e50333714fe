// Small blobs that lie near each other in a segment, which are read and verified at once. One by one each would cost a
// lookup, a call on libuv's threads and a timer, and would wake the loop that serves clients for each of them.
//
// A stretch proves blobs sound and never damaged: what it does not prove (a rotten record ends the read in front of it, a
// blob may have been moved since its row was read) is left to who reads blob by blob.

import { type SegmentLog, SegmentLogError } from '@cairn/segment-log';
import { DiskError } from '@cairn/world';
import { readBatchBlocks, recordHeaderBytes } from '../../limits.ts';
import { isSoundBlob, type StoredBlobRow } from '../index/blobs.ts';
import type { BufferPool } from '../reading/buffer-pool.ts';
import { blockOf } from '../reading/verify-block.ts';
import { blockCount, blockOverheadBytes, decodeRuns, piecesBytesMax } from '../runs.ts';

/** A blob of one record. */
type SmallBlob = {
  readonly id: string;
  readonly log: number;
  readonly segment: number;
  readonly position: number;
  readonly sizeBytes: number;
};
/** In the order of their positions. */
export type Stretch = readonly [SmallBlob, ...SmallBlob[]];

/** Bytes of others that are read with a stretch rather than that a second read begins behind them. */
const gapBytesMax = 64 * 1024;
const stretchBytesMax = piecesBytesMax(readBatchBlocks);

/** The small blobs of a page in stretches, and the ids of all others. */
export function stretchesOf(rows: readonly StoredBlobRow[]): {
  readonly stretches: readonly Stretch[];
  readonly others: readonly string[];
} {
  const small: SmallBlob[] = [];
  const others: string[] = [];
  for (const row of rows) {
    const blob = smallBlobOf(row);
    if (blob === undefined) others.push(row.id);
    else small.push(blob);
  }
  const stretches: [SmallBlob, ...SmallBlob[]][] = [];
  for (const blob of small.sort(byPlace)) {
    const last = stretches.at(-1);
    if (last !== undefined && belongsTo(last, blob)) last.push(blob);
    else stretches.push([blob]);
  }
  return { stretches, others };
}

/** Those of a stretch that one read proved to be what was written. */
export async function provenOf(
  stretch: Stretch,
  { logs, buffers }: { readonly logs: readonly SegmentLog[]; readonly buffers: BufferPool },
): Promise<readonly SmallBlob[]> {
  const [first] = stretch;
  const lengthBytes = endOf(stretch.at(-1)!) - first.position;
  const buffer = buffers.take();
  try {
    const { payloads } = await logs[first.log]!.readOn(first, { lengthBytes, take: () => buffer });
    return provenBy(payloads, stretch);
  } catch (error) {
    // Who reads them one by one says of which, and why.
    if (error instanceof SegmentLogError || error instanceof DiskError) return [];
    throw error;
  } finally {
    buffers.give(buffer);
  }
}

function provenBy(payloads: readonly Uint8Array[], stretch: Stretch): readonly SmallBlob[] {
  const byPosition = new Map<number, Uint8Array>();
  let { position } = stretch[0];
  for (const payload of payloads) {
    byPosition.set(position, payload);
    position += recordHeaderBytes + payload.byteLength;
  }
  return stretch.filter(({ id: blob, sizeBytes, position }) => {
    const payload = byPosition.get(position);
    return payload !== undefined && blockOf(payload, { blob, sizeBytes, index: 0 }) !== undefined;
  });
}

function smallBlobOf(row: StoredBlobRow): SmallBlob | undefined {
  const { id, log, size: sizeBytes } = row;
  if (blockCount(sizeBytes) !== 1 || !isSoundBlob(row)) return undefined;
  const [run] = decodeRuns(row.runs);
  return run && { id, log, segment: run.segment, position: run.position, sizeBytes };
}

function byPlace(left: SmallBlob, right: SmallBlob): number {
  return left.log - right.log || left.segment - right.segment || left.position - right.position;
}

function belongsTo(stretch: Stretch, blob: SmallBlob): boolean {
  const [first] = stretch;
  return (
    first.log === blob.log &&
    first.segment === blob.segment &&
    blob.position - endOf(stretch.at(-1)!) <= gapBytesMax &&
    endOf(blob) - first.position <= stretchBytesMax
  );
}

function endOf({ position, sizeBytes }: SmallBlob): number {
  return position + blockOverheadBytes + sizeBytes;
}
