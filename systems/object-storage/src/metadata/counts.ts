// How much there is, for `stats`.

import type { Transaction } from '@cairn/engines';
import { statement } from './tables.ts';

const countBuckets = statement({}, (db) =>
  db.selectFrom('bucket').select((row) => row.fn.countAll<number>().as('count')),
);
const countObjects = statement({}, (db) =>
  db
    .selectFrom('object')
    .select((row) => [
      row.fn.countAll<number>().as('count'),
      row.fn.coalesce(row.fn.sum<number>('size'), row.lit(0)).as('bytes'),
    ]),
);
const countVersions = statement({}, (db) =>
  db
    .selectFrom('version')
    .select((row) => [
      row.fn.countAll<number>().as('count'),
      row.fn.coalesce(row.fn.sum<number>('size'), row.lit(0)).as('bytes'),
    ]),
);
const countUploads = statement({}, (db) =>
  db.selectFrom('upload').select((row) => row.fn.countAll<number>().as('count')),
);
const countParts = statement({ moved: 'text' }, (db, p) =>
  db
    .selectFrom('part')
    .select((row) => row.fn.countAll<number>().as('count'))
    .where('blob', 'not like', p.moved),
);
const countSingleObjects = statement({ moved: 'text' }, (db, p) =>
  db
    .selectFrom('object')
    .select((row) => row.fn.countAll<number>().as('count'))
    .where('part_count', 'is', null)
    .where('data', 'not like', p.moved),
);
const countSingleVersions = statement({ moved: 'text' }, (db, p) =>
  db
    .selectFrom('version')
    .select((row) => row.fn.countAll<number>().as('count'))
    .where('part_count', 'is', null)
    .where('data', 'is not', null)
    .where('data', 'not like', p.moved),
);
const countRestored = statement({}, (db) =>
  db
    .selectFrom('restored')
    .select((row) => row.fn.countAll<number>().as('count'))
    .where('blob', 'is not', null),
);
const countMarkedObjects = statement({}, (db) =>
  db
    .selectFrom('object')
    .select((row) => row.fn.countAll<number>().as('count'))
    .where('shared', '=', (row) => row.lit(1)),
);
const countMarkedVersions = statement({}, (db) =>
  db
    .selectFrom('version')
    .select((row) => row.fn.countAll<number>().as('count'))
    .where('shared', '=', (row) => row.lit(1)),
);
const countMarkedParts = statement({}, (db) =>
  db
    .selectFrom('part')
    .select((row) => row.fn.countAll<number>().as('count'))
    .where('shared', '=', (row) => row.lit(1)),
);
const countShares = statement({}, (db) =>
  db.selectFrom('share').select((row) => row.fn.countAll<number>().as('count')),
);
const countGarbage = statement({}, (db) =>
  db.selectFrom('garbage').select((row) => row.fn.countAll<number>().as('count')),
);

export type Counts = {
  readonly buckets: number;
  readonly objects: number;
  readonly objectBytes: number;
  readonly versions: number;
  readonly versionBytes: number;
  readonly uploads: number;
  readonly garbage: number;
  /** Of the data store, that objects, versions, parts and restored copies name, garbage parts included. */
  readonly blobs: number;
  /** Of these, how many rows share, or shared once. */
  readonly sharedBlobs: number;
};

/** As moved-data.ts writes them. */
const moved = '%/%';
const movedParts = '@%';

/** Scans every table: for operators, not for hot paths. */
export function* countEverything(_input: Record<string, never>): Transaction<Counts> {
  const buckets = yield* countBuckets.first({});
  const objects = yield* countObjects.first({});
  const versions = yield* countVersions.first({});
  const uploads = yield* countUploads.first({});
  const garbage = yield* countGarbage.first({});
  const single = yield* countSingleObjects.first({ moved });
  const singleVersions = yield* countSingleVersions.first({ moved });
  const parts = yield* countParts.first({ moved: movedParts });
  const restored = Number((yield* countRestored.first({}))!.count);
  const shares = Number((yield* countShares.first({}))!.count);
  let marked = 0;
  for (const count of [countMarkedObjects, countMarkedVersions, countMarkedParts])
    marked += Number((yield* count.first({}))!.count);
  const naming = Number(single!.count) + Number(singleVersions!.count) + Number(parts!.count);
  return {
    buckets: Number(buckets!.count),
    objects: Number(objects!.count),
    objectBytes: Number(objects!.bytes),
    versions: Number(versions!.count),
    versionBytes: Number(versions!.bytes),
    uploads: Number(uploads!.count),
    garbage: Number(garbage!.count),
    blobs: naming - marked + shares + restored,
    sharedBlobs: shares,
  };
}
