// Finding a version of a key by its id.

import type { Transaction } from '@cairn/engines';
import { findCurrent, intactObject, type ObjectRow } from './current-object.ts';
import { isIntact } from './row-checksums.ts';
import type { Versioning } from './tables.ts';
import { nullVersionId, shownVersionId } from './version-order.ts';
import { selectNullVersion, selectVersion, type VersionRow } from './version-statements.ts';
import { intactVersion, type KeyName, newestVersion } from './versions.ts';

export type VersionName = { readonly bucket: string; readonly key: string; readonly versionId: string };
export type DeleteMarker = { readonly marker: { readonly versionId: string; readonly modifiedMs: number } };
export type FoundVersion = ObjectRow & { readonly bucket_versioning: Versioning | null };

export function* findVersion(
  input: VersionName,
): Transaction<FoundVersion | DeleteMarker | 'NoSuchBucket' | 'NoSuchVersion'> {
  const current = yield* findCurrent(input);
  if (current === undefined) return 'NoSuchBucket';
  const { bucket, object } = current;
  if (object !== undefined && shownVersionId(object) === input.versionId) return intactObject(object);
  const row = yield* findNoncurrent({ bucket: bucket.id, key: input.key }, input.versionId);
  if (row === undefined) {
    // A damaged row may be the one that is looked for: then nobody knows.
    if (object !== undefined) intactObject(object);
    return 'NoSuchVersion';
  }
  if (row.data === null) return { marker: markerOf(row) };
  return { ...row, data: row.data, bucket_versioning: bucket.versioning };
}

/** A version behind the current one, or a delete marker. */
function* findNoncurrent(name: KeyName, versionId: string): Transaction<VersionRow | undefined> {
  const row = yield* noncurrentRow(name, versionId);
  return row === undefined || !isCalled(intactVersion(row), versionId) ? undefined : row;
}

/** The same, not verified: of a damaged row nothing is needed but its key, so that it can be deleted. */
export function* findToDelete(name: KeyName, versionId: string): Transaction<VersionRow | undefined> {
  const row = yield* noncurrentRow(name, versionId);
  return row === undefined || (isIntact.version(row) && !isCalled(row, versionId)) ? undefined : row;
}

function* noncurrentRow({ bucket, key }: KeyName, versionId: string): Transaction<VersionRow | undefined> {
  if (versionId === nullVersionId) return yield* selectNullVersion.first({ bucket, key });
  return yield* selectVersion.first({ bucket, key, version: versionId });
}

/** The null version has an order too, but is known by no other name. */
function isCalled(row: VersionRow, versionId: string): boolean {
  return shownVersionId(row) === versionId;
}

/** The delete marker that hides a key that is not there. */
export function* findDeleteMarker(input: {
  bucket: string;
  key: string;
}): Transaction<DeleteMarker | undefined> {
  const current = yield* findCurrent(input);
  if (current === undefined || current.object !== undefined) return undefined;
  const newest = yield* newestVersion({ bucket: current.bucket.id, key: input.key });
  return newest === undefined ? undefined : { marker: markerOf(newest) };
}

function markerOf(row: VersionRow): DeleteMarker['marker'] {
  return { versionId: shownVersionId(row), modifiedMs: row.modified_ms };
}
