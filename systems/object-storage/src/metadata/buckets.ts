// Transactions on buckets.

import type { Transaction } from '@cairn/engines';
import { damagedRow, isIntact, sealedBucket } from './row-checksums.ts';
import { statement, type Versioning } from './tables.ts';

export type BucketRow = {
  readonly name: string;
  readonly id: number;
  readonly owner: string;
  readonly created_ms: number;
  readonly versioning: Versioning | null;
  readonly row_crc: number | null;
  readonly notifies: number | null;
  readonly metered: number | null;
  readonly replicates: number | null;
};

const selectBucket = statement({ name: 'text' }, (db, p) =>
  db.selectFrom('bucket').selectAll().where('name', '=', p.name),
);
const selectBuckets = statement({}, (db) => db.selectFrom('bucket').selectAll().orderBy('name'));
const selectBucketsAfter = statement({ after: 'text', limit: 'integer' }, (db, p) =>
  db.selectFrom('bucket').selectAll().where('name', '>', p.after).orderBy('name').limit(p.limit),
);
const insertBucket = statement(
  {
    name: 'text',
    id: 'integer',
    owner: 'text',
    created_ms: 'integer',
    versioning: 'text?',
    row_crc: 'integer',
    notifies: 'integer?',
    metered: 'integer?',
    replicates: 'integer?',
  },
  (db, p) => db.insertInto('bucket').values({ ...p, versioning: p.versioning as Versioning | null }),
);
const updateVersioning = statement({ versioning: 'text', row_crc: 'integer', id: 'integer' }, (db, p) =>
  db
    .updateTable('bucket')
    .set({ versioning: p.versioning as Versioning, row_crc: p.row_crc })
    .where('id', '=', p.id),
);
const updateNotifies = statement({ notifies: 'integer?', row_crc: 'integer', id: 'integer' }, (db, p) =>
  db.updateTable('bucket').set({ notifies: p.notifies, row_crc: p.row_crc }).where('id', '=', p.id),
);
const updateMetered = statement({ metered: 'integer?', row_crc: 'integer', id: 'integer' }, (db, p) =>
  db.updateTable('bucket').set({ metered: p.metered, row_crc: p.row_crc }).where('id', '=', p.id),
);
const updateReplicates = statement({ replicates: 'integer?', row_crc: 'integer', id: 'integer' }, (db, p) =>
  db.updateTable('bucket').set({ replicates: p.replicates, row_crc: p.row_crc }).where('id', '=', p.id),
);
const selectBucketById = statement({ id: 'integer' }, (db, p) =>
  db.selectFrom('bucket').selectAll().where('id', '=', p.id),
);
const removeBucket = statement({ id: 'integer' }, (db, p) => db.deleteFrom('bucket').where('id', '=', p.id));
const selectAnyObject = statement({ bucket: 'integer', limit: 'integer' }, (db, p) =>
  db.selectFrom('object').select('key').where('bucket', '=', p.bucket).limit(p.limit),
);
const selectAnyVersion = statement({ bucket: 'integer', limit: 'integer' }, (db, p) =>
  db.selectFrom('version').select('key').where('bucket', '=', p.bucket).limit(p.limit),
);

export function* findBucket(input: { bucket: string }): Transaction<BucketRow | undefined> {
  const row = yield* selectBucket.first({ name: input.bucket });
  return row === undefined ? undefined : intactBucket(row);
}

export function* listBuckets(_input: Record<string, never>): Transaction<readonly BucketRow[]> {
  return (yield* selectBuckets.all({})).map(intactBucket);
}

/** In the order of names. */
export function* listBucketsAfter(input: {
  after: string;
  limit: number;
}): Transaction<readonly BucketRow[]> {
  return (yield* selectBucketsAfter.all(input)).map(intactBucket);
}

/** Rows that were found intact, by name: every request reads its bucket, and a row that is the same is only compared. */
const knownIntact = new Map<string, BucketRow>();
const knownIntactMax = 1_000;

