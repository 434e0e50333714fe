// Removes segments that no blob needs, whole. The only thing in the data store that cannot be undone, so it happens only
// on a count whose checksum is right, and in this order (crash case E: every step may be repeated):
//
//   1. what is free of holds: an upload lets go of its segments once the index counts them, so what was free before the
//      index is read is either counted there or needed by nobody
//   2. the index: counted, without a blob, and before the log's checkpoint
//   3. readers between looking up and holding are waited for, then holds are looked at again
//   4. the file, durably; then its row

import { type SegmentLog, segmentHeaderBytes } from '@cairn/segment-log';
import type { BlobIndex } from '../blob-index.ts';
import type { Holds } from '../holds.ts';
import type { SegmentCount } from '../index/segments.ts';
import type { IndexSql } from '../index-store.ts';
import { type SegmentName, segmentName } from '../segment-name.ts';

export type SweepParts = {
  readonly logs: readonly SegmentLog[];
  readonly sql: IndexSql;
  readonly index: BlobIndex;
  readonly holds: Holds;
  /** Resolves when every reader that looked a blob up before the call holds its segments. */
  readonly openingsSettled: () => Promise<void>;
};

/** A sealed segment that nobody holds and whose blobs are all in the index. */
export type IdleSegment = SegmentName & {
  readonly sizeBytes: number;
  /** Undefined when the index has no count that can be trusted. */
  readonly count: SegmentCount | undefined;
  /** The index has never counted a blob in it. */
  readonly neverCounted: boolean;
};

/** Steps 1 and 2. */
export async function idleSegments(parts: SweepParts): Promise<readonly IdleSegment[]> {
  const { logs, sql, index, holds } = parts;
  const free = logs.flatMap((segmentLog, log) =>
    segmentLog
      .segments()
      .filter(({ segment, sealed }) => sealed && !holds.isHeld(segmentName({ log, segment })))
      .map(({ segment, sizeBytes }) => ({ log, segment, sizeBytes })),
  );
  if (free.length === 0) return [];
  await advanceCheckpoints(parts);
  await index.flush();
  const { counted, uncounted } = await sql.read('listSegments', {});
  const counts = new Map(counted.map((count) => [segmentName(count), count]));
  const lost = new Set(uncounted.map(segmentName));
  const checkpoints = new Map(
    (await sql.read('listCheckpoints', {})).map(({ log, at }) => [log, at.segment]),
  );
  return free
    .filter(({ log, segment }) => segment < (checkpoints.get(log) ?? 0))
    .map((segment) => {
      const count = counts.get(segmentName(segment));
      return { ...segment, count, neverCounted: count === undefined && !lost.has(segmentName(segment)) };
    });
}

/** Returns the bytes that came back. */
export async function sweepSegments(parts: SweepParts): Promise<number> {
  const empty = (await idleSegments(parts)).filter(({ count }) => count?.blobs === 0);
  if (empty.length === 0) return 0;
  await parts.openingsSettled();
  let freedBytes = 0;
  for (const { log, segment, sizeBytes } of empty) {
    if (parts.holds.isHeld(segmentName({ log, segment }))) continue;
    await parts.logs[log]!.remove(segment);
    await parts.sql.write('forgetSegment', { log, segment });
    freedBytes += sizeBytes;
  }
  return freedBytes;
}

/** Rows of segments that an earlier process removed without coming to forget them. */
export async function forgetRemovedSegments({ logs, sql }: Pick<SweepParts, 'logs' | 'sql'>): Promise<void> {
  const present = new Set(
    logs.flatMap((segmentLog, log) =>
      segmentLog.segments().map(({ segment }) => segmentName({ log, segment })),
    ),
  );
  const { counted } = await sql.lookup('listSegments', {});
  for (const { log, segment, blobs } of counted) {
    if (blobs === 0 && !present.has(segmentName({ log, segment }))) {
      await sql.write('forgetSegment', { log, segment });
    }
  }
}

/** All records before the segment that is written are synced and announced: a segment follows only a synced one. */
async function advanceCheckpoints({ logs, sql, index }: SweepParts): Promise<void> {
  const checkpoints = new Map(
    (await sql.read('listCheckpoints', {})).map(({ log, at }) => [log, at.segment]),
  );
  for (const [log, segmentLog] of logs.entries()) {
    const { segment } = segmentLog.end;
    if ((checkpoints.get(log) ?? 0) < segment) index.mark(log, { segment, position: segmentHeaderBytes });
  }
}
