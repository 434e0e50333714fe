// Counts what the segments carry from the blobs themselves: to check the counts that are kept, and to make them anew.

import type { Transaction } from '@cairn/engines';
import { type SegmentName, segmentName } from '../segment-name.ts';
import { forgetBlob, isSoundBlob, listBlobs } from './blobs.ts';
import { forgetCounts, listSegments, SegmentChanges, type SegmentCount, writeCount } from './segments.ts';
import { writeWatermark } from './state.ts';

export type Miscount = SegmentName & {
  /** What the index says; undefined when its row is rotten. */
  readonly counted: { readonly blobs: number; readonly bytes: number } | undefined;
  readonly found: { readonly blobs: number; readonly bytes: number };
};
export type Recount = { readonly miscounts: readonly Miscount[]; readonly rottenBlobs: readonly string[] };

const pageBlobs = 1_000;
const none = { blobs: 0, bytes: 0 };

/** Segments whose count is not what the blobs say: removing segments relies on it. Reads every blob's row. */
export function* recountSegments(_input: Record<string, never>): Transaction<Recount> {
  const { found, rottenBlobs } = yield* countBlobs();
  const { counted, uncounted } = yield* listSegments({});
  const byName = new Map(counted.map((count) => [segmentName(count), count]));
  const names = new Map(
    [...counted, ...uncounted, ...found.values()].map((name) => [segmentName(name), name]),
  );
  const miscounts: Miscount[] = [];
  for (const [name, { log, segment }] of names) {
    const says = byName.get(name);
    const is = found.get(name) ?? none;
    if (says?.blobs === is.blobs && says.bytes === is.bytes) continue;
    miscounts.push({ log, segment, counted: says, found: { blobs: is.blobs, bytes: is.bytes } });
  }
  return { miscounts, rottenBlobs };
}

/** Makes all counts anew. */
export function* rewriteCounts(_input: Record<string, never>): Transaction<{ segments: number }> {
  const { counted } = yield* listSegments({});
  const { found } = yield* countBlobs();
  yield* forgetCounts();
  // A segment that was known to be empty stays so.
  for (const { log, segment } of counted) yield* writeCount({ log, segment, ...none });
  for (const count of found.values()) yield* writeCount(count);
  return { segments: found.size };
}

/**
 * Takes away what rotted, and lets all blobs be looked at. The checkpoints stay: who calls it reads the logs from their beginning,
 * and where that fails the index is no worse than it was.
 */
export function* distrust(_input: Record<string, never>): Transaction<{ rottenBlobs: number }> {
  const { rottenBlobs } = yield* countBlobs();
  for (const id of rottenBlobs) yield* forgetBlob(id);
  yield* writeWatermark({ watermark: '' });
  return { rottenBlobs: rottenBlobs.length };
}

function* countBlobs(): Transaction<{ found: Map<string, SegmentCount>; rottenBlobs: readonly string[] }> {
  const changes = new SegmentChanges();
  const rottenBlobs: string[] = [];
  for (let after = ''; ; ) {
    const rows = yield* listBlobs({ after, limit: pageBlobs });
    for (const row of rows) {
      if (isSoundBlob(row)) changes.add(row);
      else rottenBlobs.push(row.id);
    }
    if (rows.length < pageBlobs) break;
    after = rows.at(-1)!.id;
  }
  return { found: new Map(changes.counts().map((count) => [segmentName(count), count])), rottenBlobs };
}
