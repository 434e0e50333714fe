// Deleting: of a key, which in a bucket with versioning makes a delete marker, and of one version, for good.
//
//   condition on                  ifMatch                        time, size
//   an object that differs        PreconditionFailed             PreconditionFailed
//   a delete marker               NoSuchKey                      PreconditionFailed
//   nothing                       NoSuchKey                      deleted, as without a condition

import type { Transaction } from '@cairn/engines';
import type { DeleteCondition } from '../core/object-storage.ts';
import type { ChangeOrigin } from '../events/event-record.ts';
import { type BucketRow, findBucket } from './buckets.ts';
import { intactObject, type ObjectRow } from './current-object.ts';
import { addEvent } from './events/add-event.ts';
import { findToDelete } from './find-version.ts';
import { hasObjectLock, isProtected, lockOf } from './object-lock.ts';
import { importedOf } from './placing.ts';
import { isIntact } from './row-checksums.ts';
import { nullVersionId, shownVersionId } from './version-order.ts';
import { removeObject, removeVersion, selectObject, type VersionRow } from './version-statements.ts';
import {
  type CurrentVersion,
  dropVersion,
  intactVersion,
  markDeleted,
  newestVersion,
  type Occasion,
  promoteNewest,
} from './versions.ts';

export type ToDelete = {
  readonly key: string;
  readonly versionId?: string | undefined;
  readonly condition?: DeleteCondition | undefined;
  readonly bypassGovernance: boolean;
  readonly replica?: boolean | undefined;
};
export type Deletion =
  | {
      /** Of the delete marker that was made, or of the version that was asked for; none without versioning. */
      readonly versionId: string | undefined;
      /** A delete marker was made or removed. */
      readonly deleteMarker: boolean;
    }
  | Refusal;
type Refusal = 'NoSuchVersion' | 'AccessDenied' | ConditionRefusal;
type ConditionRefusal = 'PreconditionFailed' | 'NoSuchKey';
/** When it happens and, for the event that tells of it, by whom: by a request, or by lifecycle rules. */
export type Removal = Occasion & { readonly origin?: ChangeOrigin | undefined; readonly expires?: true };
export type DeleteObjectsInput = Removal & {
  readonly bucket: string;
  readonly objects: readonly ToDelete[];
};

/** Deletes one after the other; what is refused is left alone. What does not exist is no error. */
export function* deleteObjects(input: DeleteObjectsInput): Transaction<readonly Deletion[] | 'NoSuchBucket'> {
  const bucket = yield* findBucket(input);
  if (bucket === undefined) return 'NoSuchBucket';
  const deletions: Deletion[] = [];
  for (const wanted of input.objects) {
    const { key, versionId } = wanted;
    const object = yield* selectObject.first({ bucket: bucket.id, key });
    const current = { bucket, key, object };
    deletions.push(
      versionId === undefined
        ? yield* deleteKey(current, { wanted, occasion: input })
        : yield* deleteVersion(current, { wanted: { ...wanted, versionId }, occasion: input }),
    );
  }
  return deletions;
}

export function* deleteKey(
  current: CurrentVersion,
  { wanted, occasion }: { wanted: ToDelete; occasion: Removal },
): Transaction<Deletion> {
  const { bucket, key, object } = current;
  if (wanted.condition !== undefined) {
    const shown = object ?? (yield* newestVersion({ bucket: bucket.id, key }));
    const refusal = conditionRefusal(wanted.condition, shown);
    if (refusal !== undefined) return refusal;
  }
  if (bucket.versioning === null) {
    if (object !== undefined) {
      yield* removeCurrent(current, occasion);
      if (bucket.notifies !== null) yield* tell(current, { versionId: undefined, marked: false, occasion });
    }
    return { versionId: undefined, deleteMarker: false };
  }
  const { replica } = wanted;
  const versionId = shownVersionId(yield* markDeleted(current, { ...occasion, replica }));
  if (bucket.notifies !== null) yield* tell(current, { versionId, marked: true, occasion });
  return { versionId, deleteMarker: true };
}

