// Storing an object as the current version of its key. What it replaces becomes garbage or a noncurrent version in the
// same transaction.

import type { Transaction } from '@cairn/engines';
import type { StorageClass } from '../core/object-storage.ts';
import { findCurrent, intactObject, type ObjectRow } from './current-object.ts';
import { addObjectEvent, type ChangeCause } from './events/add-event.ts';
import { addGarbage } from './garbage.ts';
import { putUnderNewKey } from './put-under-new-key.ts';
import { changeUsage, exceedsQuota, type UsageChange, versionChange } from './quotas/metering.ts';
import { replicated } from './replication/add-replication.ts';
import { sealedVersion } from './row-checksums.ts';
import { statement, type Versioning } from './tables.ts';
import { addMovement } from './transition/movements.ts';
import { versionBeforeVersioning } from './version-order.ts';
import { type CurrentVersion, makeRoom, type Occasion, type Place, versionInTheWay } from './versions.ts';

/** What is stored, before it has a bucket's id and a place among the versions of its key. */
export type NewObject = Pick<
  ObjectRow,
  'key' | 'size' | 'etag' | 'modified_ms' | 'attributes' | 'checksum' | 'data' | 'part_count'
> & {
  /** 1: its blob is counted in `share`, which it is not when absent. */
  readonly shared?: number | null;
};
export type { ObjectRow };
export type StoredObject = Place & { readonly versioning: Versioning | null };

export type Condition = { readonly ifMatch?: string; readonly ifNoneMatch?: string } | undefined;
export type ConditionFailure = 'PreconditionFailed' | 'NoSuchKey';
export type StoreFailure = ConditionFailure | 'QuotaExceeded';

export const upsertObject = statement(
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
    shared: 'integer?',
    version: 'text',
    null_version: 'integer',
    listed_crc: 'integer',
    row_crc: 'integer',
  },
  (db, p) =>
    db
      .insertInto('object')
      .values({ ...p })
      // What was offered, by name: each value is bound once.
      .onConflict((conflict) =>
        conflict.columns(['bucket', 'key']).doUpdateSet(({ ref }) => ({
          size: ref('excluded.size'),
          etag: ref('excluded.etag'),
          modified_ms: ref('excluded.modified_ms'),
          attributes: ref('excluded.attributes'),
          checksum: ref('excluded.checksum'),
          data: ref('excluded.data'),
          part_count: ref('excluded.part_count'),
          shared: ref('excluded.shared'),
          version: ref('excluded.version'),
          null_version: ref('excluded.null_version'),
          listed_crc: ref('excluded.listed_crc'),
          row_crc: ref('excluded.row_crc'),
        })),
      ),
);

export type PutObjectInput = {
  readonly bucket: string;
  /** As it was when the upload began: a bucket of that name made since is another. */
  readonly bucketId: number;
  readonly object: NewObject;
  readonly condition: Condition;
  readonly random: string;
  /** The storage class whose place it is to be moved to. */
  readonly place?: StorageClass | undefined;
  /** It is an ObjectCreated:Put when nothing else is said. */
  readonly cause?: ChangeCause | undefined;
};

/** Stores an object; the blob of one that is refused becomes garbage. */
export function* putObject(input: PutObjectInput): Transaction<StoredObject | 'NoSuchBucket' | StoreFailure> {
  const { object, condition, random, cause } = input;
  // Nothing is in the way of one that has to be new, or may be.
  const mayBeNew = condition?.ifMatch === undefined && input.place === undefined;
  if (mayBeNew && (yield* putUnderNewKey(input.bucket, input.bucketId, object))) return storedUnversioned;
  const nowMs = object.modified_ms;
  const found = yield* findCurrent({ bucket: input.bucket, key: object.key });
  const outcome =
    found?.bucket.id === input.bucketId
      ? yield* storeCurrent(object, {
          current: { ...found, key: object.key },
          condition,
          occasion: { nowMs, random },
          cause,
        })
      : 'NoSuchBucket';
  if (typeof outcome === 'string') yield* addGarbage({ object: { ...object, shared: null }, sinceMs: nowMs });
  else if (input.place !== undefined) {
    yield* moveToPlace(object, { bucket: input.bucketId, version: outcome.version, place: input.place });
  }
  return outcome;
}

/** In the background, at once. */
export function* moveToPlace(
  { key, data, modified_ms }: NewObject,
  { bucket, version, place }: { bucket: number; version: string; place: StorageClass },
): Transaction<void> {
  const due = { storage_class: place, source: data, due_ms: modified_ms };
  yield* addMovement({ bucket, key, version, ...due });
}

/** Makes `object` the current version of its key, if the condition holds. */
export function* storeCurrent(
  object: NewObject,
  options: {
    current: CurrentVersion;
    condition: Condition;
    occasion: Occasion;
    cause: ChangeCause | undefined;
    /** What the caller takes away in the same transaction. */
    leaving?: readonly UsageChange[];
  },
): Transaction<StoredObject | StoreFailure> {
  const { bucket, object: replaced } = options.current;
  const failure = conditionFailure(options.condition, replaced);
  if (failure !== undefined) return failure;
  if (yield* isOverQuota(object, options)) return 'QuotaExceeded';
  const { version, null_version } = yield* makeRoom(options.current, options.occasion);
  const { shared = null } = object;
  const attributes =
    bucket.replicates === null
      ? object.attributes
      : yield* replicated(bucket, { ...object, version }, options.occasion);
  const row = { ...object, attributes, shared, bucket: bucket.id, version, null_version };
  yield* upsertObject.run(sealedVersion(row));
  if (bucket.metered !== null) yield* changeUsage(bucket, [versionChange(object, 1)]);
  if (bucket.notifies !== null) {
    const { event = 'ObjectCreated:Put', origin } = options.cause ?? {};
    const happened = { event, origin, atMs: options.occasion.nowMs };
    yield* addObjectEvent(bucket, { ...object, version, null_version }, happened);
  }
  return bucket.versioning === null
    ? storedUnversioned
    : { version, null_version, versioning: bucket.versioning };
}

/** One for all, as most are: an answer that is the same object crosses threads once for many. */
const storedUnversioned: StoredObject = {
  version: versionBeforeVersioning,
  null_version: 1,
  versioning: null,
};

/** Whether a quota is against an object in place of what has its key. */
export function* isOverQuota(
  object: { readonly key: string; readonly size: number },
  { current, leaving = [] }: { current: CurrentVersion; leaving?: readonly UsageChange[] },
): Transaction<boolean> {
  if (current.bucket.metered === null) return false;
  const replaced = yield* versionInTheWay(current);
  const going = replaced === undefined || replaced.data === null ? [] : [versionChange(replaced, -1)];
  return yield* exceedsQuota(current.bucket, [versionChange(object, 1), ...going, ...leaving]);
}

/** A key that a delete marker hides is one that is not there. */
export function conditionFailure(
  condition: Condition,
  current: ObjectRow | undefined,
): ConditionFailure | undefined {
  if (condition === undefined) return undefined;
  const { ifMatch, ifNoneMatch } = condition;
  if (ifNoneMatch !== undefined && current !== undefined && matches(ifNoneMatch, current)) {
    return 'PreconditionFailed';
  }
  if (ifMatch === undefined) return undefined;
  if (current === undefined) return 'NoSuchKey';
  return matches(ifMatch, current) ? undefined : 'PreconditionFailed';
}

/** Any object matches `*`, also a damaged one. */
function matches(etag: string, current: ObjectRow): boolean {
  return etag === '*' || etag === intactObject(current).etag;
}
