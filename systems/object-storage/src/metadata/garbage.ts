// The outbox of the metadata store: what the data store may forget, in the order of nothing in particular.
//
// A row is written with the change that made its bytes unreachable and removed after the data store has durably
// forgotten them; doing so twice is harmless, so a crash between the two loses nothing and leaks nothing. Every row that
// gives up its bytes does it here. What copies share becomes garbage with the last row that names it (sharing.ts).

import type { Transaction } from '@cairn/engines';
import { isMoved } from '../transition/moved-data.ts';
import { runInBatches } from './many-rows.ts';
import { forgetParts } from './part-rows.ts';
import { isIntact } from './row-checksums.ts';
import { releaseShares } from './share-counts.ts';
import { type MetadataTables, statement } from './tables.ts';
import { addPlacedGarbage } from './transition/placed-garbage.ts';
import { removeRestored, selectRestored } from './transition/restored-rows.ts';

export type GarbageRow = { readonly id: string; readonly kind: 'blob' | 'parts'; readonly since_ms: number };

const insertGarbage = statement({ id: 'text', kind: 'text', since_ms: 'integer' }, (db, p) =>
  db
    .insertInto('garbage')
    .values({ id: p.id, kind: p.kind as GarbageRow['kind'], since_ms: p.since_ms })
    .onConflict((conflict) => conflict.column('id').doNothing()),
);
const insertGarbageBlobs = statement({ blobs: { id: 'text', kind: 'text', since_ms: 'integer' } }, (db, p) =>
  db
    .insertInto('garbage')
    .columns(['id', 'kind', 'since_ms'])
    .expression(
      db
        .selectFrom(p.blobs)
        .select(['id', 'kind', 'since_ms'])
        // Without it SQLite takes `on conflict` for a join.
        .where(({ lit }) => lit(true)),
    )
    .onConflict((conflict) => conflict.column('id').doNothing()),
);
const selectGarbage = statement({ limit: 'integer' }, (db, p) =>
  db.selectFrom('garbage').selectAll().orderBy('id').limit(p.limit),
);
const removeGarbage = statement({ id: 'text' }, (db, p) => db.deleteFrom('garbage').where('id', '=', p.id));
const selectParts = statement({ upload: 'text', limit: 'integer' }, (db, p) =>
  db.selectFrom('part').selectAll().where('upload', '=', p.upload).orderBy('number').limit(p.limit),
);
/** The bytes of an object that is about to lose its row, or that does not get one, wherever they lie. */
export function* addGarbage(input: {
  object: { readonly data: string; readonly part_count: number | null; readonly shared: number | null };
  sinceMs: number;
}): Transaction<void> {
  const { object, sinceMs } = input;
  if (isMoved(object.data)) return yield* addMovedGarbage(object.data, sinceMs);
  if (object.part_count !== null) return yield* addGarbageParts({ upload: object.data, sinceMs });
  yield* addGarbageBlob({ blob: object.data, shared: object.shared, sinceMs });
}

function* addMovedGarbage(data: string, sinceMs: number): Transaction<void> {
  yield* forgetRestore({ source: data, sinceMs });
  yield* addPlacedGarbage({ id: data, sinceMs });
}

/** Takes away the copy of an archived object, if there is one. */
export function* forgetRestore(input: { source: string; sinceMs: number }): Transaction<void> {
  const row = yield* selectRestored.first({ source: input.source });
  if (row === undefined) return;
  yield* removeRestored.run({ source: input.source });
  if (row.blob !== null && isIntact.restored(row))
    yield* addGarbageBlob({ blob: row.blob, shared: null, sinceMs: input.sinceMs });
}

/** A blob that a row gives up; `shared` is that row's mark. */
export function* addGarbageBlob(input: {
  blob: string;
  shared: number | null;
  sinceMs: number;
}): Transaction<void> {
  const { blob, shared, sinceMs } = input;
  // Every overwrite leaves a blob that was its own: one row is written by a statement that costs less.
  if (shared !== null) yield* addGarbageBlobs([{ blob, shared }], sinceMs);
  else yield* insertGarbage.run({ id: blob, kind: 'blob', since_ms: sinceMs });
}

