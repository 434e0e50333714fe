// Following a source until the switch.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test from 'node:test';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { type ObjectStorage, objectBody } from '@cairn/object-storage';
import { startFaultyProxy } from './faulty-proxy.ts';
import { openImports, requestOf, settled, startTwoServers } from './two-servers.ts';

const Bucket = 'photos';
const put = (client: S3Client, Key: string, Body: string) =>
  client.send(new PutObjectCommand({ Bucket, Key, Body }));

async function keysHere(storage: ObjectStorage): Promise<readonly string[]> {
  const { objects } = await storage.listObjects({
    bucket: Bucket,
    prefix: '',
    delimiter: '',
    after: '',
    limit: 1_000,
  });
  return objects.map(({ key, sizeBytes }) => `${key}:${sizeBytes}`);
}

const mine = (storage: ObjectStorage, key: string) =>
  storage.putObject({
    bucket: Bucket,
    key,
    attributes: { headers: {}, userMetadata: {} },
    body: objectBody(Buffer.from('mine')),
  });

test('what changes there changes here, what clients write here stays, and the switch ends it in sync', async (t) => {
  const { client, storage, imports, url } = await startTwoServers(t);
  await client.send(new CreateBucketCommand({ Bucket }));
  for (const key of ['a', 'b', 'c']) await put(client, key, key);
  const request = requestOf(`${url}/${Bucket}`, { follow: true });
  const { id } = imports.start(request);
  const first = await settled(imports, id, ({ inSyncMs }) => inSyncMs !== undefined);
  assert.deepEqual([first.counts.importedObjects, await keysHere(storage)], [3, ['a:1', 'b:1', 'c:1']]);
  await mine(storage, 'mine');
  await mine(storage, 'c');
  await put(client, 'a', 'changed');
  await put(client, 'd', 'new');
  await client.send(new DeleteObjectCommand({ Bucket, Key: 'b' }));
  await client.send(new DeleteObjectCommand({ Bucket, Key: 'c' }));
  await settled(imports, id, ({ counts }) => counts.importedObjects === 5 && counts.removed === 1);
  assert.deepEqual(await keysHere(storage), ['a:7', 'c:4', 'd:3', 'mine:4']);
  await put(client, 'last', 'x');
  const before = Date.now();
  imports.start(request, { switches: true });
  const ended = await settled(imports, id);
  assert.deepEqual([ended.state, ended.reason, ended.failures], ['done', undefined, []]);
  assert(ended.inSyncMs! >= before);
  assert.deepEqual(await keysHere(storage), ['a:7', 'c:4', 'd:3', 'last:1', 'mine:4']);
});

test('an object that a client wrote here under a key of the source is told, and left alone', async (t) => {
  const { client, storage, imports, url } = await startTwoServers(t);
  await client.send(new CreateBucketCommand({ Bucket }));
  await put(client, 'a', 'theirs');
  await storage.createBucket({ bucket: Bucket, owner: 'me' });
  await mine(storage, 'a');
  const { id } = imports.start(requestOf(url));
  const status = await settled(imports, id);
  assert.deepEqual(
    status.failures.map(({ key, reason }) => [key, reason]),
    [['a', 'a client wrote another object under this key here: it is left alone']],
  );
  assert.deepEqual(await keysHere(storage), ['a:4']);
});

test('with versions, deletions of versions and delete markers are followed too; lifecycle rules come last', async (t) => {
  const { client, storage, imports, directory, url } = await startTwoServers(t);
  await client.send(new CreateBucketCommand({ Bucket }));
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
  const rule = { ID: 'r', Status: 'Enabled' as const, Filter: { Prefix: 'x' }, Expiration: { Days: 3 } };
  await client.send(
    new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules: [rule] } }),
  );
  const { VersionId } = await put(client, 'a', 'one');
  await put(client, 'a', 'two');
  const marker = await client.send(new DeleteObjectCommand({ Bucket, Key: 'gone' }));
  const request = requestOf(url, { follow: true });
  const { id } = imports.start(request);
  await settled(imports, id, ({ inSyncMs }) => inSyncMs !== undefined);
  const own = await mine(storage, 'a');
  const documents = async () => (await storage.bucketConfiguration({ bucket: Bucket })).documents;
  assert.equal((await documents()).lifecycle, undefined);
  await client.send(new DeleteObjectCommand({ Bucket, Key: 'a', VersionId }));
  await client.send(new DeleteObjectCommand({ Bucket, Key: 'gone', VersionId: marker.VersionId }));
  await imports.close();
  const next = await openImports(t, { storage, directory });
  await settled(next, id, ({ counts }) => counts.removed === 2);
  const all = { bucket: Bucket, prefix: '', delimiter: '', afterKey: '', afterVersion: '', limit: 1_000 };
  const { versions } = await storage.listVersions(all);
  assert.deepEqual([versions.length, versions[0]?.versionId], [2, own.versionId]);
  next.start(request, { switches: true });
  assert.equal((await settled(next, id)).state, 'done');
  assert.notEqual((await documents()).lifecycle, undefined);
  assert.deepEqual(await storage.check(), []);
});

