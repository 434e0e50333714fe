// The outbox of the metadata store: what the data store may forget, in the order of nothing in particular.
//
// A row is written with the change that made its bytes unreachable and removed after the data store has durably
// forgotten them; doing so twice is harmless, so a crash between the two loses nothing and leaks nothing.

import type { Transaction } from '@cairn/engines';
import { statement } from './tables.ts';

export type GarbageRow = { readonly id: string; readonly kind: 'blob' | 'parts'; readonly since_ms: number };

const insertGarbage = statement({ id: 'text', kind: 'text', since_ms: 'integer' }, (db, p) =>
  db
    .insertInto('garbage')
    .values({ id: p.id, kind: p.kind as GarbageRow['kind'], since_ms: p.since_ms })
    .onConflict((conflict) => conflict.column('id').doNothing()),
);
const selectGarbage = statement({ limit: 'integer' }, (db, p) =>
  db.selectFrom('garbage').selectAll().orderBy('id').limit(p.limit),
);
const removeGarbage = statement({ id: 'text' }, (db, p) => db.deleteFrom('garbage').where('id', '=', p.id));
const selectPartBlobs = statement({ upload: 'text', limit: 'integer' }, (db, p) =>
  db.selectFrom('part').select(['number', 'blob']).where('upload', '=', p.upload).limit(p.limit),
);
const removePart = statement({ upload: 'text', number: 'integer' }, (db, p) =>
  db.deleteFrom('part').where('upload', '=', p.upload).where('number', '=', p.number),
);

/** The bytes of an object that is about to lose its row. */
export function* addGarbage(input: {
  object: { readonly data: string; readonly part_count: number | null };
  sinceMs: number;
}): Transaction<void> {
  const kind = input.object.part_count === null ? 'blob' : 'parts';
  yield* insertGarbage.run({ id: input.object.data, kind, since_ms: input.sinceMs });
}

export function* addGarbageBlob(input: { blob: string; sinceMs: number }): Transaction<void> {
  yield* insertGarbage.run({ id: input.blob, kind: 'blob', since_ms: input.sinceMs });
}

export function* addGarbageParts(input: { upload: string; sinceMs: number }): Transaction<void> {
  yield* insertGarbage.run({ id: input.upload, kind: 'parts', since_ms: input.sinceMs });
}

export type GarbageBatch = {
  readonly rows: readonly GarbageRow[];
  /** The blobs behind them; for an upload with many parts only the first of them. */
  readonly blobs: readonly string[];
};

/** Some garbage, at most about `limit` blobs. */
export function* listGarbage(input: { limit: number; held: readonly string[] }): Transaction<GarbageBatch> {
  const held = new Set(input.held);
  const found = yield* selectGarbage.all({ limit: input.limit + held.size });
  const rows = found.filter((row) => !held.has(row.id));
  const blobs: string[] = [];
  for (const row of rows) {
    if (row.kind === 'blob') blobs.push(row.id);
    else {
      const parts = yield* selectPartBlobs.all({ upload: row.id, limit: input.limit });
      blobs.push(...parts.map((part) => part.blob));
    }
    if (blobs.length >= input.limit) return { rows: rows.slice(0, rows.indexOf(row) + 1), blobs };
  }
  return { rows, blobs };
}

/** Forgets a batch whose blobs are gone from the data store. A row with parts left over stays for the next batch. */
export function* forgetGarbage(input: { batch: GarbageBatch }): Transaction<void> {
  const gone = new Set(input.batch.blobs);
  for (const row of input.batch.rows) {
    if (row.kind === 'parts' && (yield* forgetParts({ upload: row.id, gone })) > 0) continue;
    yield* removeGarbage.run({ id: row.id });
  }
}

/** Removes the parts whose blobs are gone; returns whether there are others. */
function* forgetParts(input: { upload: string; gone: ReadonlySet<string> }): Transaction<number> {
  const parts = yield* selectPartBlobs.all({ upload: input.upload, limit: input.gone.size + 1 });
  const removable = parts.filter((part) => input.gone.has(part.blob));
  for (const part of removable) yield* removePart.run({ upload: input.upload, number: part.number });
  return parts.length - removable.length;
}
