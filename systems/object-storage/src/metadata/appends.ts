// Appending to an object, without moving the bytes that are there: they become a part, and what is appended another.
//
// What is appended to an encrypted object is sealed before it comes here, under a key that is made from that object's. So it
// must still be that object: the same `data` is the same key, whatever it is wrapped under by now. Another object of that
// size is `changed`.
//
// Only without versioning: a version never changes. Whoever reads the object meanwhile reads it to the end that it had; a
// copy that shares what is there has parts of its own, or none.

import assert from 'node:assert/strict';
import type { Transaction } from '@cairn/engines';
import { checksumOf, combineCrc, isCrc } from '@cairn/hashing';
import type { StorageClass, StoredChecksum } from '../core/object-storage.ts';
import { saltOfWhole } from '../encryption/key-wrap.ts';
import { objectBytesMax, partNumberMax } from '../limits.ts';
import { isMoved } from '../transition/moved-data.ts';
import type { BucketRow } from './buckets.ts';
import { checksumFrom, checksumText, storageClassFrom } from './checksum-text.ts';
import { findCurrent, intactObject, type ObjectRow } from './current-object.ts';
import { addObjectEvent, type ChangeCause } from './events/add-event.ts';
import { addGarbage } from './garbage.ts';
import {
  type Condition,
  conditionFailure,
  moveToPlace,
  type NewObject,
  type StoreFailure,
  storeCurrent,
  upsertObject,
} from './objects.ts';
import { withoutImported } from './placing.ts';
import { changeUsage, exceedsQuota } from './quotas/metering.ts';
import { sealedVersion } from './row-checksums.ts';
import { encryptionOf } from './stored-size.ts';
import { carryMovement } from './transition/movements.ts';
import { addObjectPart, lastPart } from './uploads.ts';

export type AppendInput = {
  readonly bucket: string;
  /** As it was when the upload began. */
  readonly bucketId: number;
  /** What is appended, as an object of its own: what it becomes when there is none. */
  readonly object: NewObject;
  /** `data` of the object that was there when the upload began; null when none was. */
  readonly found: string | null;
  /** Of what is appended, under the key of the object that was found; null when that is not encrypted, or was not there. */
  readonly salt: string | null;
  readonly offset: number;
  readonly condition: Condition;
  /** Of the parts, when the object has none yet. */
  readonly uploadId: string;
  readonly random: string;
  /** The storage class whose place an object that is made is to be moved to. */
  readonly place?: StorageClass | undefined;
  readonly cause: ChangeCause | undefined;
};
export type AppendFailure =
  | StoreFailure
  | 'NoSuchBucket'
  | 'InvalidBucketState'
  /** It is another object than was found, and encryption is not the same. */
  | 'changed'
  | 'InvalidWriteOffset'
  /** Its bytes lie at the place of its storage class. */
  | 'InvalidObjectState'
  | 'TooManyParts'
  | 'EntityTooLarge';

/** The object as it is now; the blob of what is refused becomes garbage. */
export function* appendObject(input: AppendInput): Transaction<NewObject | AppendFailure> {
  const outcome = yield* append(input);
  const { object } = input;
  if (typeof outcome === 'string')
    yield* addGarbage({ object: { ...object, shared: null }, sinceMs: object.modified_ms });
  return outcome;
}

function* append(input: AppendInput): Transaction<NewObject | AppendFailure> {
  const { object: added, condition, offset } = input;
  const found = yield* findCurrent({ bucket: input.bucket, key: added.key });
  if (found?.bucket.id !== input.bucketId) return 'NoSuchBucket';
  if (found.bucket.versioning !== null) return 'InvalidBucketState';
  const { bucket, object } = found;
  if (object === undefined) {
    if (offset !== 0) return conditionFailure(condition, object) ?? 'InvalidWriteOffset';
    if (input.found !== null) return conditionFailure(condition, object) ?? 'changed';
    return yield* make(bucket, input);
  }
  const failure = conditionFailure(condition, object);
  if (failure !== undefined) return failure;
  if (offset !== intactObject(object).size) return 'InvalidWriteOffset';
  const grown = { key: added.key, bytes: added.size, objects: 0 };
  if (bucket.metered !== null && (yield* exceedsQuota(bucket, [grown]))) return 'QuotaExceeded';
  if (isMoved(object.data)) return 'InvalidObjectState';
  if (!isSealedFor(object, input)) return 'changed';
  const extended = yield* extend(object, input);
  if (typeof extended !== 'string' && bucket.metered !== null) yield* changeUsage(bucket, [grown]);
  if (typeof extended !== 'string' && bucket.notifies !== null) {
    const happened = {
      event: 'ObjectCreated:Put',
      origin: input.cause?.origin,
      atMs: added.modified_ms,
    } as const;
    yield* addObjectEvent(bucket, { ...object, ...extended }, happened);
  }
  return extended;
}

