// Appending puts by Amazon's client, which has them for directory buckets; here every bucket has them.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutObjectCommand,
  PutObjectLockConfigurationCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { outcome } from './outcomes.ts';
import { startS3WithUsers } from './s3-with-users.ts';

const name = { Bucket: 'logs', Key: 'log' };

test('a put with an offset appends, and says how large the object is', async (t) => {
  const { root, url } = await startS3WithUsers(t);
  await root.send(new CreateBucketCommand(name));
  const rule = { ID: 'old', Status: 'Enabled', Filter: { Prefix: '' }, Expiration: { Days: 1 } } as const;
  const rules = { ...name, LifecycleConfiguration: { Rules: [rule] } };
  await root.send(new PutBucketLifecycleConfigurationCommand(rules));
  const append = (WriteOffsetBytes: number, Body: string) =>
    root.send(new PutObjectCommand({ ...name, Body, WriteOffsetBytes, ContentType: 'text/plain' }));
  assert.equal((await append(0, 'hello')).Size, 5);
  const { Size, ETag, Expiration } = await append(5, ', world');
  assert.equal(Size, 12);
  assert.match(Expiration!, /rule-id="old"/);
  const got = await root.send(new GetObjectCommand({ ...name, ChecksumMode: 'ENABLED' }));
  assert.equal(await got.Body!.transformToString(), 'hello, world');
  assert.deepEqual([got.ETag, got.ContentType], [ETag, 'text/plain']);
  const { Body } = await root.send(new GetObjectCommand({ ...name, Range: 'bytes=3-8' }));
  assert.equal(await Body!.transformToString(), 'lo, wo');
  assert.equal(await outcome(append(5, 'x')), 'InvalidWriteOffset');
  assert.equal(await outcome(append(-1, 'x')), 'InvalidArgument');
  const elsewhere = new CreateMultipartUploadCommand(name);
  elsewhere.middlewareStack.add(
    (next) => (step) => {
      (step.request as { headers: Record<string, string> }).headers['x-amz-write-offset-bytes'] = '0';
      return next(step);
    },
    { step: 'build' },
  );
  assert.equal(await outcome(root.send(elsewhere)), 'NotImplemented', url);
});

test('with versioning a put with an offset makes a version, and says which', async (t) => {
  const { root } = await startS3WithUsers(t);
  await root.send(new CreateBucketCommand({ ...name, ObjectLockEnabledForBucket: true }));
  const Rule = { DefaultRetention: { Mode: 'GOVERNANCE', Days: 1 } } as const;
  const lock = { ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled', Rule } } as const;
  await root.send(new PutObjectLockConfigurationCommand({ ...name, ...lock }));
  const append = (WriteOffsetBytes: number, Body: string, more: Partial<PutObjectCommand['input']> = {}) =>
    root.send(new PutObjectCommand({ ...name, Body, WriteOffsetBytes, ...more }));
  const first = await append(0, 'hello');
  const second = await append(5, ', world', { ObjectLockLegalHoldStatus: 'ON' });
  assert.deepEqual([first.Size, second.Size], [5, 12]);
  const texts = await Promise.all(
    [first, second].map(async ({ VersionId }) => {
      const got = await root.send(new GetObjectCommand({ ...name, VersionId }));
      assert.equal(got.VersionId, VersionId);
      assert.equal(got.ObjectLockMode, 'GOVERNANCE');
      return [await got.Body!.transformToString(), got.ETag, got.ObjectLockLegalHoldStatus];
    }),
  );
  assert.deepEqual(texts, [
    ['hello', first.ETag, undefined],
    ['hello, world', second.ETag, 'ON'],
  ]);
  assert.equal(await outcome(append(5, 'x')), 'InvalidWriteOffset');
  const { Versions } = await root.send(new ListObjectVersionsCommand({ ...name }));
  assert.deepEqual(
    Versions!.map(({ VersionId, IsLatest }) => [VersionId, IsLatest]),
    [
      [second.VersionId, true],
      [first.VersionId, false],
    ],
  );
});

test('an append to what is locked needs a digest, as a put does', async (t) => {
  const { root, url, rootCredentials: credentials } = await startS3WithUsers(t);
  await root.send(new CreateBucketCommand({ ...name, ObjectLockEnabledForBucket: true }));
  const client = new S3Client({
    ...{ endpoint: url, region: 'us-east-1', credentials, forcePathStyle: true },
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });
  t.after(() => client.destroy());
  const append = (more: Partial<PutObjectCommand['input']>) =>
    outcome(client.send(new PutObjectCommand({ ...name, Body: 'x', WriteOffsetBytes: 0, ...more })));
  const held = { ObjectLockLegalHoldStatus: 'ON' } as const;
  assert.equal(await append(held), 'InvalidRequest');
  assert.equal(await append({ ...held, ContentMD5: createHash('md5').update('x').digest('base64') }), 'done');
});

test('an append is encrypted as its object is, and says how', async (t) => {
  const { root } = await startS3WithUsers(t);
  await root.send(new CreateBucketCommand(name));
  const key = Buffer.alloc(32, 7);
  const ofCustomer = {
    SSECustomerAlgorithm: 'AES256',
    SSECustomerKey: key.toString('base64'),
    SSECustomerKeyMD5: createHash('md5').update(key).digest('base64'),
  };
  type Asked = Partial<PutObjectCommand['input']>;
  const append = (WriteOffsetBytes: number, asked: Asked) =>
    root.send(new PutObjectCommand({ ...name, Body: 'secret', WriteOffsetBytes, ...asked }));
  assert.equal(await outcome(append(0, { ServerSideEncryption: 'aws:kms' })), 'NotImplemented');
  for (const Key of ['stated', 'once']) {
    await append(0, { Key, ServerSideEncryption: 'AES256' });
    const again: Asked = Key === 'stated' ? { ServerSideEncryption: 'AES256' } : {};
    assert.equal((await append(6, { Key, ...again })).ServerSideEncryption, 'AES256');
    const { Body, ServerSideEncryption } = await root.send(new GetObjectCommand({ ...name, Key }));
    assert.equal(await Body!.transformToString(), 'secretsecret');
    assert.equal(ServerSideEncryption, 'AES256');
    assert.equal(await outcome(append(12, { Key, ...ofCustomer })), 'InvalidRequest');
  }
  const theirs = { Key: 'theirs', ...ofCustomer };
  await append(0, theirs);
  assert.equal((await append(6, theirs)).SSECustomerKeyMD5, ofCustomer.SSECustomerKeyMD5);
  assert.equal(await outcome(append(12, { Key: 'theirs' })), 'InvalidRequest');
  const { Body } = await root.send(new GetObjectCommand({ ...name, ...theirs, Range: 'bytes=4-8' }));
  assert.equal(await Body!.transformToString(), 'etsec');
  await append(0, {});
  assert.equal(await outcome(append(6, { ServerSideEncryption: 'AES256' })), 'InvalidRequest');
});
