// Puts versions that another store has: with their times, their ids and their places. Imports and replication do it.
//
// It is a put otherwise: the bytes are durable before the metadata store hears of them. What is said to be kept is kept as
// it is said, also a retention that is over; the bucket's default retention is for what is made here.

import assert from 'node:assert/strict';
import { ObjectStorageError } from '../errors.ts';
import { putBytesMax } from '../limits.ts';
import { checksumText } from '../metadata/checksum-text.ts';
import type { PlaceVersionOutput } from '../metadata/placed-versions.ts';
import { type NewVersion, placedVersionId } from '../metadata/placing.ts';
import { isVersionId, nullVersionId } from '../metadata/version-order.ts';
import { defaultEncryption } from './encryption/default-encryption.ts';
import { storedBodyUnder } from './encryption/encrypted-body.ts';
import { encryptedAttributes, newObjectKey } from './encryption/object-keys.ts';
import { originOf } from './events/caused.ts';
import { invalidVersionId } from './find-object.ts';
import { checkKey } from './names.ts';
import { lockedMessage, requireObjectLock } from './object-lock.ts';
import { attributesText } from './object-rows.ts';
import type {
  ObjectName,
  PlacedVersion,
  PlaceUploadRequest,
  PlaceVersionRequest,
  VersionPlacement,
} from './object-storage.ts';
import { requireBucket } from './objects.ts';
import { type CoreParts, occasion } from './parts.ts';
import { settleBlob } from './settle-blob.ts';

export async function placeVersion(parts: CoreParts, request: PlaceVersionRequest): Promise<PlacedVersion> {
  const { bucket, key, attributes, body } = request;
  checkKey(key);
  checkPlacement(request.placement);
  const bucketId = await requireBucket(parts, bucket);
  if (attributes.lock !== undefined) await requireObjectLock(parts, bucket);
  const place = (version: NewVersion) => writePlaced(parts, { ...request, bucketId, version });
  const described = { key, modified_ms: request.placement.modifiedMs, part_count: null };
  if (body === undefined) {
    const { imported, replication } = attributes;
    const marked = imported === undefined && replication === undefined ? '' : attributesText(attributes);
    const nothing = { size: 0, etag: '', checksum: null, data: null };
    return answered(request, await place({ ...described, ...nothing, attributes: marked }));
  }
  const encryption = request.encryption ?? (await defaultEncryption(parts, bucket));
  const objectKey = encryption && (await newObjectKey(parts, { encryption, owner: { bucketId, key } }));
  const stored = await storedBodyUnder(objectKey?.key, parts.data, { body, sizeBytesMax: putBytesMax });
  const { md5, checksum: own } = body.digests();
  const { etag, checksum = own && { ...own, type: 'FULL_OBJECT' } } = request.placement;
  const placed = await settleBlob(parts, stored.blob, () => {
    // The key is wrapped in the turn in which it is committed.
    const writing = place({
      ...{ ...described, size: stored.sizeBytes, data: stored.blob, etag: etag ?? md5 },
      checksum: checksumText(checksum, attributes.storageClass),
      attributes: attributesText(encryptedAttributes(attributes, objectKey)),
    });
    return objectKey === undefined ? writing : parts.masterKeys.committing(writing);
  });
  return answered(request, placed);
}

async function writePlaced(
  parts: CoreParts,
  request: PlaceVersionRequest & { readonly bucketId: number; readonly version: NewVersion },
): Promise<PlaceVersionOutput> {
  const { bucket, bucketId, version, placement } = request;
  const origin = originOf(parts, request);
  const cause = origin && { origin };
  const place = parts.places.placeOf(request.attributes.storageClass);
  const input = { bucket, bucketId, version, placement, cause, place, ...occasion(parts) };
  const placed = await parts.metadata.write('placeVersion', input);
  parts.wakeGarbageWorker();
  if (origin !== undefined) parts.wakeEventWorker();
  return placed;
}

/** Makes the object of an upload as a version that another store has. */
export async function placeUpload(parts: CoreParts, request: PlaceUploadRequest): Promise<PlacedVersion> {
  const { bucket, key, uploadId, placement } = request;
  checkPlacement(placement);
  const origin = originOf(parts, request);
  const result = await parts.metadata.write('completeUpload', {
    ...{ bucket, key, uploadId, placement, origin, ...occasion(parts) },
    // What the parts are was settled where they were made.
    ...{ keyShown: true, partBytesMin: 0, condition: undefined, retention: undefined },
    places: parts.places.names,
    parts: request.parts.map(({ partNumber, etag, checksum }) => ({ number: partNumber, etag, checksum })),
  });
  parts.wakeGarbageWorker();
  if (origin !== undefined) parts.wakeEventWorker();
  assert(result !== 'CustomerKeyMissing');
  if (typeof result === 'string') throw refusal(result, { bucket, key });
  const { stored } = result;
  // Without an outcome it was completed before.
  return answered(request, 'outcome' in stored ? stored : { ...stored, outcome: 'present' });
}

function answered(name: ObjectName, placed: PlaceVersionOutput): PlacedVersion {
  if (typeof placed === 'string') throw refusal(placed, name);
  return { outcome: placed.outcome, versionId: placedVersionId(placed) };
}

type Refusal = Extract<PlaceVersionOutput, string> | ConstructorParameters<typeof ObjectStorageError>[0];

function refusal(code: Refusal, { bucket, key }: ObjectName): ObjectStorageError {
  return new ObjectStorageError(
    code,
    code === 'AccessDenied' ? { bucket, key, message: lockedMessage } : { bucket, key },
  );
}

function checkPlacement({ versionId, place = versionId, modifiedMs }: VersionPlacement): void {
  if (!isVersionId(versionId)) throw invalidVersionId(versionId);
  if (!isVersionId(place) || (versionId !== nullVersionId && place !== versionId))
    throw invalidVersionId(place);
  if (Number.isInteger(modifiedMs) && modifiedMs >= 0) return;
  throw new ObjectStorageError('InvalidArgument', { message: `No time of modification: ${modifiedMs}` });
}
