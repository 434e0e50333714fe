// Appending to an object, without moving the bytes that are there: they become a part, and what is appended another.
//
//   bucket      | what is current          | an append
//   never       | an object                | grows it, in its place
//   enabled     | a version                | makes the next one; the one that was current is set aside, and stays as it is
//   suspended   | the null version         | grows it, in its place
//   suspended   | a version with an id     | makes the null version, as a put does
//   any         | nothing, a delete marker | is a put
//
// The next version names the blobs of the one before, as a copy does: parts are rows of its own, and the blobs are counted
// (sharing.ts). Whoever reads an object meanwhile that grows in its place reads it to the end that it had; a copy that
// shares what is there has parts of its own, or none.
//
// What is appended to an encrypted object is sealed before it comes here, under a key that is made from that object's. So it
// must still be that object: the same `data` is the same key, whatever it is wrapped under by now. Another object of that
// size is `changed`.

import assert from 'node:assert/strict';
import type { Transaction } from '@cairn/engines';
import type { StorageClass } from '../core/object-storage.ts';
import { saltOfWhole } from '../encryption/key-wrap.ts';
import { objectBytesMax, partNumberMax } from '../limits.ts';
import { replicationOf } from '../replication/replication-state.ts';
import { isMoved } from '../transition/moved-data.ts';
import type { BucketRow } from './buckets.ts';
import { storageClassFrom } from './checksum-text.ts';
import { findCurrent, intactObject, type ObjectRow } from './current-object.ts';
import { addObjectEvent, type ChangeCause } from './events/add-event.ts';
import { addGarbage } from './garbage.ts';
import { grownObject, nextAttributes, ownAttributes } from './grown-object.ts';
import {
  type Condition,
  conditionFailure,
  isOverQuota,
  moveToPlace,
  type NewObject,
  type StoredObject,
  type StoreFailure,
  storeCurrent,
  upsertObject,
} from './objects.ts';
import { changeUsage, exceedsQuota } from './quotas/metering.ts';
import { sealedVersion } from './row-checksums.ts';
import { shareBytes } from './sharing.ts';
import { encryptionOf } from './stored-size.ts';
import { carryMovement } from './transition/movements.ts';
import { carryRestore } from './transition/restores.ts';
import { addObjectPart, lastPart } from './uploads.ts';
import type { CurrentVersion } from './versions.ts';

export type AppendInput = {
  readonly bucket: string;
  /** As it was when the upload began. */
  readonly bucketId: number;
  /** What is appended, as an object of its own: what it becomes when there is none. Its lock is that of a version that it makes. */
  readonly object: NewObject;
  /** `data` of the object that was there when the upload began; null when none was. */
  readonly found: string | null;
  /** Of what is appended, under the key of the object that was found; null when that is not encrypted, or was not there. */
  readonly salt: string | null;
  readonly offset: number;
  readonly condition: Condition;
  /** Of the parts, when the object has none yet, or another version has them. */
  readonly uploadId: string;
  readonly random: string;
  /** Storage classes that have a place, which an object or version of that class that is made is to be moved to. */
  readonly places: readonly StorageClass[];
  readonly cause: ChangeCause | undefined;
};
export type AppendFailure =
  | StoreFailure
  | 'NoSuchBucket'
  /** It is another object than was found, and encryption is not the same. */
  | 'changed'
  | 'InvalidWriteOffset'
  /** Its bytes lie at the place of its storage class. */
  | 'InvalidObjectState'
  | 'TooManyParts'
  | 'EntityTooLarge';
export type Appended = { readonly object: NewObject; readonly stored: StoredObject };

/** The object or version as it is now; the blob of what is refused becomes garbage. */
export function* appendObject(input: AppendInput): Transaction<Appended | AppendFailure> {
  const outcome = yield* append(input);
  const { object } = input;
  if (typeof outcome === 'string')
    yield* addGarbage({ object: { ...object, shared: null }, sinceMs: object.modified_ms });
  return outcome;
}

function* append(input: AppendInput): Transaction<Appended | AppendFailure> {
  const { object: added, condition, offset } = input;
  const { key } = added;
  const found = yield* findCurrent({ bucket: input.bucket, key });
  if (found?.bucket.id !== input.bucketId) return 'NoSuchBucket';
  const { bucket, object } = found;
  const failure = conditionFailure(condition, object);
  if (failure !== undefined) return failure;
  if (object === undefined) {
    if (offset !== 0) return 'InvalidWriteOffset';
    if (input.found !== null) return 'changed';
    return yield* store(added, { bucket, key, object }, input);
  }
  if (offset !== intactObject(object).size) return 'InvalidWriteOffset';
  if (isMoved(object.data)) return 'InvalidObjectState';
  if (!isSealedFor(object, input)) return 'changed';
  if (object.size + added.size > objectBytesMax) return 'EntityTooLarge';
  const last = yield* lastNumber(object);
  if (last >= partNumberMax) return 'TooManyParts';
  return growsInPlace(bucket, object)
    ? yield* grow(object, { bucket, input, last })
    : yield* makeNext(object, { bucket, input, last });
}

