// Operations on objects.
//
// A put is durable in the data store before the metadata store hears of it, so a row never refers to bytes that a crash
// can take. The other way round there may be bytes without a row; the garbage collector finds those (DESIGN.md).

import { ObjectStorageError } from '../errors.ts';
import { deleteKeysMax, keyBytesMax, listKeysMax, putBytesMax } from '../limits.ts';
import type { ObjectRow } from '../metadata/objects.ts';
import { storedBody } from './body-limit.ts';
import { openContent } from './content.ts';
import { ContentGone } from './content-gone.ts';
import { checkKey } from './names.ts';
import { objectBody } from './object-body.ts';
import type { Readable } from './object-content.ts';
import { attributesText, checksumFrom, checksumText, infoOf } from './object-rows.ts';
import type {
  ByteRange,
  GetObjectRequest,
  ListObjectsPage,
  ListObjectsRequest,
  ObjectInfo,
  ObjectName,
  ObjectStorage,
  PutObjectRequest,
} from './object-storage.ts';
import type { CoreParts } from './parts.ts';

type ObjectOperations = Pick<
  ObjectStorage,
  'putObject' | 'getObject' | 'headObject' | 'deleteObject' | 'deleteObjects' | 'copyObject' | 'listObjects'
>;

export function objectOperations(parts: CoreParts): ObjectOperations {
  return {
    putObject: (request) => putObject(parts, request),
    getObject: (request) => getObject(parts, request),
    headObject: async (name) => infoOf(name.bucket, await findObject(parts, name)),
    async deleteObject({ bucket, key }) {
      checkKey(key);
      await deleteObjects(parts, { bucket, keys: [key] });
    },
    deleteObjects: (request) => deleteObjects(parts, request),
    async copyObject({ source, select, attributes, condition, bucket, key }) {
      const ontoItself = source.bucket === bucket && source.key === key;
      if (ontoItself && attributes === undefined)
        throw new ObjectStorageError('InvalidRequest', { message: copyOntoItself });
      const { info, content } = await getObject(parts, { ...source, select: forWholeObject(select) });
      try {
        const kept = info.checksum === undefined ? {} : { checksum: info.checksum.algorithm };
        const body = objectBody(copied(content), kept);
        return await putObject(parts, { bucket, key, body, condition, attributes: attributes ?? info });
      } finally {
        content.close();
      }
    },
    listObjects: (request) => listObjects(parts, request),
  };
}

/** The row of an object; throws NoSuchBucket or NoSuchKey. */
export async function findObject({ metadata }: CoreParts, name: ObjectName): Promise<ObjectRow> {
  checkKey(name.key);
  const found = await metadata.lookup('findObject', { bucket: name.bucket, key: name.key });
  if (typeof found === 'string') throw new ObjectStorageError(found, name);
  return found;
}

async function putObject(parts: CoreParts, request: PutObjectRequest): Promise<ObjectInfo> {
  const { bucket, key, body } = request;
  checkKey(key);
  const bucketId = await requireBucket(parts, bucket);
  const stored = await storedBody(parts.data, body, { sizeBytesMax: putBytesMax });
  const { md5, checksum } = body.digests();
  const object: ObjectRow = {
    key,
    size: stored.sizeBytes,
    etag: md5.toString('hex'),
    modified_ms: Math.floor(parts.world.clock.nowMs()),
    attributes: attributesText(request.attributes),
    checksum: checksumText(checksum && { ...checksum, type: 'FULL_OBJECT' }),
    data: stored.blob,
    part_count: null,
  };
  const { condition } = request;
  const result = await parts.metadata.write('putObject', { bucket, bucketId, object, condition });
  parts.wakeGarbageWorker();
  if (result !== 'stored') throw new ObjectStorageError(result, { bucket, key });
  return infoOf(bucket, object);
}

/** The bucket's id. Refuses before a body is taken in; the transaction that stores the object asks again. */
async function requireBucket({ metadata }: CoreParts, bucket: string): Promise<number> {
  const row = await metadata.lookup('findBucket', { bucket });
  if (row === undefined) throw new ObjectStorageError('NoSuchBucket', { bucket });
  return row.id;
}

/** Looks again when the bytes were removed after the row was read: by then there is a newer row, or none. */
export async function getObject(
  parts: CoreParts,
  request: GetObjectRequest,
): Promise<{ info: ObjectInfo; content: Readable }> {
  for (let attempt = 1; ; attempt++) {
    const row = await findObject(parts, request);
    const release = row.part_count === null ? () => {} : parts.holds.hold(row.data);
    const info = infoOf(request.bucket, row);
    try {
      // Held only from now on: the parts may be garbage already, unless the row is still there.
      if (row.part_count !== null && !(await stillNames(parts, request, row))) throw new ContentGone();
      const range: ByteRange | undefined = request.select?.(info);
      return { info, content: await openContent(parts, row, { range, release }) };
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

async function stillNames({ metadata }: CoreParts, name: ObjectName, row: ObjectRow): Promise<boolean> {
  const found = await metadata.lookup('findObject', { bucket: name.bucket, key: name.key });
  return typeof found !== 'string' && found.data === row.data;
}

const lookAttempts = 4;
const copyOntoItself =
  "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.";

function forWholeObject(select: ((info: ObjectInfo) => void) | undefined): GetObjectRequest['select'] {
  return (info) => {
    select?.(info);
    if (info.sizeBytes > putBytesMax) {
      throw new ObjectStorageError('InvalidRequest', {
        message:
          'The specified copy source is larger than the maximum allowable size for a copy source: 5368709120',
      });
    }
    return undefined;
  };
}

/** Chunks that stay as they are: the reader uses its buffers again, the writer does not copy. */
export async function* copied(content: Readable): AsyncIterable<Uint8Array> {
  for await (const chunk of content.chunks()) yield Uint8Array.from(chunk);
}

async function deleteObjects(
  parts: CoreParts,
  request: { bucket: string; keys: readonly string[] },
): Promise<readonly { key: string; error?: 'KeyTooLongError' }[]> {
  const { bucket, keys } = request;
  if (keys.length > deleteKeysMax) throw new ObjectStorageError('MalformedXML', { bucket });
  const valid = keys.filter((key) => Buffer.byteLength(key) <= keyBytesMax);
  const nowMs = Math.floor(parts.world.clock.nowMs());
  const result = await parts.metadata.write('deleteObjects', { bucket, keys: valid, nowMs });
  if (result !== 'deleted') throw new ObjectStorageError(result, { bucket });
  parts.wakeGarbageWorker();
  const known = new Set(valid);
  return keys.map((key) => (known.has(key) ? { key } : { key, error: 'KeyTooLongError' }));
}

async function listObjects({ metadata }: CoreParts, request: ListObjectsRequest): Promise<ListObjectsPage> {
  const { bucket, prefix, delimiter, after } = request;
  const limit = Math.min(request.limit, listKeysMax);
  const page = await metadata.read('listObjects', { bucket, prefix, delimiter, after, limit });
  if (page === 'NoSuchBucket') throw new ObjectStorageError(page, { bucket });
  return {
    commonPrefixes: page.commonPrefixes,
    next: page.next,
    objects: page.objects.map((row) => ({
      key: row.key,
      sizeBytes: row.size,
      etag: row.etag,
      modifiedMs: row.modified_ms,
      checksum: checksumFrom(row.checksum),
    })),
  };
}
