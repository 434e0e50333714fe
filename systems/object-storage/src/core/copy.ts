// Copying an object. Where that is right the copy shares the bytes of its source, and is there at once, whatever its size:
//
//   encryption   the copy is to be as its source: none, under the storage's master key, under the same key of the customer.
//                The object's key stays, and is wrapped for the copy's name
//   checksum     the source has the one that the copy is to have
//   place        the source's bytes are in the data store, and are no archive's: those have to be restored to be read
//
// Else the bytes are read and written, and the copy is a single object, with the entity tag of one.

import { ObjectStorageError } from '../errors.ts';
import { putBytesMax } from '../limits.ts';
import { checksumFrom, checksumText } from '../metadata/checksum-text.ts';
import type { CopyOutput, CopySource } from '../metadata/copies.ts';
import type { FoundObject } from '../metadata/current-object.ts';
import { isMoved } from '../transition/moved-data.ts';
import { defaultEncryption } from './encryption/default-encryption.ts';
import { encryptedAttributes, sharedObjectKey } from './encryption/object-keys.ts';
import { originOf } from './events/caused.ts';
import { findObject } from './find-object.ts';
import { checkKey } from './names.ts';
import { objectBody } from './object-body.ts';
import { keptAttributes, requireLockable } from './object-lock.ts';
import { attributesText, infoOf, storedInfo } from './object-rows.ts';
import type {
  CopyObjectRequest,
  ObjectAttributes,
  ObjectInfo,
  RequestedEncryption,
  StoredChecksum,
  VersionName,
} from './object-storage.ts';
import { copied, getObject, keyOfRow, putObject, requireBucket, sourceOf } from './objects.ts';
import { type CoreParts, occasion } from './parts.ts';
import { newUploadId } from './uploads.ts';

type Copied = ObjectInfo & { readonly source: ObjectInfo };

const attemptsMax = 16;

export async function copyObject(parts: CoreParts, request: CopyObjectRequest): Promise<Copied> {
  requireChange(request);
  const { bucket, key, source } = request;
  for (let attempt = 1; attempt <= attemptsMax; attempt++) {
    const row = await sourceOf(findObject(parts, source));
    const info = infoOf(source.bucket, row);
    source.judge?.(info);
    const { customerKey } = source;
    const objectKey = keyOfRow(parts, row, { encryption: info.encryption, customerKey });
    selectSource(request, info);
    checkKey(key);
    const bucketId = await requireBucket(parts, bucket);
    if (request.lock !== undefined) await requireLockable(parts, bucket, request.lock);
    const encryption = request.encryption ?? (await defaultEncryption(parts, bucket));
    const isAlike = isProtectedAlike(request, { info, encryption }) && hasChecksum(info, request.checksum);
    if (!isAlike || isMoved(row.data) || parts.places.isArchive(info.storageClass))
      return copyBytes(parts, request);
    const stored = await share(parts, request, { row, info, bucketId, encryption, objectKey });
    if (stored !== 'changed') return { ...stored, source: info };
  }
  // Each time another change was there first, so somebody gets on.
  throw new ObjectStorageError('SlowDown', { bucket, key });
}

function requireChange({ bucket, key, source, ...request }: CopyObjectRequest): void {
  const ontoItself = source.bucket === bucket && source.key === key && source.versionId === undefined;
  const { attributes, storageClass, encryption } = request;
  if (ontoItself && attributes === undefined && storageClass === undefined && encryption === undefined)
    throw new ObjectStorageError('InvalidRequest', { message: copyOntoItself });
}

function selectSource({ select }: CopyObjectRequest, info: ObjectInfo): undefined {
  select?.(info);
  if (info.sizeBytes > putBytesMax) throw new ObjectStorageError('InvalidRequest', { message: tooLarge });
}

/** A customer who names another key expects other bytes: who has the old one could open the copy with it. */
function isProtectedAlike(
  { source: { customerKey } }: CopyObjectRequest,
  { info, encryption }: { info: ObjectInfo; encryption: RequestedEncryption | undefined },
): boolean {
  const kind = info.encryption?.by;
  if (encryption === undefined) return kind === undefined;
  if (encryption === 'AES256') return kind === 'master';
  const same = customerKey && Buffer.compare(customerKey.customerKey, encryption.customerKey) === 0;
  return kind === 'customer' && same === true;
}