function isSealedFor(object: ObjectRow, { object: added, found, salt }: AppendInput): boolean {
  return object.data === found || (salt === null && !isEncrypted(added) && !isEncrypted(object));
}

function isEncrypted({ attributes }: Pick<NewObject, 'attributes'>): boolean {
  return encryptionOf(attributes) !== undefined;
}

function* lastNumber({ part_count, data: upload }: ObjectRow): Transaction<number> {
  if (part_count === null) return 1;
  return (yield* lastPart({ upload }))?.number ?? 0;
}

/** A version `null` that replication knows is not the one that it knows any more, and so gets another place. */
function growsInPlace({ versioning }: BucketRow, { null_version, attributes }: ObjectRow): boolean {
  if (versioning === null) return true;
  return versioning === 'suspended' && null_version === 1 && replicationOf(attributes) === undefined;
}

type Growth = { readonly bucket: BucketRow; readonly input: AppendInput; readonly last: number };

function* grow(object: ObjectRow, { bucket, input, last }: Growth): Transaction<Appended | 'QuotaExceeded'> {
  const { object: added, cause, uploadId } = input;
  const { key, version, null_version } = object;
  const change = { key, bytes: added.size, objects: 0 };
  if (bucket.metered !== null && (yield* exceedsQuota(bucket, [change]))) return 'QuotaExceeded';
  const data = object.part_count === null ? uploadId : object.data;
  yield* addParts(object, { upload: data, input, last });
  const grown = grownObject(object, { added, data, attributes: ownAttributes(object.attributes) });
  // What was shared is part 1 now, with its mark.
  yield* upsertObject.run(
    sealedVersion({ ...grown, shared: null, bucket: bucket.id, version, null_version }),
  );
  if (data !== object.data && storageClassFrom(object.checksum) !== undefined) {
    const place = { bucket: bucket.id, key, version };
    yield* carryMovement({ from: place, to: place, source: data });
    yield* carryRestore({ source: object.data, to: place, newSource: data });
  }
  if (bucket.metered !== null) yield* changeUsage(bucket, [change]);
  if (bucket.notifies !== null) {
    const happened = { event: 'ObjectCreated:Put', origin: cause?.origin, atMs: added.modified_ms } as const;
    yield* addObjectEvent(bucket, { ...grown, version, null_version }, happened);
  }
  return { object: grown, stored: { version, null_version, versioning: bucket.versioning } };
}

function* makeNext(object: ObjectRow, { bucket, input, last }: Growth): Transaction<Appended | StoreFailure> {
  const { object: added, uploadId: upload } = input;
  const attributes = nextAttributes(object.attributes, added.attributes);
  const next = grownObject(object, { added, data: upload, attributes });
  const current = { bucket, key: object.key, object };
  // Before anything is shared: what this transaction refuses it must not have changed.
  if (yield* isOverQuota(next, { current })) return 'QuotaExceeded';
  const { source } = yield* shareBytes(object, upload);
  yield* addParts(source, { upload, input, last });
  return yield* store(next, { ...current, object: source }, input);
}

/** What is there, unless it has parts already, and what is appended. */
function* addParts(
  object: ObjectRow,
  { upload, input, last }: { upload: string; input: AppendInput; last: number },
): Transaction<void> {
  const { object: added, salt } = input;
  const encrypted = isEncrypted(object);
  assert(encrypted === (salt !== null), 'what is appended is sealed when the object is');
  if (object.part_count === null)
    yield* addObjectPart({ upload, number: 1, start: 0, salt: encrypted ? saltOfWhole : null, object });
  yield* addObjectPart({ upload, number: last + 1, start: object.size, salt, object: added });
}

/** As a put. */
function* store(
  object: NewObject,
  current: CurrentVersion,
  { condition, random, cause, places, object: added }: AppendInput,
): Transaction<Appended | StoreFailure> {
  const occasion = { nowMs: added.modified_ms, random };
  const stored = yield* storeCurrent(object, { current, condition, occasion, cause });
  if (typeof stored === 'string') return stored;
  const place = storageClassFrom(object.checksum);
  if (place !== undefined && places.includes(place))
    yield* moveToPlace(object, { bucket: current.bucket.id, version: stored.version, place });
  return { object, stored };
}
