// Replication to a bucket of another S3 server: a second storage behind its S3 endpoint.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateBucketCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  PutObjectRetentionCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { type ObjectStorage, ObjectStorageError, objectBody } from '@cairn/object-storage';
import { arnOf, historyOf, replication, settled } from './replicating.ts';
import { Bucket, replicating, target } from './replicating-away.ts';

const attributes = { headers: {}, userMetadata: {} };
const body = (text: string) => objectBody(Buffer.from(text));

const Key = (key: string) => `from here/${key}`;
const put = (storage: ObjectStorage, key: string, text: string, more = {}) =>
  storage.putObject({ bucket: 'source', key, attributes: { ...attributes, ...more }, body: body(text) });

/** Of every version, the oldest first: its text, or `-` for a delete marker. */
async function history(there: S3Client, key: string): Promise<readonly string[]> {
  const page = await there.send(new ListObjectVersionsCommand({ Bucket, Prefix: Key(key) }));
  const all = [
    ...(page.Versions ?? []).map(({ VersionId }) => ({ VersionId, marker: false })),
    ...(page.DeleteMarkers ?? []).map(({ VersionId }) => ({ VersionId, marker: true })),
  ].toSorted((left, right) => (left.VersionId! < right.VersionId! ? 1 : -1));
  const texts = all.map(async ({ VersionId, marker }) => {
    if (marker) return '-';
    const found = await there.send(new GetObjectCommand({ Bucket, Key: Key(key), VersionId: VersionId! }));
    return found.Body!.transformToString();
  });
  return Promise.all(texts);
}

const statusOf = async (storage: ObjectStorage, key: string) => {
  const { replication: found } = await storage.headObject({ bucket: 'source', key });
  return found?.replica ? 'REPLICA' : found?.to[target]?.status;
};

test('versions and delete markers arrive at another server in their order, with all that they have', async (t) => {
  const { storage, there } = await replicating(t);
  const headers = {
    'content-type': 'text/plain',
    'cache-control': 'no-store',
    expires: 'Thu, 01 Dec 2033 16:00:00 GMT',
  };
  const userMetadata = { colour: 'bläu ⚑' };
  const tags = [{ key: 'a b', value: 'c=d+e' }];
  await put(storage, 'ä b/c', '1', { headers, userMetadata, tags, storageClass: 'STANDARD_IA' });
  await put(storage, 'ä b/c', '2');
  await storage.deleteObject({ bucket: 'source', key: 'ä b/c' });
  await put(storage, 'ä b/c', '3', { headers, userMetadata, tags, storageClass: 'STANDARD_IA' });
  await settled(storage);
  assert.deepEqual(await history(there, 'ä b/c'), ['1', '2', '-', '3']);
  const found = await there.send(new HeadObjectCommand({ Bucket, Key: Key('ä b/c') }));
  assert.equal(found.ContentType, 'text/plain');
  assert.equal(found.CacheControl, 'no-store');
  assert.equal(found.ExpiresString, headers.expires);
  assert.equal(found.StorageClass, 'STANDARD_IA');
  assert.equal(Buffer.from(found.Metadata!.colour!, 'latin1').toString(), userMetadata.colour);
  assert.equal(found.ReplicationStatus, 'REPLICA');
  const { TagSet } = await there.send(new GetObjectTaggingCommand({ Bucket, Key: Key('ä b/c') }));
  assert.deepEqual(TagSet, [{ Key: 'a b', Value: 'c=d+e' }]);
  assert.equal(await statusOf(storage, 'ä b/c'), 'COMPLETED');
});