/** Of what was not there nothing is told. */
function* tell(
  { bucket, key }: CurrentVersion,
  { versionId, marked, occasion }: { versionId: string | undefined; marked: boolean; occasion: Removal },
): Transaction<void> {
  const kind = occasion.expires ? 'LifecycleExpiration' : 'ObjectRemoved';
  const event = `${kind}:${marked ? 'DeleteMarkerCreated' : 'Delete'}` as const;
  yield* addEvent(bucket, { event, key, versionId, origin: occasion.origin, atMs: occasion.nowMs });
}

export function* deleteVersion(
  current: CurrentVersion,
  options: { wanted: ToDelete & { readonly versionId: string }; occasion: Removal },
): Transaction<Deletion> {
  const { bucket, key, object } = current;
  const { wanted, occasion } = options;
  const { versionId } = wanted;
  if (bucket.versioning === null)
    return versionId === nullVersionId ? yield* deleteKey(current, options) : 'NoSuchVersion';
  const name = { bucket: bucket.id, key };
  const isCurrent = object !== undefined && shownVersionId(object) === versionId;
  const row: VersionRow | undefined = isCurrent ? object : yield* findToDelete(name, versionId);
  const refusal = yield* refusalOf(row, { bucket, wanted, occasion });
  if (refusal !== undefined) return refusal;
  if (isCurrent) {
    yield* removeCurrent(current, occasion);
    yield* promoteNewest(name);
    if (bucket.notifies !== null) yield* tell(current, { versionId, marked: false, occasion });
    return { versionId, deleteMarker: false };
  }
  if (row === undefined) return { versionId, deleteMarker: false };
  yield* dropVersion(bucket, row, occasion);
  yield* removeVersion.run({ ...name, version: row.version });
  if (object === undefined) yield* promoteNewest(name);
  if (bucket.notifies !== null) yield* tell(current, { versionId, marked: false, occasion });
  return { versionId, deleteMarker: row.data === null };
}

function* refusalOf(
  row: VersionRow | undefined,
  options: { bucket: BucketRow; wanted: ToDelete; occasion: Occasion },
): Transaction<Refusal | undefined> {
  const { bucket, wanted, occasion } = options;
  // A version never changes: one that is gone is what the client wanted, whatever it was.
  if (row === undefined) return undefined;
  const refusal = wanted.condition && conditionRefusal(wanted.condition, row);
  if (refusal !== undefined) return refusal;
  // A damaged row may have been locked: where objects can be, it stays.
  if (!isIntact.version(row) && (yield* hasObjectLock({ bucket: bucket.id }))) intactVersion(row);
  const removal = { nowMs: occasion.nowMs, bypassGovernance: wanted.bypassGovernance };
  return isProtected(lockOf(row.attributes), removal) ? 'AccessDenied' : undefined;
}

/** `row` is what the condition is about; a delete marker has no data. */
function conditionRefusal(
  { ifMatch, ifModifiedSecond, ifSizeBytes, ifImported }: DeleteCondition,
  row: VersionRow | undefined,
): ConditionRefusal | undefined {
  if (ifImported !== undefined && row !== undefined) {
    const imported = importedOf(intactVersion(row).attributes);
    if (imported !== ifImported) return 'PreconditionFailed';
    if (row.data === null) return undefined;
  }
  if (row === undefined || row.data === null) {
    if (ifMatch !== undefined) return 'NoSuchKey';
    return row === undefined ? undefined : 'PreconditionFailed';
  }
  const { etag, modified_ms, size } = intactObject(row as ObjectRow);
  const matches =
    (ifMatch === undefined || ifMatch === '*' || ifMatch === etag) &&
    (ifModifiedSecond === undefined || ifModifiedSecond === Math.floor(modified_ms / 1_000)) &&
    (ifSizeBytes === undefined || ifSizeBytes === size);
  return matches ? undefined : 'PreconditionFailed';
}

function* removeCurrent({ bucket, key, object }: CurrentVersion, occasion: Occasion): Transaction<void> {
  if (object !== undefined) yield* dropVersion(bucket, object, occasion);
  yield* removeObject.run({ bucket: bucket.id, key });
}
