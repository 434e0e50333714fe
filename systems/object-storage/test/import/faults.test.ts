// Sources that fail, that lack calls, and that give wrong bytes.

import assert from 'node:assert/strict';
import test from 'node:test';
import {
  CreateBucketCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { startFaultyProxy } from './faulty-proxy.ts';
import { openImports, requestOf, runImport, settled, startTwoServers } from './two-servers.ts';

const Bucket = 'photos';

async function fill(client: S3Client, keys: readonly string[]): Promise<void> {
  await client.send(new CreateBucketCommand({ Bucket }));
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
  for (const Key of keys) await client.send(new PutObjectCommand({ Bucket, Key, Body: `body of ${Key}` }));
}

const keys = Array.from({ length: 12 }, (_, index) => `key-${index}`);

test('a source that fails every third request is asked again until all is here', async (t) => {
  const { client, storage, imports, url } = await startTwoServers(t);
  await fill(client, keys);
  const proxy = await startFaultyProxy(t, url, {
    refuse: ({ number }) => (number % 3 === 0 ? 503 : undefined),
  });
  const status = await runImport(imports, requestOf(proxy.url));
  assert.deepEqual([status.state, status.reason, status.failures], ['done', undefined, []]);
  assert.equal(status.counts.importedObjects, keys.length);
  assert.equal((await storage.stats()).objects, keys.length);
});

test('bytes that are wrong are not imported, and told; when they are right again they come', async (t) => {
  const { client, storage, imports, url } = await startTwoServers(t);
  await fill(client, keys);
  let corrupts = true;
  const proxy = await startFaultyProxy(t, url, {
    corrupts: (target) => corrupts && target.includes('/key-3?') && target.includes('GetObject'),
  });
  const status = await runImport(imports, requestOf(proxy.url));
  assert.equal(status.state, 'done');
  assert.deepEqual(
    status.failures.map(({ key }) => key),
    ['key-3'],
  );
  assert.match(
    status.failures[0]!.reason,
    /its entity tag is [0-9a-f]{32}, the MD5 of what came [0-9a-f]{32}/,
  );
  await assert.rejects(storage.headObject({ bucket: Bucket, key: 'key-3' }), { code: 'NoSuchKey' });
  await storage.gc();
  assert.equal((await storage.stats()).blobs, keys.length - 1);
  corrupts = false;
  const again = await runImport(imports, requestOf(proxy.url));
  assert.deepEqual([again.failures, again.counts.importedObjects], [[], 1]);
});

test('calls that the source does not have are told and done without', async (t) => {
  const { client, imports, url } = await startTwoServers(t);
  await fill(client, keys);
  const optional =
    /[?&](tagging|cors|policy|lifecycle|encryption|object-lock|ownershipControls|acl|logging|website|replication|notification|publicAccessBlock)\b/;
  const proxy = await startFaultyProxy(t, url, {
    refuse: ({ target }) => (optional.test(target) ? 501 : undefined),
  });
  const status = await runImport(imports, requestOf(proxy.url));
  assert.deepEqual([status.state, status.failures, status.counts.importedObjects], ['done', [], keys.length]);
  assert(
    status.notices.includes(
      `bucket ${Bucket}: the source did not show its bucket policy: NotImplemented: fault`,
    ),
  );
});

test('an import that was interrupted goes on behind what is done', async (t) => {
  const { client, storage, directory, imports, url } = await startTwoServers(t);
  await fill(client, keys);
  const proxy = await startFaultyProxy(t, url, {});
  const { id } = imports.start(requestOf(proxy.url, { jobs: 1, bytesPerSecond: 1_024 }));
  await settled(imports, id, ({ counts }) => counts.importedObjects >= 3);
  await imports.close();
  const before = (await storage.stats()).objects;
  assert(before >= 3 && before < keys.length, String(before));
  const next = await openImports(t, { storage, directory });
  const status = await settled(next, id);
  assert.deepEqual([status.state, status.failures], ['done', []]);
  assert.equal((await storage.stats()).objects, keys.length);
  const reads = proxy.seen.filter((line) => line.includes('GetObject&') || line.includes('x-id=GetObject'));
  assert(reads.length <= keys.length + 1, `${reads.length} reads`);
});

test('an answer without end is not held in memory', async (t) => {
  const { client, imports, url } = await startTwoServers(t);
  await fill(client, keys);
  const endless = `<ListVersionsResult>${'<Version><Key>a</Key></Version>'.repeat(600_000)}</ListVersionsResult>`;
  const proxy = await startFaultyProxy(t, url, {
    answers: (target) => (/[?&]versions/.test(target) ? endless : undefined),
  });
  const status = await runImport(imports, requestOf(proxy.url));
  assert.equal(status.state, 'failed');
  assert.match(status.reason ?? '', /an answer of more than 16777216 bytes/);
});

test('a listing that goes on where it was before ends the import, and does not keep it going for ever', async (t) => {
  const { client, imports, url } = await startTwoServers(t);
  await fill(client, keys);
  const markers = ['a', 'b', 'c'];
  let pages = 0;
  const proxy = await startFaultyProxy(t, url, {
    answers: (target) => {
      if (!/[?&]versions/.test(target)) return undefined;
      const next = `<NextKeyMarker>${markers[pages++ % markers.length]}</NextKeyMarker>`;
      // Nobody has to wait for it to see that it does not end.
      const goesOn = pages < 1_000;
      return `<ListVersionsResult><IsTruncated>${goesOn}</IsTruncated>${next}</ListVersionsResult>`;
    },
  });
  const status = await runImport(imports, requestOf(proxy.url));
  assert.deepEqual(
    [status.state, status.reason],
    ['failed', 'a listing says that it goes on where it was before'],
  );
});
