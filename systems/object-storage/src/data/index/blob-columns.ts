// New blobs on their way to the thread of the index, column by column. As rows each would be cloned member by member, with
// a buffer of its own for its runs, which takes both threads as long as writing it.

import assert from 'node:assert/strict';
import type { BlobPlace } from '../data-store.ts';
import { encodeRuns, runBytes } from '../runs.ts';
import type { BlobRow } from './tables.ts';

export type BlobColumns = {
  readonly ids: readonly string[];
  readonly logs: readonly number[];
  readonly sizes: readonly number[];
  /** Of each blob, the bytes that its runs take. */
  readonly runsBytes: readonly number[];
  /** Those of all blobs, one behind the other. */
  readonly runs: Uint8Array;
};

export function blobColumns(
  blobs: readonly { readonly blob: string; readonly place: BlobPlace }[],
): BlobColumns {
  const runs = encodeRuns(blobs.flatMap(({ place }) => place.runs));
  return {
    ids: blobs.map(({ blob }) => blob),
    logs: blobs.map(({ place }) => place.log),
    sizes: blobs.map(({ place }) => place.sizeBytes),
    runsBytes: blobs.map(({ place }) => place.runs.length * runBytes),
    runs,
  };
}

/** In the same order. The runs are views of the column's memory. */
export function blobRows({ ids, logs, sizes, runsBytes, runs }: BlobColumns): readonly BlobRow[] {
  let at = 0;
  const rows = ids.map((id, index) => {
    const start = at;
    at += runsBytes[index]!;
    return { id, log: logs[index]!, size: sizes[index]!, runs: runs.subarray(start, at) };
  });
  assert.equal(at, runs.byteLength, 'the runs of all blobs are those of each');
  return rows;
}
