// A foreign S3 server at the other end: Ceph's gateway is imported from, replicated to, and keeps a storage class. Not in the
// gate, as its cluster is large: part of `npm run soak`, or `node --test test/radosgw.ts`. It takes the Debian packages ceph-mon,
// ceph-osd and radosgw.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  type LifecycleRule,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketReplicationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type ReplicationRule,
  S3Client,
} from '@aws-sdk/client-s3';
import { cleanUpAfter, type TestContext, temporaryDirectory } from '@cairn/testing';
import { startCairn, thisCheckout } from '../bench/servers/cairn.ts';
import { radosgw } from '../bench/servers/radosgw.ts';
import { credentials, type Server } from '../bench/servers/server.ts';

const Bucket = 'photos';
const manyKeys = 1_100;
/** The same at both servers. */
const keys = { accessKeyId: credentials.accessKeyId, secretAccessKey: credentials.secret };
const waitedMs = 120_000;

function clientAt(port: number): S3Client {
  const endpoint = `http://127.0.0.1:${port}`;
  return new S3Client({ endpoint, region: 'us-east-1', credentials: keys, forcePathStyle: true });
}

/** A server of ours, which ends with the test, and a client of it. */
async function started(t: TestContext, data: string, settings: readonly string[] = []): Promise<S3Client> {
  const known = [
    `object-storage.credentials.ceph.accessKeyId=${keys.accessKeyId}`,
    `object-storage.credentials.ceph.secretAccessKey=${keys.secretAccessKey}`,
  ];
  const server = await startCairn(thisCheckout, data, [...known, ...settings]);
  cleanUpAfter(t, () => server.stop());
  const client = clientAt(server.port);
  cleanUpAfter(t, async () => client.destroy());
  return client;
}

/** The output of a command; throws with it where it fails. */
async function command(...args: readonly string[]): Promise<string> {
  const program = join(thisCheckout, 'apps/cairn/bin/cairn.js');
  const root = { CAIRN_ROOT_ACCESS_KEY: keys.accessKeyId, CAIRN_ROOT_SECRET_KEY: keys.secretAccessKey };
  const env = { ...process.env, ...root };
  return (await promisify(execFile)(process.execPath, [program, ...args], { env })).stdout;
}

async function enableVersions(client: S3Client, bucket: string): Promise<void> {
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  await client.send(
    new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: 'Enabled' } }),
  );
}

/** Every version of a bucket, the newest of a key first, and its markers. */
async function versionsOf(client: S3Client, bucket: string) {
  const found = [];
  const markers: string[] = [];
  for (let KeyMarker: string | undefined, VersionIdMarker: string | undefined; ; ) {
    const page = await client.send(
      new ListObjectVersionsCommand({ Bucket: bucket, KeyMarker, VersionIdMarker }),
    );
    for (const { Key, VersionId, IsLatest, Size } of page.Versions ?? []) {
      const at = { Bucket: bucket, Key, VersionId };
      const { Metadata, ContentType, ETag, Body } = await client.send(new GetObjectCommand(at));
      const text =
        Size! < 1_000 ? await Body!.transformToString() : (await Body!.transformToByteArray()).length;
      const { TagSet } = await client.send(new GetObjectTaggingCommand(at));
      found.push({ Key, IsLatest, Size, ETag, Metadata, ContentType, TagSet, text });
    }
    for (const { Key } of page.DeleteMarkers ?? []) markers.push(Key!);
    ({ NextKeyMarker: KeyMarker, NextVersionIdMarker: VersionIdMarker } = page);
    if (page.IsTruncated !== true) return { found, markers };
  }
}

async function until<T>(look: () => Promise<T>, holds: (found: T) => boolean): Promise<T> {
  for (const startMs = performance.now(); ; ) {
    const found = await look();
    if (holds(found)) return found;
    assert(performance.now() - startMs < waitedMs, `not yet: ${JSON.stringify(found)}`);
    await sleep(200);
  }
}

const isMissing = (await radosgw.version({ tiny: false })) === undefined;
const skip = isMissing && 'it takes the Debian packages ceph-mon, ceph-osd and radosgw';

