// Versions that were appended to, at another S3 server: it takes no parts so small, and gives them other entity tags.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { GetObjectCommand, ListObjectVersionsCommand, type S3Client } from '@aws-sdk/client-s3';
import { type ObjectStorage, ObjectStorageError, objectBody } from '@cairn/object-storage';
import { settled } from './replicating.ts';
import { Bucket, replicating, target } from './replicating-away.ts';

const name = { bucket: 'source', key: 'log' };
const attributes = { headers: { 'content-type': 'text/plain' }, userMetadata: {} };
const pieces = ['one ', '', 'two ', 'three '.repeat(300_000)];
const wholes = pieces.map((_, index) => pieces.slice(0, index + 1).join(''));
const md5 = (text: string) => createHash('md5').update(text).digest('hex');

async function appendAll(storage: ObjectStorage, checksum?: 'crc32c'): Promise<readonly string[]> {
  const ids: string[] = [];
  let offset = 0;
  for (const piece of pieces) {
    const body = objectBody(Buffer.from(piece), checksum === undefined ? {} : { checksum });
    const { versionId, sizeBytes } = await storage.appendObject({ ...name, offset, attributes, body });
    ids.push(versionId!);
    offset = sizeBytes;
  }
  return ids;
}

const statusOf = async (storage: ObjectStorage, versionId: string) => {
  const { replication } = await storage.headObject({ ...name, versionId });
  return replication?.replica ? 'REPLICA' : replication?.to[target]?.status;
};

/** Of every version there, the oldest first. */
async function history(there: S3Client): Promise<readonly (readonly [string, string])[]> {
  const { Versions = [] } = await there.send(new ListObjectVersionsCommand({ Bucket }));
  const oldestFirst = Versions.toSorted((left, right) => (left.VersionId! < right.VersionId! ? 1 : -1));
  return Promise.all(
    oldestFirst.map(async ({ Key, VersionId }) => {
      const got = await there.send(new GetObjectCommand({ Bucket, Key: Key!, VersionId: VersionId! }));
      return [await got.Body!.transformToString(), got.ETag!] as const;
    }),
  );
}

for (const checksum of [undefined, 'crc32c'] as const) {
  test(`every version arrives whole, with ${checksum ?? 'no checksum'}`, async (t) => {
    const { storage, there } = await replicating(t);
    const ids = await appendAll(storage, checksum);
    await settled(storage);
    for (const versionId of ids) assert.equal(await statusOf(storage, versionId), 'COMPLETED');
    assert.deepEqual(
      await history(there),
      wholes.map((whole) => [whole, `"${md5(whole)}"`]),
    );
  });
}

test('what was stored, and not said so, is there once', async (t) => {
  let requests = 0;
  const { storage, there } = await replicating(t, {
    wrap: (dest) => ({
      ...dest,
      async putObject(request) {
        const put = await dest.putObject(request);
        if (requests++ % 2 === 0) throw new ObjectStorageError('ServiceUnavailable');
        return put;
      },
    }),
  });
  const ids = await appendAll(storage);
  await settled(storage);
  for (const versionId of ids) assert.equal(await statusOf(storage, versionId), 'COMPLETED');
  assert.deepEqual(
    (await history(there)).map(([text]) => text),
    wholes,
  );
});

test('other bytes than were sent are no replica, also when they are looked at a second time', async (t) => {
  const { storage } = await replicating(t, {
    wrap: (dest) => ({
      ...dest,
      async putObject(request) {
        const chunks = await Array.fromAsync(request.body.chunks, (chunk) => Buffer.from(chunk));
        return dest.putObject({ ...request, body: objectBody(Buffer.concat(chunks).fill('x')) });
      },
    }),
  });
  const ids = await appendAll(storage);
  await settled(storage);
  assert.equal(await statusOf(storage, ids[3]!), 'FAILED');
});
