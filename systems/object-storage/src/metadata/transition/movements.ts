// Which versions are to be moved to a place, and by when. A row is written with the put that names the class, or with the
// lifecycle pass that found the version due, and goes with the transaction that moves it. It names the bytes that were
// meant: what is put in their place meanwhile is left alone.

import type { Transaction } from '@cairn/engines';
import type { StorageClass } from '../../core/object-storage.ts';
import { isIntact, sealedMovement } from '../row-checksums.ts';
import { type MetadataTables, statement } from '../tables.ts';
import { selectObject, selectVersion, type VersionRow } from '../version-statements.ts';

export type MovementRow = Omit<MetadataTables['movement'], 'row_crc'>;
export type VersionPlace = { readonly bucket: number; readonly key: string; readonly version: string };

const place = { bucket: 'integer', key: 'text', version: 'text' } as const;
const selectMovement = statement(place, (db, p) =>
  db
    .selectFrom('movement')
    .selectAll()
    .where('bucket', '=', p.bucket)
    .where('key', '=', p.key)
    .where('version', '=', p.version),
);
const selectDue = statement({ storage_class: 'text', due_ms: 'integer', limit: 'integer' }, (db, p) =>
  db
    .selectFrom('movement')
    .selectAll()
    .where('storage_class', '=', p.storage_class as StorageClass)
    .where('due_ms', '<=', p.due_ms)
    .orderBy('due_ms')
    .limit(p.limit),
);
export const upsertMovement = statement(
  { ...place, storage_class: 'text', source: 'text', due_ms: 'integer', row_crc: 'integer' },
  (db, { bucket, key, version, storage_class, ...content }) => {
    const set = { ...content, storage_class: storage_class as StorageClass };
    return db
      .insertInto('movement')
      .values({ bucket, key, version, ...set })
      .onConflict((conflict) => conflict.columns(['bucket', 'key', 'version']).doUpdateSet(set));
  },
);
const removeMovement = statement(place, (db, p) =>
  db
    .deleteFrom('movement')
    .where('bucket', '=', p.bucket)
    .where('key', '=', p.key)
    .where('version', '=', p.version),
);

/** Nothing else: statements take what they name. */
function placeOf({ bucket, key, version }: VersionPlace): VersionPlace {
  return { bucket, key, version };
}

/** `known`: it was to be moved there anyway. */
export function* addMovement(movement: MovementRow): Transaction<'added' | 'known'> {
  const known = yield* selectMovement.first(placeOf(movement));
  if (known !== undefined && isSame(known, movement) && isIntact.movement(known)) return 'known';
  yield* upsertMovement.run(sealedMovement(movement));
  return 'added';
}

/** A version that gets another name, id or `data` takes its movement along. */
export function* carryMovement({
  from,
  to,
  source,
}: {
  from: VersionPlace;
  to: VersionPlace;
  /** Its `data` from now on; as it was when absent. */
  source?: string;
}): Transaction<void> {
  const known = yield* selectMovement.first(placeOf(from));
  if (known === undefined) return;
  yield* removeMovement.run(placeOf(from));
  if (!isIntact.movement(known)) return;
  const { bucket, key, version } = to;
  yield* upsertMovement.run(
    sealedMovement({ ...known, bucket, key, version, source: source ?? known.source }),
  );
}

/** What is due at a place, the oldest first. */
export function* listMovements(input: {
  place: StorageClass;
  nowMs: number;
  limit: number;
}): Transaction<readonly (MovementRow & { readonly intact: boolean })[]> {
  const { place: storage_class, nowMs: due_ms, limit } = input;
  const rows = yield* selectDue.all({ storage_class, due_ms, limit });
  return rows.map((row) => ({ ...row, intact: isIntact.movement(row) }));
}

/** What was put with the same bytes is not to be moved. */
export function* dropMovement(of: VersionPlace): Transaction<void> {
  yield* removeMovement.run(placeOf(of));
}

/** Whether it is still asked for. */
export function* isAskedFor(movement: MovementRow): Transaction<boolean> {
  const known = yield* selectMovement.first(placeOf(movement));
  return known !== undefined && isSame(known, movement);
}

function isSame(known: MovementRow, { source, storage_class }: MovementRow): boolean {
  return known.source === source && known.storage_class === storage_class;
}

/** Tried again at `dueMs`; never when there is none. */
export function* settleMovement(input: {
  movement: MovementRow;
  dueMs: number | undefined;
}): Transaction<void> {
  const { movement, dueMs } = input;
  const known = yield* selectMovement.first(placeOf(movement));
  if (known === undefined || !isSame(known, movement)) return;
  if (dueMs === undefined) yield* removeMovement.run(placeOf(movement));
  else yield* upsertMovement.run(sealedMovement({ ...known, due_ms: dueMs }));
}

export type FoundVersion = VersionRow & { readonly data: string; readonly isCurrent: boolean };

/** The version that is to be moved, if it is still the one that was meant. */
export function* findMoving(movement: MovementRow): Transaction<FoundVersion | undefined> {
  const { bucket, key, version, source } = movement;
  const current = yield* selectObject.first({ bucket, key });
  const isCurrent = current?.version === version;
  const row: VersionRow | undefined = isCurrent
    ? current
    : yield* selectVersion.first({ bucket, key, version });
  if (row === undefined || row.data !== source || !isIntact.version(row)) return undefined;
  return { ...row, data: source, isCurrent };
}