suite("Ceph's gateway at the other end", { skip }, () => {
  let gateway: Server;
  let url: string;
  let there: S3Client;

  before(async () => {
    gateway = await radosgw.start();
    url = `http://127.0.0.1:${gateway.port}`;
    there = clientAt(gateway.port);
  });

  after(async () => {
    there.destroy();
    await gateway.stop();
  });

  test('buckets are imported with versions, markers, tags, metadata and policy', async (t) => {
    await enableVersions(there, Bucket);
    const put = (Key: string, Body: string | Uint8Array, tag: string) =>
      there.send(
        new PutObjectCommand({
          Bucket,
          Key,
          Body,
          Tagging: `of=${tag}`,
          Metadata: { of: tag },
          ContentType: 'a/b',
        }),
      );
    for (const text of ['first', 'second', 'third']) await put('ä b/c+d', text, text);
    await put('gone', 'was here', 'x');
    await there.send(new DeleteObjectCommand({ Bucket, Key: 'gone' }));
    await put('large', Buffer.alloc(3_000_000, 'l'), 'large');
    for (let at = 0; at < manyKeys; at += 50)
      await Promise.all(
        Array.from({ length: 50 }, (_, index) => put(`many/${at + index}`, `${at + index}`, 'many')),
      );
    const statement = {
      Effect: 'Allow',
      Principal: '*',
      Action: 's3:GetObject',
      Resource: `arn:aws:s3:::${Bucket}/*`,
    };
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
    await there.send(new PutBucketPolicyCommand({ Bucket, Policy }));

    const data = await temporaryDirectory(t);
    const here = await started(t, data);
    const from = ['--from', `${url}/${Bucket}`, '--credentials', 'ceph', '--data', data];
    await command('object-storage', 'import', ...from);
    assert.deepEqual(await versionsOf(here, Bucket), await versionsOf(there, Bucket));
    const again = await command('object-storage', 'import', ...from, '--json');
    const { counts } = JSON.parse(again.trim().split('\n').at(-1)!);
    assert.deepEqual([counts.importedObjects, counts.failed], [0, 0]);
  });

  test('versions, markers and tags are replicated to it, in the order of each key', async (t) => {
    await enableVersions(there, 'copies');
    const target = 'object-storage.replication.targets.away';
    const settings = [`${target}.url=${url}/copies`, `${target}.credentials=ceph`];
    const here = await started(t, await temporaryDirectory(t), settings);
    await enableVersions(here, Bucket);
    const put = (Key: string, Body: string) =>
      here.send(new PutObjectCommand({ Bucket, Key, Body, Tagging: `of=${Body}`, Metadata: { of: Body } }));
    await put('before', 'existing');
    const rule = {
      ID: 'all',
      Priority: 1,
      Status: 'Enabled',
      Filter: { Prefix: '' },
      DeleteMarkerReplication: { Status: 'Enabled' },
      ExistingObjectReplication: { Status: 'Enabled' },
      Destination: { Bucket: 'arn:cairn:replication:::away' },
    } satisfies ReplicationRule;
    const ReplicationConfiguration = { Role: 'arn:aws:iam::000000000000:role/any', Rules: [rule] };
    await here.send(new PutBucketReplicationCommand({ Bucket, ReplicationConfiguration }));
    for (const text of ['1', '2', '3']) await put('ä b/c', text);
    await put('gone', 'x');
    await here.send(new DeleteObjectCommand({ Bucket, Key: 'gone' }));
    const arrived = await until(
      () => versionsOf(there, 'copies'),
      ({ found, markers }) => found.length >= 5 && markers.length === 1,
    );
    const shown = arrived.found.map(({ Key, text, TagSet, Metadata }) => [
      Key,
      text,
      TagSet?.[0]?.Value,
      Metadata?.of,
    ]);
    assert.deepEqual(shown, [
      ['before', 'existing', 'existing', 'existing'],
      ['gone', 'x', 'x', 'x'],
      ['ä b/c', '3', '3', '3'],
      ['ä b/c', '2', '2', '2'],
      ['ä b/c', '1', '1', '1'],
    ]);
    const status = () => here.send(new HeadObjectCommand({ Bucket, Key: 'ä b/c' }));
    await until(status, ({ ReplicationStatus }) => ReplicationStatus === 'COMPLETED');
  });

  test('objects of a storage class lie there, are read through, and go when they are deleted', async (t) => {
    await there.send(new CreateBucketCommand({ Bucket: 'cold' }));
    const place = 'object-storage.classes.STANDARD_IA';
    const settings = [
      `${place}.url=${url}/cold/from-here`,
      `${place}.credentials=ceph`,
      'object-storage.lifecycle.daySeconds=1',
    ];
    const here = await started(t, await temporaryDirectory(t), settings);
    await here.send(new CreateBucketCommand({ Bucket }));
    const Body = Buffer.from(Array.from({ length: 3_000_000 }, (_, at) => at % 251));
    await here.send(new PutObjectCommand({ Bucket, Key: 'large', Body }));
    const rule = {
      ID: 'cold',
      Status: 'Enabled',
      Filter: { Prefix: '' },
      Transitions: [{ Days: 1, StorageClass: 'STANDARD_IA' }],
    } satisfies LifecycleRule;
    await here.send(
      new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules: [rule] } }),
    );
    const keysThere = async () =>
      (await there.send(new ListObjectsV2Command({ Bucket: 'cold' }))).KeyCount ?? 0;
    await until(keysThere, (count) => count > 0);
    const head = () => here.send(new HeadObjectCommand({ Bucket, Key: 'large' }));
    await until(head, ({ StorageClass }) => StorageClass === 'STANDARD_IA');
    const read = await here.send(new GetObjectCommand({ Bucket, Key: 'large' }));
    assert(Body.equals(Buffer.from(await read.Body!.transformToByteArray())));
    const Range = 'bytes=1000000-1000099';
    const part = await here.send(new GetObjectCommand({ Bucket, Key: 'large', Range }));
    assert(Body.subarray(1_000_000, 1_000_100).equals(Buffer.from(await part.Body!.transformToByteArray())));
    await here.send(new DeleteObjectCommand({ Bucket, Key: 'large' }));
    await until(keysThere, (count) => count === 0);
  });
});
