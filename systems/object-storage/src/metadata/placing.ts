// Puts a version of another store at its place among the versions of its key, which need not be in front.
//
//   what is there                                   | outcome
//   a version with the same id, content and kind     | present
//   another one with that id, or at that place       | different: a version never changes
//   another version `null`: it gives way             | replaced; it must not be locked
//   another version `null`: it does not              | different
//   nothing                                          | placed; as current if it is newer than all of its key
//
// Without versioning there is only the version `null`, and no delete marker.

import type { Transaction } from '@cairn/engines';
import type { ObjectAttributes, VersionPlacement } from '../core/object-storage.ts';
import { intactObject, type ObjectRow } from './current-object.ts';
import { isProtected, lockOf } from './object-lock.ts';
import { type NewObject, upsertObject } from './objects.ts';
import { changeUsage, exceedsQuota, type UsageChange, versionChange } from './quotas/metering.ts';
import { replicated } from './replication/add-replication.ts';
import { sealedVersion } from './row-checksums.ts';
import type { Versioning } from './tables.ts';
import {
  nullVersionId,
  shownVersionId,
  tickAt,
  versionAt,
  versionBeforeVersioning,
} from './version-order.ts';
import {
  copyToVersion,
  insertVersion,
  removeObject,
  removeVersion,
  selectNullVersion,
  selectVersion,
  type VersionRow,
} from './version-statements.ts';
import {
  type CurrentVersion,
  dropVersion,
  intactVersion,
  newestVersion,
  type Occasion,
  type Place,
  promoteNewest,
} from './versions.ts';

/** A delete marker has no data. */
export type NewVersion = Omit<NewObject, 'data'> & { readonly data: string | null };
export type Placed = Place & {
  readonly outcome: 'placed' | 'present' | 'different';
  readonly versioning: Versioning | null;
};
export type PlacingFailure = 'InvalidBucketState' | 'AccessDenied' | 'QuotaExceeded';
type Placing = {
  readonly current: CurrentVersion;
  readonly placement: VersionPlacement;
  readonly occasion: Occasion;
  /** What the caller takes away in the same transaction. */
  readonly leaving: readonly UsageChange[];
};

/** Whoever calls this gives away the bytes of what was not placed. */
export function* storePlaced(version: NewVersion, placing: Placing): Transaction<Placed | PlacingFailure> {
  const { current, placement, occasion } = placing;
  const { versioning } = current.bucket;
  const isNull = placement.versionId === nullVersionId;
  if (versioning === null && (!isNull || version.data === null)) return 'InvalidBucketState';
  const place = placeOf(placing, isNull);
  const there = yield* versionThere(current, { place, isNull });
  if (yield* isTaken(current, { place, there })) return { outcome: 'different', ...place, versioning };
  if (there !== undefined) {
    const outcome = comparison(there, { version, place, replaces: placement.replaces });
    const { version: order, null_version } = there;
    if (outcome !== 'gives way') return { outcome, version: order, null_version, versioning };
    const removal = { nowMs: occasion.nowMs, bypassGovernance: false };
    if (isProtected(lockOf(there.attributes), removal)) return 'AccessDenied';
  }
  if (current.bucket.metered !== null && (yield* isOverQuota(version, placing, there)))
    return 'QuotaExceeded';
  if (there !== undefined) {
    yield* dropVersion(current.bucket, there, occasion);
  }
  const rest = there === undefined ? current.object : yield* without(there, current);
  const name = { bucket: current.bucket.id, key: current.key };
  const { replicates } = current.bucket;
  const attributes =
    replicates === null
      ? version.attributes
      : yield* replicated(current.bucket, { ...version, version: place.version }, occasion);
  yield* insertAt(place, { version: { ...version, attributes }, name, object: rest });
  if (current.bucket.metered !== null && version.data !== null)
    yield* changeUsage(current.bucket, [versionChange(version, 1)]);
  return { outcome: 'placed', ...place, versioning };
}

function* isOverQuota(
  version: NewVersion,
  { current, leaving }: Placing,
  there: VersionRow | undefined,
): Transaction<boolean> {
  if (version.data === null) return false;
  const going = there === undefined || there.data === null ? [] : [versionChange(there, -1)];
  return yield* exceedsQuota(current.bucket, [versionChange(version, 1), ...going, ...leaving]);
}

