// A storage with a bucket of each kind, for tests of copies, and what they do to it.

import assert from 'node:assert/strict';
import { type ObjectInfo, type ObjectStorage, objectBody, openObjectStorage } from '@cairn/object-storage';
import { type TestContext, temporaryDirectory } from '@cairn/testing';

/** By what their versioning is. */
export const buckets = ['plain', 'enabled', 'suspended'] as const;
export type Bucket = (typeof buckets)[number];
export type Name = { readonly bucket: Bucket; readonly key: string; readonly versionId?: string | undefined };

export const attributes = { headers: { 'content-type': 'text/plain' }, userMetadata: { colour: 'green' } };

export type CopyingSuiteOptions = {
  /** The URL of an empty metadata store; a file in the data folder when absent. */
  readonly metadataUrl?: () => Promise<string>;
  readonly skip: string | false;
};

export async function opened(
  t: TestContext,
  metadataUrl?: CopyingSuiteOptions['metadataUrl'],
): Promise<{ storage: ObjectStorage; directory: string }> {
  const directory = await temporaryDirectory(t);
  const storage = await openObjectStorage({ directory, metadataUrl: await metadataUrl?.(), writers: 1 });
  t.after(() => storage.close());
  for (const bucket of buckets) await storage.createBucket({ bucket, owner: 'me' });
  for (const versioning of ['enabled', 'suspended'] as const)
    await storage.setBucketVersioning({ bucket: versioning, versioning });
  return { storage, directory };
}

export function put(storage: ObjectStorage, name: Name, content: string | Buffer): Promise<ObjectInfo> {
  const body = objectBody(Buffer.from(content), { checksum: 'crc32' });
  return storage.putObject({ ...name, attributes, body });
}

export function append(
  storage: ObjectStorage,
  name: Name,
  { offset, text }: { offset: number; text: string },
): Promise<ObjectInfo> {
  const body = objectBody(Buffer.from(text), { checksum: 'crc32' });
  return storage.appendObject({ ...name, attributes, offset, body });
}

/** As an object of one part, unless another is given. */
export async function upload(
  storage: ObjectStorage,
  name: Name,
  contents: readonly Buffer[],
): Promise<ObjectInfo> {
  const checksum = { algorithm: 'sha256', type: 'COMPOSITE' } as const;
  const { uploadId } = await storage.createUpload({ ...name, attributes, owner: 'me', checksum });
  const parts = [];
  for (const [index, content] of contents.entries()) {
    const body = objectBody(content, { checksum: 'sha256' });
    parts.push(await storage.uploadPart({ ...name, uploadId, partNumber: index + 1, body }));
  }
  return storage.completeUpload({
    ...{ ...name, uploadId },
    parts: parts.map(({ partNumber, etag }) => ({ partNumber, etag })),
  });
}

export async function read(storage: ObjectStorage, name: Name): Promise<string> {
  const { content } = await storage.getObject(name);
  return Buffer.concat(await Array.fromAsync(content.chunks(), (chunk) => Buffer.from(chunk))).toString();
}

/** The blobs that hold an object. */
export async function blobsOf(storage: ObjectStorage, name: Name): Promise<readonly string[]> {
  return (await storage.inspect(name)).placements.map(({ blob }) => blob);
}

/** After garbage is collected there is what objects name, and nothing else; `check` finds nothing. */
export async function assertSound(storage: ObjectStorage): Promise<void> {
  await storage.gc();
  const { blobs, referencedBlobs, garbageBlobs } = await storage.stats();
  assert.deepEqual({ blobs, garbageBlobs }, { blobs: referencedBlobs, garbageBlobs: 0 });
  assert.deepEqual(await storage.check({ deep: true }), []);
}
