// Appending to an object. As of a put, the bytes are durable before the metadata store hears of them.

import { ObjectStorageError } from '../errors.ts';
import { putBytesMax } from '../limits.ts';
import { checksumText } from '../metadata/checksum-text.ts';
import { appendSealing } from './encryption/append-sealing.ts';
import { storedBodyUnder } from './encryption/encrypted-body.ts';
import { encryptedAttributes } from './encryption/object-keys.ts';
import { originOf } from './events/caused.ts';
import { checkKey } from './names.ts';
import { keptAttributes, requireLockable } from './object-lock.ts';
import { attributesFrom, attributesText, storedInfo } from './object-rows.ts';
import type { AppendObjectRequest, ObjectInfo } from './object-storage.ts';
import { requireBucket } from './objects.ts';
import { type CoreParts, occasion } from './parts.ts';
import { settleBlob } from './settle-blob.ts';
import { newUploadId } from './uploads.ts';

export async function appendObject(parts: CoreParts, request: AppendObjectRequest): Promise<ObjectInfo> {
  const { bucket, key, offset, condition, body } = request;
  checkKey(key);
  const bucketId = await requireBucket(parts, bucket);
  if (request.attributes.lock !== undefined) await requireLockable(parts, bucket, request.attributes.lock);
  const { encryption } = request;
  const { found, dataKey, salt, made } = await appendSealing(parts, { bucket, bucketId, key, encryption });
  const stored = await storedBodyUnder(dataKey, parts.data, { body, sizeBytesMax: putBytesMax });
  const { md5, checksum } = body.digests();
  const { nowMs, random } = occasion(parts);
  const object = {
    ...{ key, size: stored.sizeBytes, etag: md5, modified_ms: nowMs },
    checksum: checksumText(checksum && { ...checksum, type: 'FULL_OBJECT' }, request.attributes.storageClass),
    ...{ data: stored.blob, part_count: null },
  };
  const uploadId = newUploadId(parts);
  const origin = originOf(parts, request);
  const cause = origin && { origin };
  const append = { bucket, bucketId, found, salt, offset, condition, uploadId, random, cause };
  const result = await settleBlob(parts, stored.blob, async () => {
    const keeping = await keptAttributes(parts, { bucket, attributes: request.attributes, nowMs });
    // The key is wrapped in the turn in which it is committed.
    const attributes = attributesText(encryptedAttributes(keeping, made));
    const writing = parts.metadata.write('appendObject', {
      ...{ ...append, object: { ...object, attributes } },
      places: parts.places.names,
    });
    return made === undefined ? writing : parts.masterKeys.committing(writing);
  });
  parts.wakeGarbageWorker();
  if (origin !== undefined) parts.wakeEventWorker();
  if (result === 'changed')
    throw new ObjectStorageError('SlowDown', { bucket, key, message: changedMessage });
  if (typeof result === 'string') throw new ObjectStorageError(result, { bucket, key });
  return storedInfo(bucket, { ...result, attributes: attributesFrom(result.object.attributes) });
}

// What came is sealed for the object that was there when it began.
const changedMessage = 'The object was replaced while what is to be appended came. Please try again.';
