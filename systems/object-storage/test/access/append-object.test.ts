// Appending puts by Amazon's client, which has them for directory buckets; here every bucket without versioning has them.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { outcome } from './outcomes.ts';
import { startS3WithUsers } from './s3-with-users.ts';

const name = { Bucket: 'logs', Key: 'log' };

test('a put with an offset appends, and says how large the object is', async (t) => {
  const { root, url } = await startS3WithUsers(t);
  await root.send(new CreateBucketCommand(name));
  const append = (WriteOffsetBytes: number, Body: string) =>
    root.send(new PutObjectCommand({ ...name, Body, WriteOffsetBytes, ContentType: 'text/plain' }));
  assert.equal((await append(0, 'hello')).Size, 5);
  const { Size, ETag } = await append(5, ', world');
  assert.equal(Size, 12);
  const got = await root.send(new GetObjectCommand({ ...name, ChecksumMode: 'ENABLED' }));
  assert.equal(await got.Body!.transformToString(), 'hello, world');
  assert.deepEqual([got.ETag, got.ContentType], [ETag, 'text/plain']);
  const { Body } = await root.send(new GetObjectCommand({ ...name, Range: 'bytes=3-8' }));
  assert.equal(await Body!.transformToString(), 'lo, wo');
  assert.equal(await outcome(append(5, 'x')), 'InvalidWriteOffset');
  assert.equal(await outcome(append(-1, 'x')), 'InvalidArgument');
  const versioning = { ...name, VersioningConfiguration: { Status: 'Enabled' } } as const;
  await root.send(new PutBucketVersioningCommand(versioning));
  assert.equal(await outcome(append(12, 'x')), 'InvalidBucketState');
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