test('tags follow the version at another server that has them', async (t) => {
  const { storage, there } = await replicating(t);
  await put(storage, 'a', '1');
  await settled(storage);
  const versionId = (await storage.headObject({ bucket: 'source', key: 'a' })).versionId;
  await put(storage, 'a', '2');
  await settled(storage);
  const tags = [{ key: 'k', value: 'v' }];
  await storage.changeAttributes({ bucket: 'source', key: 'a', versionId, change: () => ({ tags }) });
  await settled(storage);
  assert.deepEqual(await history(there, 'a'), ['1', '2']);
  const { Versions = [] } = await there.send(new ListObjectVersionsCommand({ Bucket }));
  const tagsOf = Versions.map(async ({ Key, VersionId }) => {
    const tagging = await there.send(
      new GetObjectTaggingCommand({ Bucket, Key: Key!, VersionId: VersionId! }),
    );
    return tagging.TagSet?.length;
  });
  assert.deepEqual(await Promise.all(tagsOf), [0, 1]);
});

test('large objects arrive as streams, those of parts with their parts and checksums', async (t) => {
  const { storage, there } = await replicating(t);
  const name = { bucket: 'source', key: 'parts' };
  const checksum = { algorithm: 'crc32c', type: 'COMPOSITE' } as const;
  const { uploadId } = await storage.createUpload({ ...name, attributes, owner: 'me', checksum });
  const parts: { partNumber: number; etag: string }[] = [];
  for (const partNumber of [2, 5]) {
    const part = objectBody(Buffer.alloc(5 * 2 ** 20 + partNumber, partNumber), { checksum: 'crc32c' });
    const { etag } = await storage.uploadPart({ ...name, uploadId, partNumber, body: part });
    parts.push({ partNumber, etag });
  }
  const made = await storage.completeUpload({ ...name, uploadId, parts });
  const large = Buffer.alloc(3 * 2 ** 20, 'large ');
  for (const [key, kept] of [
    ['checked', { checksum: 'sha256' }],
    ['unchecked', {}],
  ] as const) {
    await storage.putObject({ bucket: 'source', key, attributes, body: objectBody(large, kept) });
  }
  await settled(storage);
  const ask = { Bucket, ChecksumMode: 'ENABLED' } as const;
  const whole = await there.send(new HeadObjectCommand({ ...ask, Key: Key('parts') }));
  assert.equal(whole.ETag, `"${made.etag}"`);
  assert.equal(whole.ChecksumCRC32C, made.checksum!.value);
  const checked = await there.send(new GetObjectCommand({ ...ask, Key: Key('checked') }));
  assert.equal(
    checked.ChecksumSHA256,
    (await storage.headObject({ bucket: 'source', key: 'checked' })).checksum!.value,
  );
  assert.deepEqual(Buffer.from(await checked.Body!.transformToByteArray()), large);
  assert.equal(await statusOf(storage, 'unchecked'), 'COMPLETED');
});

test('a server that fails, and one that stores and does not say so, gets everything once', async (t) => {
  let requests = 0;
  const { storage, there } = await replicating(t, {
    wrap: (dest) => ({
      ...dest,
      async putObject(request) {
        const luck = requests++ % 3;
        if (luck === 0) throw new ObjectStorageError('InternalError');
        const put = await dest.putObject(request);
        if (luck === 1) throw new ObjectStorageError('ServiceUnavailable');
        return put;
      },
    }),
  });
  for (let index = 0; index < 4; index++)
    for (const key of ['a', 'b', 'c']) await put(storage, key, `${index}`);
  await settled(storage);
  for (const key of ['a', 'b', 'c']) assert.deepEqual(await history(there, key), ['0', '1', '2', '3']);
});

test('a version that a server never takes says that it failed, and holds back no other key', async (t) => {
  const { storage, there } = await replicating(t);
  await put(storage, 'k'.repeat(1_020), 'too long behind a prefix');
  await put(storage, 'z', '1');
  await put(storage, 'a', '1');
  await settled(storage);
  assert.equal(await statusOf(storage, 'k'.repeat(1_020)), 'FAILED');
  assert.deepEqual(await history(there, 'z'), ['1']);
  assert.deepEqual(await history(there, 'a'), ['1']);
});

