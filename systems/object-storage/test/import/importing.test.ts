// Importing buckets from another S3 server: what moves, and how it is compared.

import assert from 'node:assert/strict';
import test from 'node:test';
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutBucketCorsCommand,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectLegalHoldCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { checksumOf } from '@cairn/hashing';
import type { ObjectStorage } from '@cairn/object-storage';
import { temporaryDirectory } from '@cairn/testing';
import { s3ChecksumAlgorithms } from '../../src/s3/body/checksum-claim.ts';
import { requestOf, runImport, startTwoServers } from './two-servers.ts';

const Bucket = 'photos';

async function versioned(
  client: S3Client,
  more: { ObjectLockEnabledForBucket?: boolean } = {},
): Promise<void> {
  await client.send(new CreateBucketCommand({ Bucket, ...more }));
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
}

const put = (client: S3Client, Key: string, Body: string | Buffer, more = {}) =>
  client.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));

async function listedThere(client: S3Client) {
  const { Versions = [], DeleteMarkers = [] } = await client.send(new ListObjectVersionsCommand({ Bucket }));
  return [...Versions, ...DeleteMarkers]
    .map(({ Key, VersionId, LastModified, IsLatest }) => [Key, VersionId, LastModified?.getTime(), IsLatest])
    .toSorted();
}

async function listedHere(storage: ObjectStorage, bucket = Bucket) {
  const all = { bucket, prefix: '', delimiter: '', afterKey: '', afterVersion: '', limit: 1_000 };
  const { versions } = await storage.listVersions(all);
  return versions
    .map(({ key, versionId, modifiedMs, latest }) => [key, versionId, modifiedMs, latest])
    .toSorted();
}

async function read(storage: ObjectStorage, key: string, bucket = Bucket): Promise<Buffer> {
  const { content } = await storage.getObject({ bucket, key });
  return Buffer.concat(await Array.fromAsync(content.chunks(), (chunk) => Buffer.from(chunk)));
}

async function upload(client: S3Client, Key: string, bodies: readonly Buffer[], more = {}) {
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key, ...more }));
  const { ChecksumAlgorithm } = more as { ChecksumAlgorithm?: 'SHA256' | 'CRC32' };
  const algorithm = ChecksumAlgorithm && { ChecksumAlgorithm };
  const Parts = [];
  for (const [index, Body] of bodies.entries()) {
    const PartNumber = index + 1;
    const part = await client.send(
      new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body, ...algorithm }),
    );
    const { ETag, ChecksumCRC32, ChecksumSHA256 } = part;
    Parts.push({ PartNumber, ETag, ChecksumCRC32, ChecksumSHA256 });
  }
  return client.send(
    new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }),
  );
}

test('versions and delete markers come with their ids, their times and in their order', async (t) => {
  const { client, storage, imports, url } = await startTwoServers(t);
  await versioned(client);
  for (const Key of ['a', 'b/c', 'b//d', 'ü+ %/x?&'])
    for (const text of ['one', 'two']) await put(client, Key, text);
  await client.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));
  await put(client, 'a', 'three');
  await client.send(new DeleteObjectCommand({ Bucket, Key: 'b/c' }));
  const status = await runImport(imports, requestOf(url));
  assert.deepEqual([status.state, status.failures, status.reason], ['done', [], undefined]);
  assert.deepEqual(await listedHere(storage), await listedThere(client));
  const { importedObjects, importedMarkers, renamedVersions, unverified, present } = status.counts;
  assert.deepEqual([importedObjects, importedMarkers, renamedVersions, unverified, present], [9, 2, 0, 0, 0]);
  assert.equal((await read(storage, 'a')).toString(), 'three');
  assert.deepEqual(await storage.check({ deep: true }), []);
  const again = await runImport(imports, requestOf(url));
  assert.deepEqual([again.counts.importedObjects, again.counts.present], [0, 11]);
});