/** The row that was found intact last: it may be another by now. */
export function knownBucket(name: string): BucketRow | undefined {
  return knownIntact.get(name);
}

/** The same row, verified. */
export function intactBucket(row: BucketRow): BucketRow {
  const known = knownIntact.get(row.name);
  if (known !== undefined && isSame(row, known)) return row;
  if (!isIntact.bucket(row)) throw damagedRow(`bucket ${row.name}`);
  if (knownIntact.size >= knownIntactMax) knownIntact.clear();
  knownIntact.set(row.name, row);
  return row;
}

function isSame(left: BucketRow, right: BucketRow): boolean {
  return (
    left.row_crc === right.row_crc &&
    left.id === right.id &&
    left.created_ms === right.created_ms &&
    left.versioning === right.versioning &&
    left.notifies === right.notifies &&
    left.metered === right.metered &&
    left.replicates === right.replicates &&
    left.name === right.name &&
    left.owner === right.owner
  );
}

export type NewBucket = Omit<BucketRow, 'versioning' | 'row_crc' | 'notifies' | 'metered' | 'replicates'>;

/** The bucket as it now is, and whether this call made it. */
export function* createBucket(input: NewBucket): Transaction<{ created: boolean; bucket: BucketRow }> {
  const existing = yield* findBucket({ bucket: input.name });
  if (existing !== undefined) return { created: false, bucket: existing };
  const bucket = sealedBucket({
    ...input,
    versioning: null,
    notifies: null,
    metered: null,
    replicates: null,
  });
  yield* insertBucket.run(bucket);
  return { created: true, bucket };
}

/** Whether changes of its objects are events that somebody asked for. */
export function* setNotifies(input: { bucket: string; notifies: boolean }): Transaction<void> {
  const bucket = yield* findBucket(input);
  if (bucket === undefined) return;
  const notifies = input.notifies ? 1 : null;
  const { row_crc } = sealedBucket({ ...bucket, notifies });
  yield* updateNotifies.run({ notifies, row_crc, id: bucket.id });
}

/** Whether changes of its objects count for a quota. */
export function* setMetered(bucket: BucketRow, metered: boolean): Transaction<BucketRow> {
  const changed = sealedBucket({ ...bucket, metered: metered ? 1 : null });
  yield* updateMetered.run({ metered: changed.metered, row_crc: changed.row_crc, id: bucket.id });
  return changed;
}

/** As it is stored, rotten or not. */
export function storedBucket(id: number): Transaction<BucketRow | undefined> {
  return selectBucketById.first({ id });
}

export function* bucketById(input: { bucket: number }): Transaction<BucketRow | undefined> {
  const row = yield* storedBucket(input.bucket);
  return row === undefined ? undefined : intactBucket(row);
}

/** Whether its versions go to other buckets. */
export function* setReplicates(input: { bucket: string; replicates: boolean }): Transaction<void> {
  const bucket = yield* findBucket(input);
  if (bucket === undefined) return;
  const replicates = input.replicates ? 1 : null;
  const { row_crc } = sealedBucket({ ...bucket, replicates });
  yield* updateReplicates.run({ replicates, row_crc, id: bucket.id });
}

export function* setVersioning(input: {
  bucket: string;
  versioning: Versioning;
}): Transaction<'set' | 'NoSuchBucket'> {
  const bucket = yield* findBucket(input);
  if (bucket === undefined) return 'NoSuchBucket';
  const { versioning } = input;
  const { row_crc } = sealedBucket({ ...bucket, versioning });
  yield* updateVersioning.run({ versioning, row_crc, id: bucket.id });
  return 'set';
}

/** A bucket is empty when it holds no version and no delete marker. */
export function* isEmpty({ id }: Pick<BucketRow, 'id'>): Transaction<boolean> {
  for (const any of [selectAnyObject, selectAnyVersion]) {
    if ((yield* any.first({ bucket: id, limit: 1 })) !== undefined) return false;
  }
  return true;
}

export function* removeBucketRow({ id }: Pick<BucketRow, 'id'>): Transaction<void> {
  yield* removeBucket.run({ id });
}
