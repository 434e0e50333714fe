// The outbox of places: names of moved blobs that no row refers to. A name is written here before the first byte of it goes
// to the place, and taken out by the transaction that puts it into a row: so whatever a crash leaves at a place stands here.

import type { Transaction } from '@cairn/engines';
import type { StorageClass } from '../../core/object-storage.ts';
import { statement } from '../tables.ts';

const insertPlacedGarbage = statement({ id: 'text', since_ms: 'integer' }, (db, p) =>
  db
    .insertInto('placed_garbage')
    .values({ ...p })
    .onConflict((conflict) => conflict.column('id').doNothing()),
);
/** `/` is in front of the id, and `0` comes next. */
const selectPlacedGarbage = statement({ from: 'text', to: 'text', limit: 'integer' }, (db, p) =>
  db
    .selectFrom('placed_garbage')
    .selectAll()
    .where('id', '>', p.from)
    .where('id', '<', p.to)
    .orderBy('id')
    .limit(p.limit),
);
export const removePlacedGarbage = statement({ id: 'text' }, (db, p) =>
  db.deleteFrom('placed_garbage').where('id', '=', p.id),
);
const removePartsOf = statement({ upload: 'text' }, (db, p) =>
  db.deleteFrom('part').where('upload', '=', p.upload),
);

export function* addPlacedGarbage(input: { id: string; sinceMs: number }): Transaction<void> {
  yield* insertPlacedGarbage.run({ id: input.id, since_ms: input.sinceMs });
}

/** Of one place, without those that are held: read, or being written. */
export function* listPlacedGarbage(input: {
  place: StorageClass;
  limit: number;
  held: readonly string[];
}): Transaction<readonly string[]> {
  const held = new Set(input.held);
  const range = { from: `${input.place}/`, to: `${input.place}0` };
  const rows = yield* selectPlacedGarbage.all({ ...range, limit: input.limit + held.size });
  return rows.map(({ id }) => id).filter((id) => !held.has(id));
}

/** After the place has forgotten them. */
export function* forgetPlacedGarbage(input: { ids: readonly string[] }): Transaction<void> {
  for (const id of input.ids) {
    yield* removePartsOf.run({ upload: id });
    yield* removePlacedGarbage.run({ id });
  }
}
