// What each segment still carries: how many blobs need it, and how many bytes of blocks are theirs. A segment without
// blobs may be removed, one with few bytes is worth compacting. Removal cannot be undone: a count that is not certain
// becomes `uncounted`, and stays so until `repair`.

import type { Transaction } from '@cairn/engines';
import { bytesBySegment, decodeRuns } from '../runs.ts';
import { type SegmentName, segmentName } from '../segment-name.ts';
import { type BlobRow, type IndexTables, segmentChecksum, statement, uncounted } from './tables.ts';

export type SegmentCount = SegmentName & { readonly blobs: number; readonly bytes: number };

const selectSegment = statement({ log: 'integer', segment: 'integer' }, (db, p) =>
  db.selectFrom('segment').selectAll().where('log', '=', p.log).where('segment', '=', p.segment),
);
const selectSegments = statement({}, (db) => db.selectFrom('segment').selectAll());
const upsertSegment = statement(
  { log: 'integer', segment: 'integer', blobs: 'integer', bytes: 'integer', checksum: 'integer' },
  (db, { log, segment, ...count }) =>
    db
      .insertInto('segment')
      .values({ log, segment, ...count })
      .onConflict((conflict) => conflict.columns(['log', 'segment']).doUpdateSet(count)),
);
const deleteSegment = statement({ log: 'integer', segment: 'integer' }, (db, p) =>
  db.deleteFrom('segment').where('log', '=', p.log).where('segment', '=', p.segment),
);

type SegmentChange = { readonly log: number; readonly segment: number; blobs: number; bytes: number };

/** Changes of one transaction, gathered so that each segment's row is written once. */
export class SegmentChanges {
  readonly #changes = new Map<string, SegmentChange>();
  /** The one that was changed last: blobs of one batch mostly lie in one segment. */
  #last: SegmentChange | undefined;

  add(blob: BlobRow): void {
    this.#count(blob, 1);
  }

  remove(blob: BlobRow): void {
    this.#count(blob, -1);
  }

  *write(): Transaction<void> {
    for (const change of this.#changes.values()) {
      if (change.blobs !== 0 || change.bytes !== 0) yield* changeSegment(change);
    }
  }

  counts(): readonly SegmentCount[] {
    return [...this.#changes.values()];
  }

  #count({ log, size, runs }: BlobRow, sign: 1 | -1): void {
    for (const [segment, bytes] of bytesBySegment(decodeRuns(runs), size)) {
      const change = this.#changeOf(log, segment);
      change.blobs += sign;
      change.bytes += sign * bytes;
    }
  }

  #changeOf(log: number, segment: number): SegmentChange {
    if (this.#last?.log !== log || this.#last.segment !== segment) {
      const name = segmentName({ log, segment });
      this.#last = this.#changes.getOrInsertComputed(name, () => ({ log, segment, blobs: 0, bytes: 0 }));
    }
    return this.#last;
  }
}

function* changeSegment(change: SegmentCount): Transaction<void> {
  const { log, segment } = change;
  const row = yield* selectSegment.first({ log, segment });
  const counted = row === undefined ? { blobs: 0, bytes: 0 } : countOf(row);
  const next =
    counted === undefined
      ? undefined
      : { blobs: counted.blobs + change.blobs, bytes: counted.bytes + change.bytes };
  const certain = next !== undefined && next.blobs >= 0 && next.bytes >= 0;
  yield* writeCount({ log, segment, ...(certain ? next : { blobs: uncounted, bytes: 0 }) });
}

export function* writeCount(count: SegmentCount): Transaction<void> {
  yield* upsertSegment.run({ ...count, checksum: segmentChecksum(count) });
}

/** Undefined when the row cannot be trusted. */
function countOf(row: IndexTables['segment']): SegmentCount | undefined {
  return row.blobs === uncounted || row.checksum !== segmentChecksum(row) ? undefined : row;
}

/** Those whose count is certain, and those whose is not. */
export function* listSegments(
  _input: Record<string, never>,
): Transaction<{ counted: readonly SegmentCount[]; uncounted: readonly SegmentName[] }> {
  const rows = yield* selectSegments.all({});
  const lost = rows.filter((row) => countOf(row) === undefined);
  return {
    counted: rows
      .filter((row) => countOf(row) !== undefined)
      .map(({ log, segment, blobs, bytes }) => ({ log, segment, blobs, bytes })),
    uncounted: lost.map(({ log, segment }) => ({ log, segment })),
  };
}

/** Of a segment that never carried a blob, so that it has a count by which it can be removed. */
export function* countEmptySegment({ log, segment }: SegmentName): Transaction<void> {
  const row = yield* selectSegment.first({ log, segment });
  if (row === undefined) yield* writeCount({ log, segment, blobs: 0, bytes: 0 });
}

/** To be called when the segment's file is gone. */
export function* forgetSegment({ log, segment }: SegmentName): Transaction<void> {
  yield* deleteSegment.run({ log, segment });
}

export function* forgetCounts(): Transaction<void> {
  for (const { log, segment } of yield* selectSegments.all({})) yield* deleteSegment.run({ log, segment });
}