test('what clients write there stays in the history, and the next version from here goes in front of it', async (t) => {
  const { storage, there } = await replicating(t);
  await put(storage, 'a', '1');
  await settled(storage);
  await there.send(new PutObjectCommand({ Bucket, Key: Key('a'), Body: 'theirs' }));
  await put(storage, 'a', '2');
  await storage.deleteObject({ bucket: 'source', key: 'a' });
  await settled(storage);
  assert.deepEqual(await history(there, 'a'), ['1', 'theirs', '2', '-']);
});

test('no more bytes are sent in a second than is allowed', async (t) => {
  const { storage } = await replicating(t, { bytesPerSecond: 1_000_000 });
  const started = performance.now();
  for (const key of ['a', 'b', 'c', 'd']) await put(storage, key, 'x'.repeat(500_000));
  await settled(storage);
  // The last piece is let through when all before it have had their time.
  assert(performance.now() - started > 1_400, 'too fast');
});

test('stats tell what waits for a server that is away, and it arrives when it is back', async (t) => {
  let away = true;
  const { storage, there } = await replicating(t, {
    wrap: (dest) => ({
      ...dest,
      async headObject(request) {
        if (away) throw new ObjectStorageError('ServiceUnavailable');
        return dest.headObject(request);
      },
    }),
  });
  for (let index = 0; index < 30; index++) await put(storage, `k${index}`, '1');
  for (;;) {
    const [queue] = (await storage.stats()).replication;
    assert.equal(queue?.waiting, 30);
    if (queue.failure !== undefined) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.equal(await statusOf(storage, 'k1'), 'PENDING');
  away = false;
  await settled(storage);
  const { Versions = [] } = await there.send(new ListObjectVersionsCommand({ Bucket }));
  assert.equal(Versions.length, 30);
});

test('a storage is closed although a server does not answer, and goes on when it is opened again', async (t) => {
  let hangs = true;
  const asked = Promise.withResolvers<void>();
  const { storage, there, open } = await replicating(t, {
    wrap: (dest) => ({
      ...dest,
      async putObject(request) {
        asked.resolve();
        if (hangs) await new Promise(() => {});
        return dest.putObject(request);
      },
    }),
  });
  await put(storage, 'a', 'x'.repeat(2 * 2 ** 20));
  await put(storage, 'b', '1');
  await asked.promise;
  await storage.close();
  hangs = false;
  const again = await open();
  t.after(() => again.close());
  await settled(again);
  assert.equal((await history(there, 'a'))[0]?.length, 2 * 2 ** 20);
  assert.deepEqual(await history(there, 'b'), ['1']);
});

test('a storage is closed in the middle of a body, and goes on when it is opened again', async (t) => {
  const asked = Promise.withResolvers<void>();
  const { storage, there, open } = await replicating(t, {
    bytesPerSecond: 4 * 2 ** 20,
    wrap: (dest) => ({
      ...dest,
      putObject(request) {
        asked.resolve();
        return dest.putObject(request);
      },
    }),
  });
  await put(storage, 'a', 'x'.repeat(6 * 2 ** 20));
  await asked.promise;
  await storage.close();
  // What the SDK made of the body fails in a later turn, if at all.
  await new Promise((resolve) => setTimeout(resolve, 200));
  const again = await open();
  t.after(() => again.close());
  await settled(again);
  assert.equal((await history(there, 'a'))[0]?.length, 6 * 2 ** 20);
});

test('locks go along to a bucket that was not there, or did not show its object lock, when it was asked first', async (t) => {
  let asked = 0;
  const { storage, there } = await replicating(t, {
    locks: true,
    wrap: (dest) => ({
      ...dest,
      bucketConfiguration(request) {
        asked++;
        return dest.bucketConfiguration(request);
      },
    }),
  });
  const retention = { mode: 'COMPLIANCE', untilMs: Date.now() + 3_600_000 } as const;
  await put(storage, 'a', '1', { lock: { retention } });
  while (asked < 4) await new Promise((resolve) => setTimeout(resolve, 20));
  await there.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }));
  await settled(storage);
  const found = await there.send(new HeadObjectCommand({ Bucket, Key: Key('a') }));
  assert.equal(found.ObjectLockMode, 'COMPLIANCE');
});

