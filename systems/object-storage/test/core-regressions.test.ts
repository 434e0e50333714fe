// Found by review: each of these once went wrong.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import test from 'node:test';
import { promisify } from 'node:util';
import {
  type ObjectStorage,
  type ObjectStorageError,
  objectBody,
  openObjectStorage,
} from '@cairn/object-storage';
import { type TestContext, temporaryDirectory } from '@cairn/testing';

const MiB = 1024 * 1024;
const bucket = 'regressions';
const attributes = { headers: {}, userMetadata: {} };

async function opened(
  t: TestContext,
  segmentBytesMax: number,
): Promise<{ storage: ObjectStorage; directory: string }> {
  const directory = await temporaryDirectory(t);
  const storage = await openObjectStorage({ directory, writers: 1, segmentBytesMax });
  await storage.createBucket({ bucket, owner: 'me' });
  return { storage, directory };
}

async function putParts(storage: ObjectStorage, key: string, partBytes: readonly number[]): Promise<void> {
  const { uploadId } = await storage.createUpload({ bucket, key, attributes, owner: 'me' });
  const parts = [];
  for (const [index, sizeBytes] of partBytes.entries()) {
    const body = objectBody(Buffer.alloc(sizeBytes, index));
    const { etag } = await storage.uploadPart({ bucket, key, uploadId, partNumber: index + 1, body });
    parts.push({ partNumber: index + 1, etag });
  }
  await storage.completeUpload({ bucket, key, uploadId, parts });
}

/** Resolves when the garbage worker has nothing left to remove, or is held. */
async function garbageBelow(storage: ObjectStorage, count: number): Promise<void> {
  while ((await storage.stats()).garbageBlobs > count) await new Promise((resolve) => setImmediate(resolve));
}

test('a download of a multipart object goes on to its end when the object is replaced', async (t) => {
  const { storage } = await opened(t, 6 * MiB);
  await putParts(storage, 'big', [5 * MiB, 5 * MiB, 5 * MiB]);
  const { content, info } = await storage.getObject({ bucket, key: 'big' });
  let bytes = 0;
  for await (const chunk of content.chunks()) {
    if (bytes === 0) {
      await storage.putObject({ bucket, key: 'big', attributes, body: objectBody(Buffer.from('new')) });
      // One other thing to remove shows that the worker came by and left the held one alone.
      await storage.putObject({ bucket, key: 'other', attributes, body: objectBody(Buffer.from('1')) });
      await storage.deleteObject({ bucket, key: 'other' });
      await garbageBelow(storage, 1);
    }
    bytes += chunk.byteLength;
  }
  assert.equal(bytes, info.sizeBytes);
  await garbageBelow(storage, 0);
  await storage.close();
});

test('a lost index is made again from the segments', async (t) => {
  const { storage, directory } = await opened(t, MiB);
  const sizes = { keep: 1_047_450, drop: 900_000, x: 900_000, y: 900_000 };
  for (const [key, sizeBytes] of Object.entries(sizes)) {
    await storage.putObject({ bucket, key, attributes, body: objectBody(Buffer.alloc(sizeBytes, key)) });
  }
  await storage.deleteObject({ bucket, key: 'drop' });
  await garbageBelow(storage, 0);
  await storage.close();
  for (const suffix of ['', '-wal', '-shm']) await rm(`${directory}/blobs.sqlite${suffix}`, { force: true });
  const again = await openObjectStorage({ directory, writers: 1, segmentBytesMax: MiB });
  assert.deepEqual(await again.check({ deep: true }), []);
  await again.close();
});

test('a storage that is closed right after a put ends the process in order', async (t) => {
  const directory = await temporaryDirectory(t);
  const script = `
    import { objectBody, openObjectStorage } from '@cairn/object-storage';
    const storage = await openObjectStorage({ directory: ${JSON.stringify(directory)} });
    await storage.createBucket({ bucket: 'bucket', owner: 'me' });
    const attributes = { headers: {}, userMetadata: {} };
    await storage.putObject({ bucket: 'bucket', key: 'k', attributes, body: objectBody(Buffer.from('1')) });
    await storage.close();
    console.log('closed');`;
  const file = `${directory}/closing.ts`;
  await writeFile(
    file,
    script.replace('@cairn/object-storage', import.meta.resolve('@cairn/object-storage')),
  );
  const { stdout } = await promisify(execFile)(process.execPath, [file]);
  assert.equal(stdout, 'closed\n');
});

test('refused conditional puts at the same time are all answered PreconditionFailed', async (t) => {
  const { storage } = await opened(t, MiB);
  await storage.putObject({ bucket, key: 'k', attributes, body: objectBody(Buffer.from('1')) });
  const refused = Array.from({ length: 12 }, (_, number) =>
    storage.putObject({
      bucket,
      key: 'k',
      attributes,
      body: objectBody(Buffer.alloc(900_000, number)),
      condition: { ifNoneMatch: '*' },
    }),
  );
  for (const outcome of await Promise.allSettled(refused)) {
    assert.equal(outcome.status, 'rejected');
    assert.equal((outcome.reason as ObjectStorageError).code, 'PreconditionFailed');
  }
  await garbageBelow(storage, 0);
  assert.equal((await storage.stats()).objects, 1);
  await storage.close();
});

