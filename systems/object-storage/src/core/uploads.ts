// Operations on multipart uploads.

import { type KeyOwner, partKey, saltBytes } from '../encryption/key-wrap.ts';
import { ObjectStorageError } from '../errors.ts';
import { listKeysMax, partBytesMax, partNumberMax } from '../limits.ts';
import type { PartRow } from '../metadata/completion.ts';
import type { PutPartOutput, UploadChecksum } from '../metadata/uploads.ts';
import { defaultEncryption } from './encryption/default-encryption.ts';
import { storedBodyUnder } from './encryption/encrypted-body.ts';
import {
  customerKeyMissing,
  encryptedAttributes,
  type NewObjectKey,
  newObjectKey,
  objectKeyOf,
} from './encryption/object-keys.ts';
import { originOf } from './events/caused.ts';
import { checkKey } from './names.ts';
import { defaultRetention, requireLockable, requireObjectLock } from './object-lock.ts';
import { askedFrom, attributesFrom, storedInfo, uploadAttributesText } from './object-rows.ts';
import type {
  CompleteUploadRequest,
  CreateUploadRequest,
  ListPartsRequest,
  ListUploadsRequest,
  ObjectEncryption,
  ObjectStorage,
  PartInfo,
  UploadName,
  UploadPartRequest,
} from './object-storage.ts';
import { requireBucket } from './objects.ts';
import { type CoreParts, occasion } from './parts.ts';
import { placeUpload } from './place-version.ts';
import { settleBlob } from './settle-blob.ts';

type UploadOperations = Pick<
  ObjectStorage,
  | 'createUpload'
  | 'uploadPart'
  | 'listParts'
  | 'listUploads'
  | 'completeUpload'
  | 'placeUpload'
  | 'abortUpload'
>;

export function uploadOperations(parts: CoreParts): UploadOperations {
  return {
    async createUpload({ bucket, key, attributes, owner, checksum, asked, ...request }) {
      checkKey(key);
      if (attributes.lock !== undefined) {
        if (request.toBePlaced) await requireObjectLock(parts, bucket);
        else await requireLockable(parts, bucket, attributes.lock);
      }
      const { encrypted, bucketId } = await encryptedUpload(parts, { bucket, key, ...request });
      const uploadId = newUploadId(parts);
      // Wrapped in the turn in which it is committed.
      const kept = encryptedAttributes(attributes, encrypted);
      const upload = {
        key,
        id: uploadId,
        initiated_ms: nowMs(parts),
        owner,
        attributes: uploadAttributesText(kept, asked),
        checksum: checksum === undefined ? null : JSON.stringify(checksum),
      };
      const writing = parts.metadata.write('createUpload', { bucket, bucketId, upload });
      const result = await (encrypted === undefined ? writing : parts.masterKeys.committing(writing));
      if (result !== 'created') throw new ObjectStorageError(result, { bucket });
      return { uploadId, initiatedMs: upload.initiated_ms, encryption: kept.encryption };
    },
    uploadPart: (request) => uploadPart(parts, request),
    listParts: (request) => listParts(parts, request),
    listUploads: (request) => listUploads(parts, request),
    completeUpload: (request) => completeUpload(parts, request),
    placeUpload: (request) => placeUpload(parts, request),
    async abortUpload({ bucket, key, uploadId }) {
      const result = await parts.metadata.write('abortUpload', {
        bucket,
        key,
        uploadId,
        nowMs: nowMs(parts),
      });
      if (result !== 'aborted') throw new ObjectStorageError(result, { bucket, key, uploadId });
      parts.wakeGarbageWorker();
    },
  };
}

/** Uploads of one key are listed by their ids, and so by the time when they began. */
export function newUploadId(parts: CoreParts): string {
  return nowMs(parts).toString(16).padStart(12, '0') + parts.world.random.bytes(10).toString('hex');
}

function nowMs({ world }: CoreParts): number {
  return Math.floor(world.clock.nowMs());
}

export type FoundUpload = {
  /** What it asked to be kept of its parts. */
  readonly checksum: UploadChecksum | undefined;
  readonly encryption: ObjectEncryption | undefined;
  readonly owner: KeyOwner;
};

/** Throws NoSuchUpload. */
export async function findUpload(
  { metadata }: CoreParts,
  { bucket, key, uploadId }: { bucket: string; key: string; uploadId: string },
): Promise<FoundUpload> {
  const found = await metadata.lookup('findUpload', { bucket, key, uploadId });
  if (typeof found === 'string') throw new ObjectStorageError(found, { bucket, key, uploadId });
  const { checksum, attributes } = found.upload;
  return {
    checksum: checksum === null ? undefined : (JSON.parse(checksum) as UploadChecksum),
    encryption: attributesFrom(attributes).encryption,
    owner: { bucketId: found.bucket, key },
  };
}

/** The key of an upload that is to be encrypted, and the bucket that it is wrapped for. */
async function encryptedUpload(
  parts: CoreParts,
  { bucket, key, encryption: asked }: Pick<CreateUploadRequest, 'bucket' | 'key' | 'encryption'>,
): Promise<{ encrypted: NewObjectKey | undefined; bucketId: number | undefined }> {
  const encryption = asked ?? (await defaultEncryption(parts, bucket));
  if (encryption === undefined) return { encrypted: undefined, bucketId: undefined };
  const bucketId = await requireBucket(parts, bucket);
  return { encrypted: await newObjectKey(parts, { encryption, owner: { bucketId, key } }), bucketId };
}

/** Throws InvalidArgument. */
export function checkPartNumber(partNumber: number): void {
  if (Number.isInteger(partNumber) && partNumber >= 1 && partNumber <= partNumberMax) return;
  throw new ObjectStorageError('InvalidArgument', {
    message: `Part number must be an integer between 1 and ${partNumberMax}, inclusive`,
  });
}

