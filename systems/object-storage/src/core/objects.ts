// Operations on objects.
//
// A put is durable in the data store before the metadata store hears of it, so a row never refers to bytes that a crash
// can take. The other way round there may be bytes without a row; the garbage collector finds those (DESIGN.md).

import { ObjectStorageError } from '../errors.ts';
import { putBytesMax } from '../limits.ts';
import { checksumFrom, checksumText } from '../metadata/checksum-text.ts';
import type { NewObject, ObjectRow } from '../metadata/objects.ts';
import { packedPut } from '../metadata/packed-put.ts';
import { isMoved } from '../transition/moved-data.ts';
import { openContent } from './content.ts';
import { ContentGone } from './content-gone.ts';
import { deleteObject, deleteObjects } from './deletions.ts';
import { defaultEncryption } from './encryption/default-encryption.ts';
import { storedBodyUnder } from './encryption/encrypted-body.ts';
import { encryptedAttributes, type KeyRequest, newObjectKey, objectKeyOf } from './encryption/object-keys.ts';
import { originOf } from './events/caused.ts';
import { findObject } from './find-object.ts';
import { listObjects, listVersions } from './listings.ts';
import { checkKey } from './names.ts';
import type { Readable } from './object-content.ts';
import { keptAttributes, requireLockable } from './object-lock.ts';
import { attributesText, infoOf, storedInfo } from './object-rows.ts';
import type {
  GetObjectRequest,
  ObjectAttributes,
  ObjectInfo,
  ObjectPart,
  ObjectStorage,
  PutObjectRequest,
  VersionName,
} from './object-storage.ts';
import { type CoreParts, occasion } from './parts.ts';
import { settleFailed } from './settle-blob.ts';
import { requireRestored, withRestore } from './transition/restore-object.ts';

type ObjectOperations = Pick<
  ObjectStorage,
  'putObject' | 'getObject' | 'headObject' | 'deleteObject' | 'deleteObjects' | 'listObjects' | 'listVersions'
>;

export function objectOperations(parts: CoreParts): ObjectOperations {
  return {
    putObject: (request) => putObject(parts, request),
    getObject: (request) => getObject(parts, request),
    headObject: (request) => headObject(parts, request),
    deleteObject: (request) => deleteObject(parts, request),
    deleteObjects: (request) => deleteObjects(parts, request),
    listObjects: (request) => listObjects(parts, request),
    listVersions: (request) => listVersions(parts, request),
  };
}

async function headObject(
  parts: CoreParts,
  { partNumber, customerKey, judge, ...name }: Parameters<ObjectStorage['headObject']>[0],
): Promise<ObjectInfo> {
  const row = await findObject(parts, name);
  const info = infoOf(name.bucket, row);
  judge?.(info);
  if (customerKey !== undefined) keyOfRow(parts, row, { encryption: info.encryption, customerKey });
  const shown = parts.places.isArchive(info.storageClass) ? await withRestore(parts, { info, row }) : info;
  return partNumber === undefined ? shown : { ...shown, part: await partOf(parts, row, partNumber) };
}

export async function putObject(parts: CoreParts, request: PutObjectRequest): Promise<ObjectInfo> {
  const { bucket, key, body } = request;
  checkKey(key);
  const known = requireBucket(parts, bucket);
  const bucketId = known instanceof Promise ? await known : known;
  if (request.attributes.lock !== undefined) await requireLockable(parts, bucket, request.attributes.lock);
  const asked = request.encryption ?? defaultEncryption(parts, bucket);
  const encryption = asked instanceof Promise ? await asked : asked;
  const objectKey = encryption && (await newObjectKey(parts, { encryption, owner: { bucketId, key } }));
  const stored = await storedBodyUnder(objectKey?.key, parts.data, { body, sizeBytesMax: putBytesMax });
  const { condition, event } = request;
  const origin = originOf(parts, request);
  const cause = event === undefined && origin === undefined ? undefined : { event, origin };
  let attributes: ObjectAttributes;
  let row: NewObject;
  let result: Awaited<ReturnType<typeof parts.metadata.write<'putObject'>>>;
  try {
    const { md5, checksum } = body.digests();
    const { nowMs, random } = occasion(parts);
    const keeping = keptAttributes(parts, { bucket, attributes: request.attributes, nowMs });
    // The key is wrapped in the turn in which it is committed.
    attributes = encryptedAttributes(keeping instanceof Promise ? await keeping : keeping, objectKey);
    const { storageClass } = request.attributes;
    const put = {
      key,
      size: stored.sizeBytes,
      etag: md5,
      modified_ms: nowMs,
      checksum: checksumText(checksum && { ...checksum, type: 'FULL_OBJECT' }, storageClass),
      data: stored.blob,
      part_count: null,
      attributes: attributesText(attributes),
    };
    row = put;
    const place = parts.places.placeOf(storageClass);
    const packed = packedPut({ bucket, bucketId, object: put, condition, random, cause, place });
    const writing = parts.metadata.write('putObject', packed);
    result = await (objectKey === undefined ? writing : parts.masterKeys.committing(writing));
    parts.data.decided(stored.blob);
  } catch (error) {
    settleFailed(parts, stored.blob, error);
    throw error;
  }
  parts.wakeGarbageWorker();
  if (origin !== undefined) parts.wakeEventWorker();
  if (typeof result === 'string') throw new ObjectStorageError(result, { bucket, key });
  return storedInfo(bucket, { object: row, attributes, stored: result });
}