/** One of parts is as good as the parts, which the copy has too; but not what was asked for. */
function hasChecksum({ checksum }: ObjectInfo, wanted: StoredChecksum['algorithm'] | undefined): boolean {
  return wanted === undefined || (checksum?.algorithm === wanted && checksum.type === 'FULL_OBJECT');
}

type Sharing = {
  readonly row: FoundObject;
  readonly info: ObjectInfo;
  readonly bucketId: number;
  readonly encryption: RequestedEncryption | undefined;
  readonly objectKey: Buffer | undefined;
};

async function share(
  parts: CoreParts,
  request: CopyObjectRequest,
  { row, info, bucketId, encryption, objectKey: key }: Sharing,
): Promise<ObjectInfo | 'changed'> {
  const { bucket } = request;
  const owner = { bucketId, key: request.key };
  const objectKey = await sharedObjectKey(parts, { key, encryption, owner });
  const when = occasion(parts);
  const wanted = { bucket, attributes: attributesOf(request, info), nowMs: when.nowMs };
  const keeping = await keptAttributes(parts, wanted);
  // The key is wrapped in the turn in which it is committed.
  const attributes = encryptedAttributes(keeping, objectKey);
  const origin = originOf(parts, request);
  const writing = parts.metadata.write('copyObject', {
    ...{ bucket, bucketId, ...when, condition: request.condition, uploadId: newUploadId(parts) },
    source: sourceAsFound(request.source, row),
    object: {
      ...{ key: request.key, modified_ms: when.nowMs, attributes: attributesText(attributes) },
      checksum: checksumText(checksumFrom(row.checksum), request.storageClass),
    },
    cause: { event: 'ObjectCreated:Copy', origin },
    place: parts.places.placeOf(request.storageClass),
  });
  const result = await (objectKey === undefined ? writing : parts.masterKeys.committing(writing));
  parts.wakeGarbageWorker();
  if (origin !== undefined) parts.wakeEventWorker();
  return outcomeOf(result, { bucket, key: request.key, attributes });
}

/** The source as the transaction has to find it. */
export function sourceAsFound({ bucket, key, versionId }: VersionName, row: FoundObject): CopySource {
  const { version, data, etag } = row;
  return { bucket, key, versionId: versionId ?? null, version, data, etag };
}

function outcomeOf(
  result: CopyOutput,
  { bucket, key, attributes }: { bucket: string; key: string; attributes: ObjectAttributes },
): ObjectInfo | 'changed' {
  if (result === 'changed') return result;
  if (typeof result === 'string') throw new ObjectStorageError(result, { bucket, key });
  return storedInfo(bucket, { ...result, attributes });
}

/** Where the source came from, and what became of it, says nothing of the copy. */
const unlikeSource = { imported: undefined, replication: undefined } as const;

/** Who may reach the source, and what keeps it, says nothing of the copy. */
function attributesOf(request: CopyObjectRequest, info: ObjectInfo): ObjectAttributes {
  const { attributes, access, lock, tags, storageClass } = request;
  const newTags = tags?.length === 0 ? undefined : (tags ?? info.tags);
  return { ...(attributes ?? info), access, lock, tags: newTags, storageClass, ...unlikeSource };
}

async function copyBytes(parts: CoreParts, request: CopyObjectRequest): Promise<Copied> {
  const { bucket, key, condition, encryption } = request;
  const select = (found: ObjectInfo) => selectSource(request, found);
  const { info, content } = await sourceOf(getObject(parts, { ...request.source, select }));
  try {
    const algorithm = request.checksum ?? info.checksum?.algorithm;
    const body = objectBody(copied(content), algorithm === undefined ? {} : { checksum: algorithm });
    const attributes = attributesOf(request, info);
    const caused = { event: 'ObjectCreated:Copy', origin: request.origin } as const;
    const put = { bucket, key, body, condition, encryption, attributes, ...caused };
    return { ...(await putObject(parts, put)), source: info };
  } finally {
    content.close();
  }
}

const copyOntoItself =
  "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.";
const tooLarge =
  'The specified copy source is larger than the maximum allowable size for a copy source: 5368709120';
