// Transactions on buckets.

import type { Transaction } from '@cairn/engines';
import { statement } from './tables.ts';

export type BucketRow = {
  readonly name: string;
  readonly id: number;
  readonly owner: string;
  readonly created_ms: number;
};

const selectBucket = statement({ name: 'text' }, (db, p) =>
  db.selectFrom('bucket').selectAll().where('name', '=', p.name),
);
const selectBuckets = statement({}, (db) => db.selectFrom('bucket').selectAll().orderBy('name'));
const insertBucket = statement(
  { name: 'text', id: 'integer', owner: 'text', created_ms: 'integer' },
  (db, p) =>
    db.insertInto('bucket').values({ name: p.name, id: p.id, owner: p.owner, created_ms: p.created_ms }),
);
const removeBucket = statement({ id: 'integer' }, (db, p) => db.deleteFrom('bucket').where('id', '=', p.id));
const selectAnyObject = statement({ bucket: 'integer', limit: 'integer' }, (db, p) =>
  db.selectFrom('object').select('key').where('bucket', '=', p.bucket).limit(p.limit),
);
const selectAnyUpload = statement({ bucket: 'integer', limit: 'integer' }, (db, p) =>
  db.selectFrom('upload').select('key').where('bucket', '=', p.bucket).limit(p.limit),
);

export function* findBucket(input: { bucket: string }): Transaction<BucketRow | undefined> {
  return yield* selectBucket.first({ name: input.bucket });
}

export function* listBuckets(_input: Record<string, never>): Transaction<readonly BucketRow[]> {
  return yield* selectBuckets.all({});
}

/** The bucket as it now is, and whether this call made it. */
export function* createBucket(input: BucketRow): Transaction<{ created: boolean; bucket: BucketRow }> {
  const existing = yield* selectBucket.first({ name: input.name });
  if (existing !== undefined) return { created: false, bucket: existing };
  yield* insertBucket.run({ ...input });
  return { created: true, bucket: input };
}

export function* deleteBucket(input: {
  bucket: string;
}): Transaction<'deleted' | 'NoSuchBucket' | 'BucketNotEmpty'> {
  const bucket = yield* selectBucket.first({ name: input.bucket });
  if (bucket === undefined) return 'NoSuchBucket';
  const object = yield* selectAnyObject.first({ bucket: bucket.id, limit: 1 });
  const upload = yield* selectAnyUpload.first({ bucket: bucket.id, limit: 1 });
  if (object !== undefined || upload !== undefined) return 'BucketNotEmpty';
  yield* removeBucket.run({ id: bucket.id });
  return 'deleted';
}
