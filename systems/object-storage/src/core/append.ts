// Appending to an object. As of a put, the bytes are durable before the metadata store hears of them.

import { ObjectStorageError } from '../errors.ts';
import { putBytesMax } from '../limits.ts';
import type { AppendFailure } from '../metadata/appends.ts';
import { checksumText } from '../metadata/checksum-text.ts';
import { versionBeforeVersioning } from '../metadata/version-order.ts';
import { appendSealing } from './encryption/append-sealing.ts';
import { storedBodyUnder } from './encryption/encrypted-body.ts';
import { encryptedAttributes } from './encryption/object-keys.ts';
import { originOf } from './events/caused.ts';
import { checkKey } from './names.ts';
import { attributesFrom, attributesText, storedInfo } from './object-rows.ts';
import type { AppendObjectRequest, ObjectInfo } from './object-storage.ts';
import { requireBucket } from './objects.ts';
import { type CoreParts, occasion } from './parts.ts';
import { settleBlob } from './settle-blob.ts';
import { newUploadId } from './uploads.ts';

export async function appendObject(parts: CoreParts, request: AppendObjectRequest): Promise<ObjectInfo> {
  const { bucket, key, offset, condition, body } = request;
  checkKey(key);
  if (request.attributes.lock !== undefined) throw refusal('InvalidBucketState', { bucket, key });
  const bucketId = await requireBucket(parts, bucket);
  const { encryption } = request;
  const { found, dataKey, salt, made } = await appendSealing(parts, { bucket, bucketId, key, encryption });
  const stored = await storedBodyUnder(dataKey, parts.data, { body, sizeBytesMax: putBytesMax });
  const { md5, checksum } = body.digests();
  const { nowMs, random } = occasion(parts);
  const object = {
    ...{ key, size: stored.sizeBytes, etag: md5.toString('hex'), modified_ms: nowMs },
    checksum: checksumText(checksum && { ...checksum, type: 'FULL_OBJECT' }, request.attributes.storageClass),
    ...{ data: stored.blob, part_count: null },
  };
  const uploadId = newUploadId(parts);
  const origin = originOf(parts, request);
  const cause = origin && { origin };
  const place = parts.places.placeOf(request.attributes.storageClass);
  const append = { bucket, bucketId, found, salt, offset, condition, uploadId, random, place, cause };
  const result = await settleBlob(parts, stored.blob, () => {
    // The key is wrapped in the turn in which it is committed.
    const attributes = attributesText(encryptedAttributes(request.attributes, made));
    const writing = parts.metadata.write('appendObject', { ...append, object: { ...object, attributes } });
    return made === undefined ? writing : parts.masterKeys.committing(writing);
  });
  parts.wakeGarbageWorker();
  if (origin !== undefined) parts.wakeEventWorker();
  if (result === 'changed')
    throw new ObjectStorageError('SlowDown', { bucket, key, message: changedMessage });
  if (typeof result === 'string') throw refusal(result, { bucket, key });
  const version = { version: versionBeforeVersioning, null_version: 1, versioning: null };
  const attributes = attributesFrom(result.attributes);
  return storedInfo(bucket, { object: result, attributes, stored: version });
}

type Refusal = Exclude<AppendFailure, 'changed'>;

function refusal(code: Refusal, name: { bucket: string; key: string }): ObjectStorageError {
  const message = messages[code];
  return new ObjectStorageError(code, message === undefined ? name : { ...name, message });
}

const messages: { readonly [Code in Refusal]?: string } = {
  InvalidBucketState: 'Objects are appended to only in buckets without versioning: a version never changes.',
};

// What came is sealed for the object that was there when it began.
const changedMessage = 'The object was replaced while what is to be appended came. Please try again.';