test('an object whose retention is over arrives, and its tags follow', async (t) => {
  const { storage, there } = await replicating(t, { locks: true });
  await there.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }));
  const untilMs = Date.now() + 1_500;
  const lock = { retention: { mode: 'COMPLIANCE', untilMs } } as const;
  await storage.configureBucket({ bucket: 'source', documents: { replication: undefined } });
  await put(storage, 'a', '1', { lock });
  while (Date.now() <= untilMs) await new Promise((resolve) => setTimeout(resolve, 50));
  const rule = { destination: target, existingObjects: true };
  await storage.configureBucket({ bucket: 'source', documents: replication([rule]) });
  await settled(storage);
  assert.deepEqual(await history(there, 'a'), ['1']);
  const tags = [{ key: 'k', value: 'v' }];
  await storage.changeAttributes({ bucket: 'source', key: 'a', change: () => ({ tags }) });
  await settled(storage);
  const { TagSet } = await there.send(new GetObjectTaggingCommand({ Bucket, Key: Key('a') }));
  assert.deepEqual(TagSet, [{ Key: 'k', Value: 'v' }]);
});

test('other bytes than were sent are no replica, also when they are looked at a second time', async (t) => {
  const { storage } = await replicating(t, {
    wrap: (dest) => ({
      ...dest,
      async putObject(request) {
        await Array.fromAsync(request.body.chunks);
        return dest.putObject({ ...request, body: body('2') });
      },
    }),
  });
  await put(storage, 'a', '1');
  await settled(storage);
  assert.equal(await statusOf(storage, 'a'), 'FAILED');
});

test('a replica at another server that was locked harder there stays so, and its tags follow', async (t) => {
  const { storage, there } = await replicating(t, { locks: true });
  await there.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }));
  const hourMs = 3_600_000;
  const untilMs = Math.floor(Date.now() / 1_000) * 1_000 + hourMs;
  const lock = { retention: { mode: 'GOVERNANCE', untilMs } } as const;
  for (const key of ['a', 'b']) await put(storage, key, '1', { lock });
  await settled(storage);
  const harder = { a: 'GOVERNANCE', b: 'COMPLIANCE' } as const;
  const RetainUntilDate = new Date(untilMs + hourMs);
  const tags = [{ key: 'k', value: 'v' }];
  for (const [key, Mode] of Object.entries(harder)) {
    const Retention = { Mode, RetainUntilDate };
    const retained = { Bucket, Key: Key(key), Retention, BypassGovernanceRetention: true };
    await there.send(new PutObjectRetentionCommand(retained));
    await storage.changeAttributes({ bucket: 'source', key, change: () => ({ tags }) });
  }
  await settled(storage);
  for (const [key, mode] of Object.entries(harder)) {
    const found = await there.send(new HeadObjectCommand({ Bucket, Key: Key(key) }));
    assert.equal(found.ObjectLockMode, mode);
    assert.deepEqual(found.ObjectLockRetainUntilDate, RetainUntilDate);
    const { TagSet } = await there.send(new GetObjectTaggingCommand({ Bucket, Key: Key(key) }));
    assert.equal(TagSet?.length, 1);
  }
});

test('delete markers that came by replication are not replicated on', async (t) => {
  let other: ObjectStorage | undefined;
  const { storage, there } = await replicating(t, { wrap: (dest) => (other = dest) });
  await other!.createBucket({ bucket: 'third', owner: 'me' });
  await other!.setBucketVersioning({ bucket: 'third', versioning: 'enabled' });
  const documents = replication([{ destination: arnOf('third') }]);
  await other!.configureBucket({ bucket: Bucket, documents });
  await put(storage, 'a', '1');
  await storage.deleteObject({ bucket: 'source', key: 'a' });
  await put(storage, 'a', '2');
  await settled(storage);
  await settled(other!);
  assert.deepEqual(await history(there, 'a'), ['1', '-', '2']);
  assert.deepEqual(await historyOf(other!, 'third'), []);
});
