// How far the lifecycle worker has come in each bucket that has rules: a row that comes and goes with the document. It is
// written in the transaction that deletes what a page of the pass found, so a crash repeats a page and counts nothing twice.

import type { Transaction } from '@cairn/engines';
import type { Covered } from '../../lifecycle/lifecycle-rules.ts';
import { isIntact, sealedLifecycle } from '../row-checksums.ts';
import { type MetadataTables, statement } from '../tables.ts';

/** Behind which row a pass goes on. */
export type LifecyclePlace = {
  readonly stage: Covered;
  readonly key: string;
  /** Of the version, or of the upload. */
  readonly place: string;
};

/** Since the bucket has rules. */
export type LifecycleCounts = {
  readonly expiredObjects: number;
  readonly expiredVersions: number;
  readonly removedMarkers: number;
  readonly abortedUploads: number;
  /** Versions that got another storage class, or are to be moved to its place. */
  readonly transitions: number;
  /** Found, and left alone when it came to it: changed meanwhile, locked, damaged, or to be moved anyway. */
  readonly skipped: number;
};

export type LifecyclePass = {
  /** In which the pass under way, or the last one, began; -1 before the first one by these rules. */
  readonly period: number;
  /** 0 when no pass by these rules has begun: so rules that change end the pass that is under way. */
  readonly startedMs: number;
  /** Rows that the pass looked at. */
  readonly scannedRows: number;
  /** Null while no pass is under way. */
  readonly next: LifecyclePlace | null;
  /** When the last pass ended; 0 before the first. */
  readonly finishedMs: number;
};
export type LifecycleState = LifecyclePass & LifecycleCounts;

export type Lifecycle = {
  readonly bucket: string;
  readonly bucketId: number;
  readonly state: LifecycleState;
};

const noCounts: LifecycleCounts = {
  expiredObjects: 0,
  expiredVersions: 0,
  removedMarkers: 0,
  abortedUploads: 0,
  transitions: 0,
  skipped: 0,
};
const noPass: LifecyclePass = { period: -1, startedMs: 0, scannedRows: 0, next: null, finishedMs: 0 };

const selectLifecycle = statement({ bucket: 'integer' }, (db, p) =>
  db.selectFrom('lifecycle').selectAll().where('bucket', '=', p.bucket),
);
const selectLifecyclesAfter = statement({ bucket: 'integer', limit: 'integer' }, (db, p) =>
  db
    .selectFrom('lifecycle')
    .innerJoin('bucket', 'bucket.id', 'lifecycle.bucket')
    .select(['bucket.name', 'lifecycle.bucket', 'lifecycle.state', 'lifecycle.row_crc'])
    .where('lifecycle.bucket', '>', p.bucket)
    .orderBy('lifecycle.bucket')
    .limit(p.limit),
);
const upsertLifecycle = statement(
  { bucket: 'integer', state: 'text', row_crc: 'integer' },
  (db, { bucket, ...content }) =>
    db
      .insertInto('lifecycle')
      .values({ bucket, ...content })
      .onConflict((conflict) => conflict.column('bucket').doUpdateSet(content)),
);
const removeLifecycle = statement({ bucket: 'integer' }, (db, p) =>
  db.deleteFrom('lifecycle').where('bucket', '=', p.bucket),
);

/** New rules are gone through from the start, and soon; what the old ones did stays counted. */
export function* lifecycleChanged(bucket: number): Transaction<void> {
  const known = (yield* findLifecycle(bucket)) ?? { ...noCounts, ...noPass };
  yield* keepLifecycle(bucket, { ...known, ...noPass, finishedMs: known.finishedMs });
}

export function* forgetLifecycle(bucket: number): Transaction<void> {
  yield* removeLifecycle.run({ bucket });
}

export function* findLifecycle(bucket: number): Transaction<LifecycleState | undefined> {
  const row = yield* selectLifecycle.first({ bucket });
  return row && stateOf(row);
}

export function* keepLifecycle(bucket: number, state: LifecycleState): Transaction<void> {
  yield* upsertLifecycle.run(sealedLifecycle({ bucket, state: JSON.stringify(state) }));
}

/** The buckets that have rules, from the one behind the id `after` on. */
export function* listLifecycles(input: { after: number; limit: number }): Transaction<readonly Lifecycle[]> {
  const rows = yield* selectLifecyclesAfter.all({ bucket: input.after, limit: input.limit });
  return rows.map((row) => ({ bucket: row.name, bucketId: row.bucket, state: stateOf(row) }));
}

/** A row that rotted counts for nothing: a pass that begins anew does no harm. */
function stateOf(row: MetadataTables['lifecycle']): LifecycleState {
  const none = { ...noCounts, ...noPass };
  // What was written before a count was invented has none of it.
  return isIntact.lifecycle(row) ? { ...none, ...(JSON.parse(row.state) as Partial<LifecycleState>) } : none;
}