test('a part with another checksum than its upload asked for is refused', async (t) => {
  const { storage } = await opened(t, MiB);
  const checksum = { algorithm: 'crc32', type: 'FULL_OBJECT' } as const;
  const { uploadId } = await storage.createUpload({ bucket, key: 'k', attributes, owner: 'me', checksum });
  const body = objectBody(Buffer.from('part'), { checksum: 'sha256' });
  const refused = storage.uploadPart({ bucket, key: 'k', uploadId, partNumber: 1, body });
  await assert.rejects(refused, { code: 'InvalidRequest' });
  await garbageBelow(storage, 0);
  await storage.close();
});

test('an upload in one-byte chunks is stored and takes little memory', async (t) => {
  const { storage } = await opened(t, 4 * MiB);
  const bytes = Buffer.from(Array.from({ length: 200_000 }, (_, index) => index % 251));
  async function* single() {
    for (let at = 0; at < bytes.length; at++) yield bytes.subarray(at, at + 1);
  }
  await storage.putObject({ bucket, key: 'tiny', attributes, body: objectBody(single()) });
  const { content } = await storage.getObject({ bucket, key: 'tiny' });
  const chunks: Buffer[] = [];
  for await (const chunk of content.chunks()) chunks.push(Buffer.from(chunk));
  assert(Buffer.concat(chunks).equals(bytes));
  await storage.close();
});

test('an object is not copied onto itself without a change', async (t) => {
  const { storage } = await opened(t, MiB);
  await storage.putObject({ bucket, key: 'k', attributes, body: objectBody(Buffer.from('1')) });
  const name = { bucket, key: 'k' };
  await assert.rejects(storage.copyObject({ ...name, source: name }), { code: 'InvalidRequest' });
  const replaced = { headers: { 'content-type': 'text/html' }, userMetadata: {} };
  const copied = await storage.copyObject({ ...name, source: name, attributes: replaced });
  assert.equal(copied.headers['content-type'], 'text/html');
  await storage.close();
});

test('names that no store can hold are refused by every operation', async (t) => {
  const { storage } = await opened(t, MiB);
  const nul = 'a\u0000b';
  await assert.rejects(storage.headBucket({ bucket: nul }), { code: 'InvalidBucketName' });
  const calls = [
    storage.listObjects({ bucket, prefix: nul, delimiter: '', after: '', limit: 1 }),
    storage.deleteObjects({ bucket, objects: [{ key: 'a' }, { key: nul }] }),
    storage.abortUpload({ bucket, key: 'k', uploadId: nul }),
    storage.copyObject({ bucket, key: 'k', source: { bucket, key: nul } }),
  ];
  for (const call of calls) await assert.rejects(call, { code: 'InvalidArgument' });
  await storage.close();
});

test('check finds a completed object whose part has no row', async (t) => {
  const { storage, directory } = await opened(t, 16 * MiB);
  await putParts(storage, 'k', [5 * MiB, 5 * MiB, 10]);
  await storage.close();
  const database = new DatabaseSync(`${directory}/metadata.sqlite`);
  database.exec('delete from part where number = 2');
  database.close();
  const again = await openObjectStorage({ directory, writers: 1 });
  const findings = await again.check();
  assert.equal(findings.length, 1);
  assert.match(findings[0]!.detail, /in 3 parts, of which 5242890 bytes in 2 are there/);
  await again.close();
});

test('an object without a name is deleted by no call', async (t) => {
  const { storage } = await opened(t, MiB);
  await storage.setBucketVersioning({ bucket, versioning: 'enabled' });
  const deletion = storage.deleteObjects({ bucket, objects: [{ key: 'a' }, { key: '' }] });
  await assert.rejects(deletion, { code: 'InvalidArgument' });
  await storage.close();
});

test('what an upload was asked with is kept as long as the upload, and no longer', async (t) => {
  const { storage, directory } = await opened(t, 6 * MiB);
  const name = { bucket, key: 'parts' };
  const asked = { 'x-amz-acl': 'private' };
  const begun = {
    ...name,
    owner: 'me',
    attributes: { ...attributes, storageClass: 'STANDARD_IA' },
    asked,
  } as const;
  const { uploadId } = await storage.createUpload(begun);
  const page = await storage.listParts({ ...name, uploadId, afterPart: 0, limit: 0 });
  assert.deepEqual(page.asked, asked);
  const { etag } = await storage.uploadPart({
    ...{ ...name, uploadId, partNumber: 1 },
    body: objectBody(Buffer.from('x')),
  });
  await storage.completeUpload({ ...name, uploadId, parts: [{ partNumber: 1, etag }] });
  assert.equal((await storage.headObject(name)).storageClass, 'STANDARD_IA');
  await storage.close();
  const metadata = new DatabaseSync(`${directory}/metadata.sqlite`);
  const [row] = metadata.prepare('select attributes from object').all();
  metadata.close();
  assert.deepEqual(JSON.parse(row!.attributes as string), attributes);
});