function placeOf({ current, placement, occasion }: Placing, isNull: boolean): Place {
  if (current.bucket.versioning === null) return { version: versionBeforeVersioning, null_version: 1 };
  if (!isNull) return { version: placement.versionId, null_version: 0 };
  const byTime = () => versionAt({ tick: tickAt(placement.modifiedMs), random: occasion.random });
  return { version: placement.place ?? byTime(), null_version: 1 };
}

/** The version `null`, or the one with that id, verified. */
function* versionThere(
  { bucket, key, object }: CurrentVersion,
  { place, isNull }: { place: Place; isNull: boolean },
): Transaction<VersionRow | undefined> {
  if (object !== undefined && (isNull ? object.null_version === 1 : object.version === place.version))
    return intactObject(object);
  const name = { bucket: bucket.id, key };
  const row = isNull
    ? yield* selectNullVersion.first(name)
    : yield* selectVersion.first({ ...name, version: place.version });
  return row && intactVersion(row);
}

/** Another version stands where it belongs. */
function* isTaken(
  { bucket, key, object }: CurrentVersion,
  { place: { version }, there }: { place: Place; there: VersionRow | undefined },
): Transaction<boolean> {
  if (there?.version === version) return false;
  if (object?.version === version) return true;
  return (yield* selectVersion.first({ bucket: bucket.id, key, version })) !== undefined;
}

function comparison(
  there: VersionRow,
  { version, place, replaces }: { version: NewVersion; place: Place } & Pick<VersionPlacement, 'replaces'>,
): 'present' | 'different' | 'gives way' {
  const { size, etag, modified_ms: modifiedMs } = version;
  const same =
    there.null_version === place.null_version &&
    (there.data === null) === (version.data === null) &&
    there.size === size &&
    there.etag === etag;
  if (place.null_version === 0) return same ? 'present' : 'different';
  if (same && there.modified_ms === modifiedMs) return 'present';
  const givesWay =
    replaces === 'older'
      ? there.modified_ms < modifiedMs
      : importedOf(there.attributes) === replaces.imported;
  return givesWay ? 'gives way' : 'different';
}

/** What is current when that version is gone. */
function* without(gone: VersionRow, current: CurrentVersion): Transaction<ObjectRow | undefined> {
  const { bucket, key, object } = current;
  const name = { bucket: bucket.id, key };
  if (object?.version !== gone.version) {
    yield* removeVersion.run({ ...name, version: gone.version });
    return object ?? (yield* promoted(name));
  }
  yield* removeObject.run(name);
  return yield* promoted(name);
}

function* promoted(name: { bucket: number; key: string }): Transaction<ObjectRow | undefined> {
  const newest = yield* newestVersion(name);
  if (newest === undefined || newest.data === null) return undefined;
  yield* promoteNewest(name);
  return { ...newest, data: newest.data };
}

function* insertAt(
  place: Place,
  options: {
    version: NewVersion;
    name: { bucket: number; key: string };
    object: ObjectRow | undefined;
  },
): Transaction<void> {
  const { version, name, object } = options;
  const { size, etag, modified_ms, attributes, checksum, data, part_count, shared = null } = version;
  const row = { ...name, ...place, size, etag, modified_ms, attributes, checksum, part_count, shared };
  const newest = object === undefined ? (yield* newestVersion(name))?.version : intactObject(object).version;
  const isNewest = newest === undefined || place.version < newest;
  if (!isNewest) {
    yield* insertVersion.run(sealedVersion({ ...row, data }));
    return;
  }
  if (object !== undefined) yield* copyToVersion.run(name);
  if (data !== null) {
    yield* upsertObject.run(sealedVersion({ ...row, data }));
    return;
  }
  if (object !== undefined) yield* removeObject.run(name);
  yield* insertVersion.run(sealedVersion({ ...row, data }));
}

/** Of the JSON of ObjectAttributes, or of a delete marker's, which mostly has none. */
export function importedOf(attributes: string): string | undefined {
  if (!attributes.includes('"imported":')) return undefined;
  return (JSON.parse(attributes) as ObjectAttributes).imported;
}

/** Of what a client changed: it is no longer what the other store had. */
export function withoutImported(attributes: string): string {
  if (importedOf(attributes) === undefined) return attributes;
  return JSON.stringify({ ...(JSON.parse(attributes) as ObjectAttributes), imported: undefined });
}

/** What is told of it. */
export function placedVersionId({ versioning, ...place }: Placed): string | undefined {
  return versioning === null ? undefined : shownVersionId(place);
}
