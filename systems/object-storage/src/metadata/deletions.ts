// Deleting: of a key, which in a bucket with versioning makes a delete marker, and of one version, for good.

import type { Transaction } from '@cairn/engines';
import { findBucket } from './buckets.ts';
import { findToDelete } from './find-version.ts';
import { nullVersionId, shownVersionId } from './version-order.ts';
import { removeObject, removeVersion, selectObject, type VersionRow } from './version-statements.ts';
import { type CurrentVersion, dropBytes, markDeleted, type Occasion, promoteNewest } from './versions.ts';

export type ToDelete = { readonly key: string; readonly versionId?: string | undefined };
export type Deletion =
  | {
      /** Of the delete marker that was made, or of the version that was asked for; none without versioning. */
      readonly versionId: string | undefined;
      /** A delete marker was made or removed. */
      readonly deleteMarker: boolean;
    }
  | 'NoSuchVersion';
export type DeleteObjectsInput = Occasion & {
  readonly bucket: string;
  readonly objects: readonly ToDelete[];
};

/** Deletes one after the other, all or none. What does not exist is no error. */
export function* deleteObjects(input: DeleteObjectsInput): Transaction<readonly Deletion[] | 'NoSuchBucket'> {
  const bucket = yield* findBucket(input);
  if (bucket === undefined) return 'NoSuchBucket';
  const deletions: Deletion[] = [];
  for (const { key, versionId } of input.objects) {
    const object = yield* selectObject.first({ bucket: bucket.id, key });
    const current = { bucket, key, object };
    deletions.push(
      versionId === undefined
        ? yield* deleteKey(current, input)
        : yield* deleteVersion(current, { versionId, occasion: input }),
    );
  }
  return deletions;
}

function* deleteKey(current: CurrentVersion, occasion: Occasion): Transaction<Deletion> {
  const { bucket, object } = current;
  if (bucket.versioning === null) {
    if (object !== undefined) yield* removeCurrent(current, occasion);
    return { versionId: undefined, deleteMarker: false };
  }
  return { versionId: shownVersionId(yield* markDeleted(current, occasion)), deleteMarker: true };
}

function* deleteVersion(
  current: CurrentVersion,
  { versionId, occasion }: { versionId: string; occasion: Occasion },
): Transaction<Deletion> {
  const { bucket, key, object } = current;
  if (bucket.versioning === null)
    return versionId === nullVersionId ? yield* deleteKey(current, occasion) : 'NoSuchVersion';
  const name = { bucket: bucket.id, key };
  if (object !== undefined && shownVersionId(object) === versionId) {
    yield* removeCurrent(current, occasion);
    yield* promoteNewest(name);
    return { versionId, deleteMarker: false };
  }
  const row: VersionRow | undefined = yield* findToDelete(name, versionId);
  if (row === undefined) return { versionId, deleteMarker: false };
  yield* dropBytes(row, occasion);
  yield* removeVersion.run({ ...name, version: row.version });
  if (object === undefined) yield* promoteNewest(name);
  return { versionId, deleteMarker: row.data === null };
}

function* removeCurrent({ bucket, key, object }: CurrentVersion, occasion: Occasion): Transaction<void> {
  if (object !== undefined) yield* dropBytes(object, occasion);
  yield* removeObject.run({ bucket: bucket.id, key });
}