test('a bucket and credentials may be called as what every object has', async (t) => {
  const { client, storage, imports, url } = await startTwoServers(t);
  await client.send(new CreateBucketCommand({ Bucket: 'constructor' }));
  await client.send(new PutObjectCommand({ Bucket: 'constructor', Key: 'a', Body: 'one' }));
  const status = await runImport(imports, requestOf(`${url}/constructor`));
  assert.deepEqual([status.state, status.failures, status.counts.importedObjects], ['done', [], 1]);
  assert.equal((await read(storage, 'a', 'constructor')).toString(), 'one');
  for (const credentials of ['constructor', '__proto__'])
    assert.throws(() => imports.start(requestOf(url, { credentials })), { code: 'InvalidArgument' });
});

test('headers, metadata, tags, storage class, checksum and entity tag of an object come along', async (t) => {
  const { client, storage, imports, url } = await startTwoServers(t);
  await client.send(new CreateBucketCommand({ Bucket }));
  await put(client, 'a', 'hello', {
    ...{ ContentType: 'text/x', CacheControl: 'no-store', ContentEncoding: 'gzip', ContentLanguage: 'de' },
    ...{ ContentDisposition: 'attachment', Expires: new Date(1e12), Metadata: { color: 'red' } },
    ...{ Tagging: 'b=2&a=1', StorageClass: 'STANDARD_IA', ChecksumAlgorithm: 'SHA256' },
  });
  await put(client, 'empty', '');
  await put(client, 'k'.repeat(1_024), 'long');
  const there = await client.send(new GetObjectCommand({ Bucket, Key: 'a', ChecksumMode: 'ENABLED' }));
  const status = await runImport(imports, requestOf(`${url}/${Bucket}`));
  assert.deepEqual([status.state, status.failures, status.counts.unverified], ['done', [], 0]);
  const here = await storage.headObject({ bucket: Bucket, key: 'a' });
  assert.deepEqual(here.headers, {
    ...{ 'content-type': 'text/x', 'cache-control': 'no-store', 'content-encoding': 'gzip' },
    ...{
      'content-language': 'de',
      'content-disposition': 'attachment',
      expires: new Date(1e12).toUTCString(),
    },
  });
  assert.deepEqual(here.userMetadata, { color: 'red' });
  assert.deepEqual(here.tags, [
    { key: 'a', value: '1' },
    { key: 'b', value: '2' },
  ]);
  assert.deepEqual(
    [here.storageClass, `"${here.etag}"`, here.checksum?.value],
    ['STANDARD_IA', there.ETag, there.ChecksumSHA256],
  );
  assert.equal((await read(storage, 'empty')).byteLength, 0);
  assert.equal((await read(storage, 'k'.repeat(1_024))).toString(), 'long');
});

