// Transactions on single objects. A change puts what it replaces into the garbage table in the same transaction.

import type { Transaction } from '@cairn/engines';
import { findBucket } from './buckets.ts';
import { addGarbage } from './garbage.ts';
import { statement } from './tables.ts';

export type ObjectRow = {
  readonly key: string;
  readonly size: number;
  readonly etag: string;
  readonly modified_ms: number;
  readonly attributes: string;
  readonly checksum: string | null;
  readonly data: string;
  readonly part_count: number | null;
};

export type Condition = { readonly ifMatch?: string; readonly ifNoneMatch?: '*' } | undefined;
export type ConditionFailure = 'PreconditionFailed' | 'NoSuchKey';

const objectColumns = [
  'key',
  'size',
  'etag',
  'modified_ms',
  'attributes',
  'checksum',
  'data',
  'part_count',
] as const;

const selectObjectByName = statement({ name: 'text', key: 'text' }, (db, p) =>
  db
    .selectFrom('bucket')
    .innerJoin('object', 'object.bucket', 'bucket.id')
    .select(objectColumns.map((column) => `object.${column}` as const))
    .where('bucket.name', '=', p.name)
    .where('object.key', '=', p.key),
);
const selectObject = statement({ bucket: 'integer', key: 'text' }, (db, p) =>
  db.selectFrom('object').select(objectColumns).where('bucket', '=', p.bucket).where('key', '=', p.key),
);
const upsertObject = statement(
  {
    bucket: 'integer',
    key: 'text',
    size: 'integer',
    etag: 'text',
    modified_ms: 'integer',
    attributes: 'text',
    checksum: 'text?',
    data: 'text',
    part_count: 'integer?',
  },
  (db, p) => {
    const { bucket, key, ...content } = p;
    return db
      .insertInto('object')
      .values({ bucket, key, ...content })
      .onConflict((conflict) => conflict.columns(['bucket', 'key']).doUpdateSet(content));
  },
);
const removeObject = statement({ bucket: 'integer', key: 'text' }, (db, p) =>
  db.deleteFrom('object').where('bucket', '=', p.bucket).where('key', '=', p.key),
);

export function* findObject(input: {
  bucket: string;
  key: string;
}): Transaction<ObjectRow | 'NoSuchBucket' | 'NoSuchKey'> {
  const object = yield* selectObjectByName.first({ name: input.bucket, key: input.key });
  if (object !== undefined) return object;
  const bucket = yield* findBucket(input);
  return bucket === undefined ? 'NoSuchBucket' : 'NoSuchKey';
}

export type PutObjectInput = {
  readonly bucket: string;
  /** As it was when the upload began: a bucket of that name made since is another. */
  readonly bucketId: number;
  readonly object: ObjectRow;
  readonly condition: Condition;
};

/** Stores an object; the blob of one that is refused becomes garbage. */
export function* putObject(input: PutObjectInput): Transaction<'stored' | 'NoSuchBucket' | ConditionFailure> {
  const bucket = yield* findBucket(input);
  const outcome =
    bucket?.id === input.bucketId
      ? yield* replaceObject({ bucket: bucket.id, object: input.object, condition: input.condition })
      : 'NoSuchBucket';
  if (outcome !== 'stored') yield* addGarbage({ object: input.object, sinceMs: input.object.modified_ms });
  return outcome;
}

/** Makes `object` the current one of its key, if the condition holds. */
export function* replaceObject(input: {
  bucket: number;
  object: ObjectRow;
  condition: Condition;
}): Transaction<'stored' | ConditionFailure> {
  const { bucket, object } = input;
  const current = yield* selectObject.first({ bucket, key: object.key });
  const failure = conditionFailure(input.condition, current);
  if (failure !== undefined) return failure;
  if (current !== undefined) yield* addGarbage({ object: current, sinceMs: object.modified_ms });
  yield* upsertObject.run({ bucket, ...object });
  return 'stored';
}

function conditionFailure(
  condition: Condition,
  current: { readonly etag: string } | undefined,
): ConditionFailure | undefined {
  if (condition?.ifNoneMatch === '*' && current !== undefined) return 'PreconditionFailed';
  if (condition?.ifMatch === undefined) return undefined;
  if (current === undefined) return 'NoSuchKey';
  const matches = condition.ifMatch === '*' || condition.ifMatch === current.etag;
  return matches ? undefined : 'PreconditionFailed';
}

/** Deletes every key that exists; those that do not are no error. */
export function* deleteObjects(input: {
  bucket: string;
  keys: readonly string[];
  nowMs: number;
}): Transaction<'deleted' | 'NoSuchBucket'> {
  const bucket = yield* findBucket(input);
  if (bucket === undefined) return 'NoSuchBucket';
  for (const key of input.keys) {
    const object = yield* selectObject.first({ bucket: bucket.id, key });
    if (object === undefined) continue;
    yield* addGarbage({ object, sinceMs: input.nowMs });
    yield* removeObject.run({ bucket: bucket.id, key });
  }
  return 'deleted';
}