/** The bucket's id. Refuses before a body is taken in; the transaction that stores the object asks again. */
export function requireBucket({ configurations }: CoreParts, bucket: string): number | Promise<number> {
  return configurations.idOf(bucket);
}

/** Looks again when the bytes were removed after the row was read: by then there is a newer row, or none. */
export async function getObject(
  parts: CoreParts,
  request: GetObjectRequest,
): Promise<{ info: ObjectInfo; content: Readable }> {
  for (let attempt = 1; ; attempt++) {
    const row = await findObject(parts, request);
    const single = row.part_count === null && !isMoved(row.data);
    const release = single ? () => {} : parts.holds.hold(row.data);
    try {
      const found = infoOf(request.bucket, row);
      const { partNumber, customerKey, judge } = request;
      judge?.(found);
      const archived = parts.places.isArchive(found.storageClass);
      const { described, restored } = archived
        ? await requireRestored(parts, { info: found, row })
        : { described: found, restored: undefined };
      const objectKey = keyOfRow(parts, row, { encryption: described.encryption, customerKey });
      // Held only from now on: the parts may be garbage already, unless the row is still there.
      if (!single && !(await stillNames(parts, request, row))) throw new ContentGone();
      const info =
        partNumber === undefined ? described : { ...described, part: await partOf(parts, row, partNumber) };
      const range = request.select?.(info) ?? info.part?.range;
      return { info, content: await openContent(parts, row, { range, objectKey, restored, release }) };
    } catch (error) {
      release();
      if (!(error instanceof ContentGone)) throw error;
      if (attempt === lookAttempts) {
        throw new ObjectStorageError('InternalError', {
          bucket: request.bucket,
          key: request.key,
          message: 'The object is listed but its data is not in the data store.',
          cause: error,
        });
      }
    }
  }
}

/** At once for most: they are not encrypted, and nobody says that they are. */
export function keyOfRow(
  parts: CoreParts,
  { bucket: bucketId, key }: ObjectRow,
  { encryption, customerKey }: Omit<KeyRequest, 'owner'>,
): Buffer | undefined {
  if (encryption === undefined && customerKey === undefined) return undefined;
  return objectKeyOf(parts, { encryption, customerKey, owner: { bucketId, key } });
}

/** Throws InvalidPartNumber. */
async function partOf(parts: CoreParts, row: ObjectRow, partNumber: number): Promise<ObjectPart> {
  if (row.part_count === null && partNumber === 1)
    return { range: { start: 0, length: row.size }, checksum: checksumFrom(row.checksum) };
  const part =
    row.part_count === null
      ? undefined
      : await parts.metadata.lookup('findObjectPart', { upload: row.data, number: partNumber });
  if (part === undefined || part.start === null) {
    const fields = {
      PartNumberRequested: String(partNumber),
      ActualPartCount: String(row.part_count ?? 1),
    };
    throw new ObjectStorageError('InvalidPartNumber', { fields });
  }
  // The type stays the object's: it says how the checksums of parts make up that of the object.
  const whole = checksumFrom(row.checksum);
  const checksum =
    whole === undefined || part.checksum === null ? undefined : { ...whole, value: part.checksum };
  return { range: { start: part.start, length: part.size }, checksum };
}

export async function stillNames(parts: CoreParts, name: VersionName, row: ObjectRow): Promise<boolean> {
  const { bucket, key, versionId } = name;
  const found = await findObject(parts, { bucket, key, versionId });
  return found.data === row.data;
}

/** The source of a copy, as it is being found. A delete marker is none, also when it is asked for by its id. */
export async function sourceOf<Found>(finding: Promise<Found>): Promise<Found> {
  try {
    return await finding;
  } catch (error) {
    if (!(error instanceof ObjectStorageError) || error.code !== 'MethodNotAllowed') throw error;
    throw new ObjectStorageError('InvalidRequest', {
      message: 'The source of a copy request may not specifically refer to a delete marker by version id.',
      cause: error,
    });
  }
}

const lookAttempts = 4;
/** Chunks that stay as they are: the reader uses its buffers again, the writer does not copy. */
export async function* copied(content: Readable): AsyncIterable<Uint8Array> {
  for await (const chunk of content.chunks()) yield Uint8Array.from(chunk);
}