/** Nothing is there: it is a put. */
function* make(bucket: BucketRow, input: AppendInput): Transaction<NewObject | StoreFailure> {
  const { object, condition, random, cause, place } = input;
  const current = { bucket, key: object.key, object: undefined };
  const occasion = { nowMs: object.modified_ms, random };
  const stored = yield* storeCurrent(object, { current, condition, occasion, cause });
  if (typeof stored === 'string') return stored;
  if (place !== undefined) yield* moveToPlace(object, { bucket: bucket.id, version: stored.version, place });
  return object;
}

function isSealedFor(object: ObjectRow, { object: added, found, salt }: AppendInput): boolean {
  return object.data === found || (salt === null && !isEncrypted(added) && !isEncrypted(object));
}

function isEncrypted({ attributes }: Pick<NewObject, 'attributes'>): boolean {
  return encryptionOf(attributes) !== undefined;
}

function* extend(
  object: ObjectRow,
  { object: added, salt, uploadId }: AppendInput,
): Transaction<NewObject | AppendFailure> {
  const encrypted = isEncrypted(object);
  assert(encrypted === (salt !== null), 'what is appended is sealed when the object is');
  const size = object.size + added.size;
  if (size > objectBytesMax) return 'EntityTooLarge';
  const upload = object.part_count === null ? uploadId : object.data;
  if (object.part_count === null) {
    const first = { number: 1, start: 0, salt: encrypted ? saltOfWhole : null };
    yield* addObjectPart({ upload, ...first, object });
  }
  const last = (yield* lastPart({ upload }))?.number ?? 0;
  if (last >= partNumberMax) return 'TooManyParts';
  yield* addObjectPart({ upload, number: last + 1, start: object.size, salt, object: added });
  const count = (object.part_count ?? 1) + 1;
  const { bucket, key, version, null_version } = object;
  const attributes = withoutImported(object.attributes);
  const extended: NewObject = {
    ...{ key, attributes, size, data: upload, part_count: count },
    modified_ms: added.modified_ms,
    etag: extendedTag(object.etag, { added: added.etag, count }),
    checksum: checksumText(extendedChecksum(object, added), storageClassFrom(object.checksum)),
  };
  // What was shared is part 1 now, with its mark.
  yield* upsertObject.run(sealedVersion({ ...extended, shared: null, bucket, version, null_version }));
  if (upload !== object.data && storageClassFrom(object.checksum) !== undefined) {
    const place = { bucket, key, version };
    yield* carryMovement({ from: place, to: place, source: upload });
  }
  return extended;
}

/** Of one append, what a multipart upload of the two would have; of more, the same of the tag before and what came. */
function extendedTag(before: string, { added, count }: { added: string; count: number }): string {
  const digests = [before, added].map((etag) => Buffer.from(etag.slice(0, 32), 'hex'));
  return `${checksumOf('md5', Buffer.concat(digests)).toString('hex')}-${count}`;
}

/** Cyclic checksums of the whole can be told from those of its pieces; of others there is nothing true to say. */
function extendedChecksum(object: ObjectRow, added: NewObject): StoredChecksum | undefined {
  const [first, second] = [checksumFrom(object.checksum), checksumFrom(added.checksum)];
  if (first?.type !== 'FULL_OBJECT' || second?.algorithm !== first.algorithm) return undefined;
  const { algorithm } = first;
  if (!isCrc(algorithm)) return undefined;
  const digest = combineCrc(algorithm, {
    first: Buffer.from(first.value, 'base64'),
    second: Buffer.from(second.value, 'base64'),
    secondBytes: added.size,
  });
  return { algorithm, value: digest.toString('base64'), type: 'FULL_OBJECT' };
}
