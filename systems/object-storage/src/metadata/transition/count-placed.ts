// How much lies at the place of a storage class, and how much is on its way, for `stats`.

import type { Transaction } from '@cairn/engines';
import type { StorageClass } from '../../core/object-storage.ts';
import { statement } from '../tables.ts';

/** `/` is in front of the id, and `0` comes next. */
const range = { from: 'text', to: 'text' } as const;
const countObjects = statement(range, (db, p) =>
  db
    .selectFrom('object')
    .select((row) => [
      row.fn.countAll<number>().as('count'),
      row.fn.coalesce(row.fn.sum<number>('size'), row.lit(0)).as('bytes'),
    ])
    .where('data', '>', p.from)
    .where('data', '<', p.to),
);
const countVersions = statement(range, (db, p) =>
  db
    .selectFrom('version')
    .select((row) => [
      row.fn.countAll<number>().as('count'),
      row.fn.coalesce(row.fn.sum<number>('size'), row.lit(0)).as('bytes'),
    ])
    .where('data', '>', p.from)
    .where('data', '<', p.to),
);
const countGarbage = statement(range, (db, p) =>
  db
    .selectFrom('placed_garbage')
    .select((row) => row.fn.countAll<number>().as('count'))
    .where('id', '>', p.from)
    .where('id', '<', p.to),
);
const countMovements = statement({ storage_class: 'text' }, (db, p) =>
  db
    .selectFrom('movement')
    .select((row) => row.fn.countAll<number>().as('count'))
    .where('storage_class', '=', p.storage_class as StorageClass),
);
const countRestores = statement({ storage_class: 'text', ready: 'integer' }, (db, p) =>
  db
    .selectFrom('restored')
    .select((row) => row.fn.countAll<number>().as('count'))
    .where('storage_class', '=', p.storage_class as StorageClass)
    .where('ready', '=', p.ready),
);

export type PlacedCounts = {
  /** Versions whose bytes lie there, and their bytes. */
  readonly objects: number;
  readonly bytes: number;
  /** Versions that are to be moved there. */
  readonly waiting: number;
  /** Copies that are to be made of what lies there, and those that are there. */
  readonly restoring: number;
  readonly restored: number;
  /** Blobs that are to be removed there, or are being written. */
  readonly garbage: number;
};

/** Scans objects and versions: for operators. */
export function* countPlaced(input: { place: StorageClass }): Transaction<PlacedCounts> {
  const storage_class = input.place;
  const within = { from: `${storage_class}/`, to: `${storage_class}0` };
  const objects = yield* countObjects.first(within);
  const versions = yield* countVersions.first(within);
  const waiting = yield* countMovements.first({ storage_class });
  const restoring = yield* countRestores.first({ storage_class, ready: 0 });
  const restored = yield* countRestores.first({ storage_class, ready: 1 });
  const garbage = yield* countGarbage.first(within);
  return {
    objects: Number(objects!.count) + Number(versions!.count),
    bytes: Number(objects!.bytes) + Number(versions!.bytes),
    waiting: Number(waiting!.count),
    restoring: Number(restoring!.count),
    restored: Number(restored!.count),
    garbage: Number(garbage!.count),
  };
}