async function versioned(client: S3Client): Promise<void> {
  await client.send(new CreateBucketCommand({ Bucket }));
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
  for (const text of ['1', '2', '3']) await put(client, 'a', text);
}

const versionsHere = async (storage: ObjectStorage) => {
  const range = { bucket: Bucket, prefix: '', delimiter: '', afterKey: '', afterVersion: '' };
  return (await storage.listVersions({ ...range, limit: 100 })).versions.map(({ versionId }) => versionId);
};

test('the switch ends with what cannot be moved listed, and takes the lifecycle rules', async (t) => {
  const { client, storage, imports, url } = await startTwoServers(t);
  await client.send(new CreateBucketCommand({ Bucket }));
  const rule = { ID: 'r', Status: 'Enabled' as const, Filter: {}, Expiration: { Days: 3 } };
  await client.send(
    new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules: [rule] } }),
  );
  await put(client, 'a', 'a');
  const SSECustomerKey = Buffer.alloc(32, 1).toString('base64');
  const SSECustomerKeyMD5 = createHash('md5').update(Buffer.alloc(32, 1)).digest('base64');
  const secret = { SSECustomerAlgorithm: 'AES256', SSECustomerKey, SSECustomerKeyMD5 };
  await client.send(new PutObjectCommand({ Bucket, Key: 'secret', Body: 'x', ...secret }));
  const request = requestOf(`${url}/${Bucket}`, { follow: true });
  const { id } = imports.start(request);
  await settled(imports, id, ({ state }) => state === 'following');
  imports.start(request, { switches: true });
  const ended = await settled(imports, id);
  assert.deepEqual([ended.state, ended.reason, ended.inSyncMs], ['done', undefined, undefined]);
  assert.deepEqual(
    ended.failures.map(({ key }) => key),
    ['secret'],
  );
  assert.deepEqual(await keysHere(storage), ['a:1']);
  const { documents } = await storage.bucketConfiguration({ bucket: Bucket });
  assert.notEqual(documents.lifecycle, undefined);
});

test('a source that no longer shows its versions does not take them away here', async (t) => {
  const { client, storage, imports, url } = await startTwoServers(t);
  await versioned(client);
  let hides = false;
  const proxy = await startFaultyProxy(t, url, {
    refuse: ({ target }) => (hides && /[?&]versioning/.test(target) ? 501 : undefined),
  });
  const request = requestOf(`${proxy.url}/${Bucket}`, { follow: true });
  const { id } = imports.start(request);
  await settled(imports, id, ({ inSyncMs }) => inSyncMs !== undefined);
  const before = await versionsHere(storage);
  assert.equal(before.length, 3);
  hides = true;
  const { passes } = imports.list()[0]!;
  const told = await settled(imports, id, (status) => status.passes > passes + 2);
  assert.deepEqual(await versionsHere(storage), before);
  assert.match(told.failures[0]?.reason ?? '', /does not show/);
});

test('an answer that is no listing takes nothing away here', async (t) => {
  const { client, storage, imports, url } = await startTwoServers(t);
  await versioned(client);
  const listing = '<ListVersionsResult><IsTruncated>true</IsTruncated></ListVersionsResult>';
  for (const page of ['<html><body>Back soon.</body></html>', listing]) {
    let answers = false;
    const proxy = await startFaultyProxy(t, url, {
      answers: (target) => (answers && /[?&]versions/.test(target) ? page : undefined),
    });
    const { id } = imports.start(requestOf(`${proxy.url}/${Bucket}`, { follow: true }));
    const { passes } = await settled(imports, id, ({ inSyncMs }) => inSyncMs !== undefined);
    const before = await versionsHere(storage);
    answers = true;
    const ended = await settled(imports, id, (status) => status.passes > passes + 2);
    assert.deepEqual(await versionsHere(storage), before);
    assert.equal(ended.state, 'failed');
  }
});

test('a plain answer that is no listing takes nothing away here', async (t) => {
  const { client, storage, imports, url } = await startTwoServers(t);
  await client.send(new CreateBucketCommand({ Bucket }));
  for (const key of ['a', 'b']) await put(client, key, key);
  let answers = false;
  const proxy = await startFaultyProxy(t, url, {
    answers: (target) =>
      answers && target.includes('list-type=2') ? '<html><p>Soon.</p></html>' : undefined,
  });
  const { id } = imports.start(requestOf(`${proxy.url}/${Bucket}`, { follow: true }));
  const { passes } = await settled(imports, id, ({ inSyncMs }) => inSyncMs !== undefined);
  answers = true;
  const ended = await settled(imports, id, (status) => status.passes > passes + 2);
  assert.deepEqual(await keysHere(storage), ['a:1', 'b:1']);
  assert.equal(ended.state, 'failed');
});
