// Transactions on groups. A group's row and the offsets that were committed meanwhile are one transaction: who reads that a
// generation began also reads what the one before committed.

import { crc32 } from 'node:zlib';
import type { Transaction } from '@cairn/engines';
import { removeConfigOf } from './group-configs.ts';
import { statement } from './group-tables.ts';
import {
  type OffsetInput,
  putOffset,
  putPendingOffset,
  removeOffsetsOf,
  selectAnyOffset,
} from './offsets.ts';

/** `state` is null when the row is damaged. */
export type GroupRow = { readonly id: string; readonly state: string | null };
export type GroupWrite = {
  readonly id: string;
  /** Undefined leaves it as it is. */
  readonly state: string | undefined;
  readonly offsets: readonly OffsetInput[];
  readonly pending: readonly (OffsetInput & { readonly producerId: number })[];
};

const selectGroups = statement({ after: 'text', limit: 'integer' }, (db, p) =>
  db.selectFrom('consumer_group').selectAll().where('id', '>', p.after).orderBy('id').limit(p.limit),
);
const selectGroup = statement({ id: 'text' }, (db, p) =>
  db.selectFrom('consumer_group').selectAll().where('id', '=', p.id),
);
const upsertGroup = statement({ id: 'text', state: 'text', row_crc: 'integer' }, (db, p) =>
  db
    .insertInto('consumer_group')
    .values(p)
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ state: p.state, row_crc: p.row_crc })),
);
const removeGroup = statement({ id: 'text' }, (db, p) =>
  db.deleteFrom('consumer_group').where('id', '=', p.id),
);

/** In the order of their ids, from behind `after` on. */
export function* listGroups(input: { after: string; limit: number }): Transaction<readonly GroupRow[]> {
  const rows = yield* selectGroups.all(input);
  return rows.map(({ id, state, row_crc }) => ({ id, state: crcOf(id, state) === row_crc ? state : null }));
}

export function* findGroup({ id }: { id: string }): Transaction<GroupRow | undefined> {
  const row = yield* selectGroup.first({ id });
  return row && { id, state: crcOf(id, row.state) === row.row_crc ? row.state : null };
}

export function* writeGroup({ id, state, offsets, pending }: GroupWrite): Transaction<void> {
  if (state !== undefined) yield* upsertGroup.run({ id, state, row_crc: crcOf(id, state) });
  for (const offset of offsets) yield* putOffset(id, offset);
  for (const offset of pending) yield* putPendingOffset(id, offset);
}

/**
 * With `ifWithoutOffsets` only a group that has none, whose configuration stays: it is of no use to anybody now, but may be
 * again. False: it has some.
 */
export function* deleteGroup({
  id,
  ifWithoutOffsets,
}: {
  id: string;
  ifWithoutOffsets: boolean;
}): Transaction<boolean> {
  if (ifWithoutOffsets && (yield* selectAnyOffset(id))) return false;
  yield* removeOffsetsOf(id);
  yield* removeGroup.run({ id });
  if (!ifWithoutOffsets) yield* removeConfigOf(id);
  return true;
}

function crcOf(id: string, state: string): number {
  return crc32(`${id}\0${state}`);
}