test('an object made from parts keeps its entity tag, its parts and its checksum', async (t) => {
  const { client, storage, imports, url } = await startTwoServers(t);
  await versioned(client);
  const bodies = [Buffer.alloc(5 << 20, 'a'), Buffer.alloc(6 << 20, 'b'), Buffer.from('end')];
  await upload(client, 'plain', bodies);
  await upload(client, 'composite', bodies, { ChecksumAlgorithm: 'SHA256' });
  await upload(client, 'whole', bodies, { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' });
  await upload(client, 'small', [Buffer.from('one part')]);
  const status = await runImport(imports, requestOf(url, { bytesPerSecond: 100_000_000 }));
  assert.deepEqual([status.state, status.failures, status.counts.unverified], ['done', [], 0]);
  for (const key of ['plain', 'composite', 'whole', 'small']) {
    const there = await client.send(new GetObjectCommand({ Bucket, Key: key, ChecksumMode: 'ENABLED' }));
    const here = await storage.headObject({ bucket: Bucket, key });
    assert.equal(`"${here.etag}"`, there.ETag, key);
    assert.equal(here.checksum?.value, there.ChecksumSHA256 ?? there.ChecksumCRC32, key);
    assert.equal(here.partCount, key === 'small' ? 1 : 3);
    const bytes = Buffer.from(await there.Body!.transformToByteArray());
    assert(bytes.equals(await read(storage, key)), key);
  }
  assert.equal((await storage.stats()).uploads, 0);
});

test('an object whose parts were not numbered one after the other comes along', async (t) => {
  const { client, storage, imports, url } = await startTwoServers(t);
  await client.send(new CreateBucketCommand({ Bucket }));
  const Key = 'gaps';
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const Parts = [];
  for (const [PartNumber, Body] of [
    [1, Buffer.alloc(5 << 20, 'a')],
    [3, Buffer.from('end')],
  ] as const) {
    const { ETag } = await client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }));
    Parts.push({ PartNumber, ETag });
  }
  const MultipartUpload = { Parts };
  await client.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload }));
  const status = await runImport(imports, requestOf(url));
  assert.deepEqual([status.state, status.failures], ['done', []]);
  const there = await client.send(new GetObjectCommand({ Bucket, Key }));
  assert.equal(`"${(await storage.headObject({ bucket: Bucket, key: Key })).etag}"`, there.ETag);
  const bytes = Buffer.from(await there.Body!.transformToByteArray());
  assert(bytes.equals(await read(storage, Key)));
  assert.equal((await storage.stats()).uploads, 0);
});

test('every kind of checksum comes along', async (t) => {
  const { client, storage, imports, url } = await startTwoServers(t);
  await client.send(new CreateBucketCommand({ Bucket }));
  for (const algorithm of s3ChecksumAlgorithms) {
    const value = checksumOf(algorithm, Buffer.from(algorithm)).toString('base64');
    await put(client, algorithm, algorithm, { [`Checksum${algorithm.toUpperCase()}`]: value });
  }
  const status = await runImport(imports, requestOf(url));
  assert.deepEqual([status.state, status.failures], ['done', []]);
  for (const algorithm of s3ChecksumAlgorithms) {
    const value = checksumOf(algorithm, Buffer.from(algorithm)).toString('base64');
    const { checksum } = await storage.headObject({ bucket: Bucket, key: algorithm });
    assert.deepEqual(checksum, { algorithm, value, type: 'FULL_OBJECT' });
  }
});

