// The transaction that places a version of another store: placing.ts has the rules.

import type { Transaction } from '@cairn/engines';
import type { StorageClass, VersionPlacement } from '../core/object-storage.ts';
import { findCurrent } from './current-object.ts';
import { addEvent, addObjectEvent, type ChangeCause } from './events/add-event.ts';
import { addGarbage } from './garbage.ts';
import { moveToPlace } from './objects.ts';
import {
  type NewVersion,
  type Placed,
  type PlacingFailure,
  placedVersionId,
  storePlaced,
} from './placing.ts';
import type { UsageChange } from './quotas/metering.ts';
import type { CurrentVersion, Occasion } from './versions.ts';

export type PlaceVersionInput = Occasion & {
  readonly bucket: string;
  /** As it was when the bytes began to come: a bucket of that name made since is another. */
  readonly bucketId: number;
  readonly version: NewVersion;
  readonly placement: VersionPlacement;
  readonly cause: ChangeCause | undefined;
  /** The storage class whose place it is to be moved to. */
  readonly place: StorageClass | undefined;
};
export type PlaceVersionOutput = Placed | PlacingFailure | 'NoSuchBucket';

/** The blob of what is not placed becomes garbage. */
export function* placeVersion(input: PlaceVersionInput): Transaction<PlaceVersionOutput> {
  const { version, nowMs } = input;
  const found = yield* findCurrent({ bucket: input.bucket, key: version.key });
  const placed =
    found?.bucket.id === input.bucketId
      ? yield* placeInto({ ...found, key: version.key }, input)
      : 'NoSuchBucket';
  const unused = typeof placed === 'string' || placed.outcome !== 'placed';
  const { data, part_count, shared = null } = version;
  if (data === null) return placed;
  if (unused) yield* addGarbage({ object: { data, part_count, shared }, sinceMs: nowMs });
  else if (input.place !== undefined) {
    const bucket = input.bucketId;
    yield* moveToPlace({ ...version, data }, { bucket, version: placed.version, place: input.place });
  }
  return placed;
}

/** Places it and tells of it. */
export function* placeInto(
  current: CurrentVersion,
  {
    version,
    placement,
    cause,
    leaving = [],
    nowMs,
    random,
  }: Occasion &
    Pick<PlaceVersionInput, 'version' | 'placement' | 'cause'> & {
      readonly leaving?: readonly UsageChange[];
    },
): Transaction<Placed | PlacingFailure> {
  const occasion = { nowMs, random };
  const placed = yield* storePlaced(version, { current, placement, occasion, leaving });
  const { bucket, key } = current;
  if (typeof placed === 'string' || placed.outcome !== 'placed' || bucket.notifies === null) return placed;
  const { event, origin } = cause ?? {};
  const atMs = nowMs;
  if (version.data === null) {
    const versionId = placedVersionId(placed);
    yield* addEvent(bucket, { event: 'ObjectRemoved:DeleteMarkerCreated', key, versionId, origin, atMs });
  } else {
    const happened = { event: event ?? 'ObjectCreated:Put', origin, atMs } as const;
    yield* addObjectEvent(bucket, { ...version, ...placed }, happened);
  }
  return placed;
}