export async function uploadPart(parts: CoreParts, request: UploadPartRequest): Promise<PartInfo> {
  const { bucket, key, uploadId, partNumber, body, customerKey } = request;
  checkPartNumber(partNumber);
  const { encryption, owner } = await findUpload(parts, request);
  const objectKey = objectKeyOf(parts, { encryption, owner, customerKey });
  const salt = objectKey && parts.secrets.bytes(saltBytes).toString('base64');
  const dataKey = objectKey === undefined || salt === undefined ? undefined : partKey(objectKey, salt);
  const limited = { body, sizeBytesMax: partBytesMax };
  const stored = await storedBodyUnder(dataKey, parts.data, limited);
  const { md5, checksum } = body.digests();
  const part = {
    number: partNumber,
    blob: stored.blob,
    size: stored.sizeBytes,
    etag: md5,
    modified_ms: nowMs(parts),
    checksum: checksum?.value ?? null,
    salt: salt ?? null,
  };
  const algorithm = checksum?.algorithm;
  const result = await settleBlob(parts, stored.blob, () =>
    parts.metadata.write('putPart', { bucket, key, uploadId, part, algorithm }),
  );
  parts.wakeGarbageWorker();
  putOutcome(result, { bucket, key, uploadId, algorithm });
  return { ...partInfo(part, checksum?.algorithm), encryption };
}

/** Throws what a part is refused for. */
export function putOutcome(
  result: PutPartOutput,
  { algorithm, ...upload }: UploadName & { algorithm: UploadChecksum['algorithm'] | undefined },
): void {
  if (result === 'stored') return;
  if (typeof result === 'string') throw new ObjectStorageError(result, upload);
  const message = `Checksum Type mismatch occurred, expected checksum Type: ${result.expected}, actual checksum Type: ${algorithm}`;
  throw new ObjectStorageError('InvalidRequest', { ...upload, message });
}

export function partInfo(
  row: Omit<PartRow, 'start'>,
  algorithm: UploadChecksum['algorithm'] | undefined,
): PartInfo {
  return {
    partNumber: row.number,
    sizeBytes: row.size,
    etag: row.etag,
    modifiedMs: row.modified_ms,
    checksum:
      row.checksum === null || algorithm === undefined
        ? undefined
        : { algorithm, value: row.checksum, type: 'FULL_OBJECT' },
  };
}

async function listParts({ metadata }: CoreParts, request: ListPartsRequest) {
  const { bucket, key, uploadId, afterPart } = request;
  const limit = Math.min(request.limit, listKeysMax);
  const page = await metadata.read('listParts', { bucket, key, uploadId, afterPart, limit });
  if (typeof page === 'string') throw new ObjectStorageError(page, { bucket, key, uploadId });
  const checksum =
    page.upload.checksum === null ? undefined : (JSON.parse(page.upload.checksum) as UploadChecksum);
  return {
    parts: page.parts.map((row) => partInfo(row, checksum?.algorithm)),
    next: page.more ? page.parts.at(-1)?.number : undefined,
    owner: page.upload.owner,
    initiatedMs: page.upload.initiated_ms,
    checksum,
    storageClass: attributesFrom(page.upload.attributes).storageClass,
    asked: askedFrom(page.upload.attributes),
  };
}

async function listUploads({ metadata }: CoreParts, request: ListUploadsRequest) {
  const limit = Math.min(request.limit, listKeysMax);
  const page = await metadata.read('listUploads', { ...request, limit });
  if (page === 'NoSuchBucket') throw new ObjectStorageError(page, { bucket: request.bucket });
  return {
    uploads: page.uploads.map((row) => ({
      bucket: request.bucket,
      key: row.key,
      uploadId: row.id,
      initiatedMs: row.initiated_ms,
      owner: row.owner,
      storageClass: attributesFrom(row.attributes).storageClass,
    })),
    commonPrefixes: page.commonPrefixes,
    next: page.next,
  };
}

async function completeUpload(parts: CoreParts, request: CompleteUploadRequest) {
  const { bucket, key, uploadId, condition } = request;
  const keyShown = await showKey(parts, request);
  const origin = originOf(parts, request);
  const when = occasion(parts);
  const retention = defaultRetention(await parts.configurations.get(bucket), when.nowMs);
  const result = await parts.metadata.write('completeUpload', {
    bucket,
    key,
    uploadId,
    condition,
    keyShown,
    origin,
    ...when,
    retention,
    partBytesMin: parts.partBytesMin,
    places: parts.places.names,
    parts: request.parts.map(({ partNumber, etag, checksum }) => ({ number: partNumber, etag, checksum })),
  });
  if (result === 'CustomerKeyMissing') throw customerKeyMissing();
  if (typeof result === 'string') throw new ObjectStorageError(result, { bucket, key, uploadId });
  parts.wakeGarbageWorker();
  if (origin !== undefined) parts.wakeEventWorker();
  const { object, stored } = result;
  return storedInfo(bucket, { object, stored, attributes: attributesFrom(object.attributes) });
}

/** Whether the client named the key of the upload. Throws InvalidRequest when it is another one. */
async function showKey(parts: CoreParts, request: CompleteUploadRequest): Promise<boolean> {
  const { bucket, key, uploadId, customerKey } = request;
  if (customerKey === undefined) return false;
  const found = await parts.metadata.lookup('findUpload', { bucket, key, uploadId });
  // Completed before, or never begun: the transaction tells which.
  if (typeof found === 'string') return true;
  const { encryption } = attributesFrom(found.upload.attributes);
  objectKeyOf(parts, { encryption, owner: { bucketId: found.bucket, key }, customerKey });
  return true;
}