test('settings of a bucket come along, and what cannot be taken is told by its name', async (t) => {
  const { client, storage, imports, url } = await startTwoServers(t);
  await versioned(client, { ObjectLockEnabledForBucket: true });
  const policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${Bucket}/*` },
    ],
  });
  await client.send(new PutBucketPolicyCommand({ Bucket, Policy: policy }));
  const CORSRules = [{ AllowedMethods: ['GET'], AllowedOrigins: ['*'] }];
  await client.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules } }));
  await client.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: [{ Key: 'a', Value: 'b' }] } }));
  const Rules = [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' as const } }];
  await client.send(new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration: { Rules } }));
  const rule = { ID: 'r', Status: 'Enabled' as const, Filter: { Prefix: 'x' }, Expiration: { Days: 3 } };
  await client.send(
    new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules: [rule] } }),
  );
  await client.send(
    new PutBucketNotificationConfigurationCommand({
      ...{ Bucket, SkipDestinationValidation: true },
      NotificationConfiguration: {
        QueueConfigurations: [
          { QueueArn: 'arn:aws:sqs:us-east-1:000000000000:q', Events: ['s3:ObjectCreated:*'] },
        ],
      },
    }),
  );
  const until = new Date(Math.ceil(Date.now() / 1_000) * 1_000 + 86_400_000);
  const lock = { ObjectLockMode: 'GOVERNANCE', ObjectLockRetainUntilDate: until };
  const held = await put(client, 'held', 'x', lock);
  const { VersionId } = held;
  const LegalHold = { Status: 'ON' as const };
  await client.send(new PutObjectLegalHoldCommand({ Bucket, Key: 'held', VersionId, LegalHold }));
  const status = await runImport(imports, requestOf(url, { buckets: [{ bucket: Bucket, as: 'pictures' }] }));
  assert.deepEqual([status.state, status.failures], ['done', []]);
  assert.deepEqual(status.notices, [
    `bucket ${Bucket}: not taken is its notifications: what that names is not here`,
  ]);
  const { documents, versioning } = await storage.bucketConfiguration({ bucket: 'pictures' });
  const names = ['cors', 'encryption', 'lifecycle', 'object-lock', 'policy', 'tagging'];
  assert.deepEqual(Object.keys(documents).toSorted(), names);
  assert.equal(documents.policy, policy.replace(Bucket, 'pictures'));
  assert.equal(versioning, 'enabled');
  const info = await storage.headObject({ bucket: 'pictures', key: 'held' });
  const retention = { mode: 'GOVERNANCE', untilMs: until.getTime() };
  assert.deepEqual([info.lock, info.versionId], [{ retention, legalHold: true }, VersionId]);
  assert.equal(info.encryption?.by, 'master');
  const remove = storage.deleteObject({ bucket: 'pictures', key: 'held', versionId: VersionId! });
  await assert.rejects(remove, { code: 'AccessDenied' });
});

test('rules that move objects to an archive that has no place here are told, not taken', async (t) => {
  const classes = { GLACIER: { url: `file:${await temporaryDirectory(t)}` } };
  const { client, storage, imports, url } = await startTwoServers(t, { classes });
  await client.send(new CreateBucketCommand({ Bucket }));
  const Transitions = [{ Days: 1, StorageClass: 'GLACIER' as const }];
  const rule = { ID: 'r', Status: 'Enabled' as const, Filter: {}, Transitions };
  await client.send(
    new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules: [rule] } }),
  );
  const status = await runImport(imports, requestOf(url));
  assert.equal(status.state, 'done');
  const [notice, ...others] = status.notices;
  assert.match(
    notice ?? '',
    /^bucket photos: not taken is its lifecycle rules: InvalidStorageClass: .*classes\.GLACIER\.url/,
  );
  assert.deepEqual(others, []);
  const { documents } = await storage.bucketConfiguration({ bucket: Bucket });
  assert.equal(documents.lifecycle, undefined);
});

test('a bucket whose versioning is suspended has its null version at its place', async (t) => {
  const { client, storage, imports, url } = await startTwoServers(t);
  await client.send(new CreateBucketCommand({ Bucket }));
  await put(client, 'old', 'before versioning');
  const set = (Status: 'Enabled' | 'Suspended') =>
    client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }));
  await set('Enabled');
  for (const Key of ['old', 'mixed']) await put(client, Key, 'with id');
  await set('Suspended');
  await put(client, 'mixed', 'null again');
  await client.send(new DeleteObjectCommand({ Bucket, Key: 'gone' }));
  const status = await runImport(imports, requestOf(url));
  assert.deepEqual([status.state, status.failures], ['done', []]);
  assert.deepEqual(await listedHere(storage), await listedThere(client));
  assert.equal((await storage.headBucket({ bucket: Bucket })).versioning, 'suspended');
  assert.equal((await runImport(imports, requestOf(url))).counts.present, 5);
  assert.deepEqual(await storage.check(), []);
});

test('a dry run tells what it would do, and does nothing', async (t) => {
  const { client, storage, imports, url } = await startTwoServers(t);
  await client.send(new CreateBucketCommand({ Bucket }));
  await put(client, 'a', 'hello');
  const status = await runImport(imports, requestOf(url, { dryRun: true }));
  assert.deepEqual([status.counts.importedObjects, status.counts.importedBytes], [1, 5]);
  assert.deepEqual(await storage.listBuckets(), []);
});
