// Appending to an object. As of a put, the bytes are durable before the metadata store hears of them.

import { ObjectStorageError } from '../errors.ts';
import { putBytesMax } from '../limits.ts';
import type { AppendFailure } from '../metadata/appends.ts';
import { checksumText } from '../metadata/checksum-text.ts';
import { versionBeforeVersioning } from '../metadata/version-order.ts';
import { storedBody } from './body-limit.ts';
import { defaultEncryption } from './encryption/default-encryption.ts';
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
  const encryption = request.encryption ?? (await defaultEncryption(parts, bucket));
  if (encryption !== undefined) throw refusal('NotImplemented', { bucket, key });
  const stored = await storedBody(parts.data, body, { sizeBytesMax: putBytesMax });
  const { md5, checksum } = body.digests();
  const { nowMs, random } = occasion(parts);
  const object = {
    ...{ key, size: stored.sizeBytes, etag: md5.toString('hex'), modified_ms: nowMs },
    attributes: attributesText(request.attributes),
    checksum: checksumText(checksum && { ...checksum, type: 'FULL_OBJECT' }, request.attributes.storageClass),
    ...{ data: stored.blob, part_count: null },
  };
  const uploadId = newUploadId(parts);
  const origin = originOf(parts, request);
  const cause = origin && { origin };
  const append = { bucket, bucketId, object, offset, condition, uploadId, random, cause };
  const result = await settleBlob(parts, stored.blob, () => parts.metadata.write('appendObject', append));
  parts.wakeGarbageWorker();
  if (origin !== undefined) parts.wakeEventWorker();
  if (typeof result === 'string') throw refusal(result, { bucket, key });
  const place = { version: versionBeforeVersioning, null_version: 1, versioning: null };
  const attributes = attributesFrom(result.attributes);
  return storedInfo(bucket, { object: result, attributes, stored: place });
}

function refusal(code: AppendFailure, name: { bucket: string; key: string }): ObjectStorageError {
  const message = messages[code];
  return new ObjectStorageError(code, message === undefined ? name : { ...name, message });
}

const messages: { readonly [Code in AppendFailure]?: string } = {
  InvalidBucketState: 'Objects are appended to only in buckets without versioning: a version never changes.',
  NotImplemented: 'Appending to an encrypted object, or with encryption, is not built.',
};
