// The transactions that change where blobs lie. Each leaves places, counts and checkpoints in agreement.

import type { Transaction } from '@cairn/engines';
import { justBelow } from '../writing/blob-ids.ts';
import { addBlob, addBlobs } from './add-blobs.ts';
import { type BlobColumns, blobRows } from './blob-columns.ts';
import { forgetBlob, isSoundBlob, locateBlob, placeBlob } from './blobs.ts';
import { SegmentChanges } from './segments.ts';
import {
  advanceCheckpoints,
  type Checkpoint,
  clearDamaged,
  readWatermark,
  writeCheckpoints,
  writeWatermark,
} from './state.ts';
import type { BlobRow } from './tables.ts';

/** A blob that was copied away from where it lay. */
export type MovedBlob = { readonly blob: BlobRow; readonly from: Uint8Array };
/** What recovery found in a log: the last record of a blob, and whether all segments that it names are there. */
export type RecoveredBlob = { readonly blob: BlobRow; readonly complete: boolean };

export type IndexBatch = {
  readonly added: BlobColumns;
  readonly moved: readonly MovedBlob[];
  readonly recovered: readonly RecoveredBlob[];
  readonly checkpoints: readonly Checkpoint[];
  /** Absent during recovery: what it finds is to be decided first. */
  readonly watermark?: string;
};

/** Adds, moves and recovers blobs, and moves the checkpoints behind their records. Doing so twice changes nothing. */
export function* indexBlobs(input: IndexBatch): Transaction<void> {
  const changes = new SegmentChanges();
  for (const blob of yield* addBlobs(blobRows(input.added))) changes.add(blob);
  for (const moved of input.moved) yield* moveBlob(moved, changes);
  for (const recovered of input.recovered) yield* recoverBlob(recovered, changes);
  yield* changes.write();
  if (input.watermark === undefined) return yield* advanceCheckpoints(input.checkpoints);
  yield* writeCheckpoints(input.checkpoints);
  yield* writeWatermark({ watermark: input.watermark });
}

/** A blob that was removed or moved meanwhile stays so: its copy is dead where it lies. */
function* moveBlob({ blob, from }: MovedBlob, changes: SegmentChanges): Transaction<void> {
  const row = yield* locateBlob({ blob: blob.id });
  if (row === undefined || !isSoundBlob(row) || !sameBytes(row.runs, from)) return;
  yield* placeBlob(blob);
  changes.remove(row);
  changes.add(blob);
}

/**
 * One blob may have several last records: where it was written, and where compaction copied it. Whichever names only
 * segments that are there is good; one that does not is kept only for want of a better.
 */
function* recoverBlob({ blob, complete }: RecoveredBlob, changes: SegmentChanges): Transaction<void> {
  const row = yield* locateBlob({ blob: blob.id });
  if (row === undefined) {
    yield* addBlob(blob);
    changes.add(blob);
    return yield* suspect(blob.id);
  }
  const sound = isSoundBlob(row);
  if (sound && (!complete || sameBytes(row.runs, blob.runs))) return;
  yield* placeBlob(blob);
  // What a rotten row counted is not known; the count stays too high, which keeps a segment, never loses one.
  if (sound) changes.remove(row);
  changes.add(blob);
}

/** A blob that the index did not know may have been removed before: its fate is open again. */
function* suspect(blob: string): Transaction<void> {
  const watermark = yield* readWatermark({});
  if (blob < watermark) yield* writeWatermark({ watermark: justBelow(blob) });
}

export function* removeBlobs(input: { blobs: readonly string[] }): Transaction<void> {
  const changes = new SegmentChanges();
  for (const id of input.blobs) {
    const row = yield* locateBlob({ blob: id });
    if (row === undefined) continue;
    yield* forgetBlob(id);
    yield* clearDamaged({ blob: id });
    if (isSoundBlob(row)) changes.remove(row);
  }
  yield* changes.write();
}

function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return Buffer.compare(left, right) === 0;
}