/** The same of many rows at once. */
export function* addGarbageBlobs(
  rows: readonly { readonly blob: string; readonly shared: number | null }[],
  sinceMs: number,
): Transaction<void> {
  const sharing = rows.filter(({ shared }) => shared !== null).map(({ blob }) => blob);
  const alone = rows.filter(({ shared }) => shared === null).map(({ blob }) => blob);
  const blobs = [...alone, ...(yield* releaseShares(sharing))].map((id) => ({
    id,
    kind: 'blob',
    since_ms: sinceMs,
  }));
  yield* runInBatches(blobs, (batch) => insertGarbageBlobs.run({ blobs: batch }));
}

export function* addGarbageParts(input: { upload: string; sinceMs: number }): Transaction<void> {
  yield* insertGarbage.run({ id: input.upload, kind: 'parts', since_ms: input.sinceMs });
}

export type GarbageBatch = {
  readonly rows: readonly GarbageRow[];
  /** The blobs behind them; for an upload with many parts only the first of them. Without those that parts share. */
  readonly blobs: readonly string[];
};

/** Some garbage, at most about `limit` blobs. */
export function* listGarbage(input: { limit: number; held: readonly string[] }): Transaction<GarbageBatch> {
  const held = new Set(input.held);
  const found = yield* selectGarbage.all({ limit: input.limit + held.size });
  const rows = found.filter((row) => !held.has(row.id));
  const blobs: string[] = [];
  let looked = 0;
  for (const row of rows) {
    if (row.kind === 'blob') {
      blobs.push(row.id);
      looked++;
    } else {
      const parts = yield* selectParts.all({ upload: row.id, limit: input.limit });
      blobs.push(...parts.filter(isAlone).map(({ blob }) => blob));
      looked += parts.length;
    }
    if (looked >= input.limit) return { rows: rows.slice(0, rows.indexOf(row) + 1), blobs };
  }
  return { rows, blobs };
}

/** Forgets a batch whose blobs are gone from the data store. A row with parts left over stays for the next batch. */
export function* forgetGarbage(input: { batch: GarbageBatch; limit: number }): Transaction<void> {
  const gone = new Set(input.batch.blobs);
  for (const row of input.batch.rows) {
    if (row.kind === 'parts' && !(yield* dropParts({ row, gone, limit: input.limit }))) continue;
    yield* removeGarbage.run({ id: row.id });
  }
}

/** Of a damaged row the blob stays where it is: its name may be somebody else's, or its mark be lost. */
function isAlone(part: MetadataTables['part']): boolean {
  return part.shared === null && isIntact.part(part);
}

/** They take no blob along, which is what bounds a batch: of a version that was appended to all parts but one are shared. */
const sharedPartsAtOnce = 1_000;

/** Removes the parts whose blobs are gone, shared or unknown; returns whether these were all. */
function* dropParts(input: {
  row: GarbageRow;
  gone: ReadonlySet<string>;
  limit: number;
}): Transaction<boolean> {
  const { row, gone } = input;
  const page = yield* selectParts.all({ upload: row.id, limit: input.limit });
  const isFew = page.length < input.limit || page.some(isAlone);
  const limit = isFew ? input.limit : Math.max(input.limit, sharedPartsAtOnce);
  const parts = isFew ? page : yield* selectParts.all({ upload: row.id, limit });
  const done = parts.filter((part) => !isAlone(part) || gone.has(part.blob));
  const sharing = done.filter((part) => part.shared !== null && isIntact.part(part));
  yield* addGarbageBlobs(sharing, row.since_ms);
  yield* forgetParts(
    row.id,
    done.map(({ number }) => number),
  );
  return parts.length < limit && done.length === parts.length;
}
