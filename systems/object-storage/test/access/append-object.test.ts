// Appending puts by Amazon's client, which has them for directory buckets; here every bucket without versioning has them.

import assert from 'node:assert/strict';
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
