// The versions of one key: `object` holds the current one, `version` those behind it and the delete markers.
//
// Every change keeps: a row in `object` is the newest of its key; without one the newest in `version` is a delete marker,
// or there is none; at most one version of a key is the null version. Rows are moved as they are, checksums included, so
// that a rotten bit is never sealed anew.
//
//   bucket      | what was current                          | the null version before    | the new version
//   never       | goes for good                             | is what was current        | null, older than all to come
//   enabled     | is set aside                              | stays                      | gets an id
//   suspended   | is set aside, if it has an id             | goes for good              | null

import type { Transaction } from '@cairn/engines';
import { withReplication } from '../replication/replication-state.ts';
import type { BucketRow } from './buckets.ts';
import { intactObject, type ObjectRow } from './current-object.ts';
import { addGarbage } from './garbage.ts';
import { changeUsage, versionChange } from './quotas/metering.ts';
import { replicated } from './replication/add-replication.ts';
import { damagedRow, isIntact, sealedVersion } from './row-checksums.ts';
import { newVersion, versionBeforeVersioning } from './version-order.ts';
import {
  copyToObject,
  copyToVersion,
  insertVersion,
  removeObject,
  removeVersion,
  selectNewest,
  selectNullVersion,
  type VersionRow,
} from './version-statements.ts';

export type KeyName = { readonly bucket: number; readonly key: string };
/** Of a key: its bucket, and its row in `object`. */
export type CurrentVersion = {
  readonly bucket: BucketRow;
  readonly key: string;
  readonly object: ObjectRow | undefined;
};
/** When a version is made, and the random digits of its id. */
export type Occasion = { readonly nowMs: number; readonly random: string };
export type Place = Pick<VersionRow, 'version' | 'null_version'>;

/** The same row, verified. */
export function intactVersion<Row extends VersionRow>(row: Row): Row {
  if (isIntact.version(row)) return row;
  throw damagedRow(`version ${row.version} of ${JSON.stringify(row.key)} in bucket ${row.bucket}`);
}

/** The newest version that is not current. */
export function* newestVersion({ bucket, key }: KeyName): Transaction<VersionRow | undefined> {
  const newest = yield* selectNewest.first({ bucket, key, limit: 1 });
  return newest === undefined ? undefined : intactVersion(newest);
}

/**
 * Makes room for a version in front of all others of its key, and says which it is to be. The row of what was current is
 * left in `object`, for the caller to write over or to remove.
 */
export function* makeRoom(current: CurrentVersion, occasion: Occasion): Transaction<Place> {
  const { bucket, key, object } = current;
  const name = { bucket: bucket.id, key };
  if (bucket.versioning === null) {
    if (object !== undefined) yield* dropVersion(bucket, object, occasion);
    return { version: versionBeforeVersioning, null_version: 1 };
  }
  const newest = object === undefined ? (yield* newestVersion(name))?.version : intactObject(object).version;
  const suspended = bucket.versioning === 'suspended';
  if (suspended) yield* dropNullVersion(current, occasion);
  if (object !== undefined && !(suspended && object.null_version === 1)) yield* copyToVersion.run(name);
  return { version: newVersion({ ...occasion, newest }), null_version: suspended ? 1 : 0 };
}

function* dropNullVersion({ bucket, key, object }: CurrentVersion, occasion: Occasion): Transaction<void> {
  if (object?.null_version === 1) return yield* dropVersion(bucket, object, occasion);
  const name = { bucket: bucket.id, key };
  const row = yield* selectNullVersion.first(name);
  if (row === undefined) return;
  yield* dropVersion(bucket, row, occasion);
  yield* removeVersion.run({ ...name, version: row.version });
}

/** The row that `makeRoom` takes away for good, in all of its cases. */
export function* versionInTheWay({
  bucket,
  key,
  object,
}: CurrentVersion): Transaction<VersionRow | undefined> {
  if (bucket.versioning === null) return object;
  if (bucket.versioning === 'enabled') return undefined;
  return object?.null_version === 1 ? object : yield* selectNullVersion.first({ bucket: bucket.id, key });
}

/**
 * What a version leaves behind whose row goes for good. Of a damaged one the bytes stay where they are: what it says about
 * them may name somebody else's.
 */
export function* dropVersion(
  bucket: BucketRow,
  row: VersionRow,
  { nowMs }: Pick<Occasion, 'nowMs'>,
): Transaction<void> {
  const { data, part_count, shared } = row;
  if (data === null) return;
  if (bucket.metered !== null) yield* changeUsage(bucket, [versionChange(row, -1)]);
  if (!isIntact.version(row)) return;
  yield* addGarbage({ object: { data, part_count, shared }, sinceMs: nowMs });
}

/** Makes a delete marker the newest version. As at Amazon those that lifecycle rules make are not replicated. */
export function* markDeleted(
  current: CurrentVersion,
  occasion: Occasion & { readonly expires?: true; readonly replica?: boolean | undefined },
): Transaction<Place> {
  const { bucket, key, object } = current;
  const place = yield* makeRoom(current, occasion);
  if (object !== undefined) yield* removeObject.run({ bucket: bucket.id, key });
  const waits = bucket.replicates !== null && occasion.expires === undefined;
  const known = occasion.replica ? withReplication('', { replica: true }) : '';
  const marker = { key, version: place.version, attributes: known, data: null };
  const attributes = waits ? yield* replicated(bucket, marker, occasion) : known;
  yield* insertVersion.run(
    sealedVersion({
      ...{ bucket: bucket.id, key, ...place, size: 0, etag: '', modified_ms: occasion.nowMs },
      ...{ attributes, checksum: null, data: null, part_count: null, shared: null },
    }),
  );
  return place;
}

/** After the current object or a delete marker went: what is newest now is current, if it is an object. */
export function* promoteNewest(name: KeyName): Transaction<void> {
  const newest = yield* newestVersion(name);
  if (newest === undefined || newest.data === null) return;
  const row = { bucket: name.bucket, key: name.key, version: newest.version };
  yield* copyToObject.run(row);
  yield* removeVersion.run(row);
}
