// RenameObject by Amazon's client, which has it for directory buckets; here every bucket has it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  RenameObjectCommand,
} from '@aws-sdk/client-s3';
import { outcome } from './outcomes.ts';
import { startS3WithUsers } from './s3-with-users.ts';

const Bucket = 'drafts';

test('an object gets another name, under the conditions of source and target', async (t) => {
  const { root } = await startS3WithUsers(t);
  await root.send(new CreateBucketCommand({ Bucket }));
  const put = (Key: string) =>
    root.send(new PutObjectCommand({ Bucket, Key, Body: Key, Metadata: { of: 'a' } }));
  const { ETag } = await put('a ü/1+2');
  const RenameSource = encodeURIComponent('a ü/1+2');
  const rename = (Key: string, more: Partial<RenameObjectCommand['input']> = {}) =>
    outcome(root.send(new RenameObjectCommand({ Bucket, Key, RenameSource, ...more })));
  await put('taken');
  const { LastModified } = await root.send(new HeadObjectCommand({ Bucket, Key: 'taken' }));
  const hour = 3_600_000;
  const [before, after] = [-hour, hour].map((ms) => new Date(LastModified!.getTime() + ms));
  for (const condition of [
    { DestinationIfNoneMatch: '*' },
    { DestinationIfMatch: ETag },
    { DestinationIfModifiedSince: after },
    { DestinationIfUnmodifiedSince: before },
    { SourceIfMatch: '"other"' },
    { SourceIfNoneMatch: ETag },
    { SourceIfModifiedSince: after },
    { SourceIfUnmodifiedSince: before },
  ]) {
    assert.equal(await rename('taken', condition), 'PreconditionFailed', JSON.stringify(condition));
  }
  assert.equal(await rename('a ü/1+2'), 'InvalidRequest');
  assert.equal(await rename('taken', { RenameSource: '%zz' }), 'InvalidArgument');
  assert.equal(await rename('taken', { RenameSource: 'nothing' }), 'NoSuchKey');
  const allHold = { SourceIfMatch: ETag, DestinationIfModifiedSince: before };
  assert.equal(await rename('taken', { ...allHold, RenameSource: `/${RenameSource}` }), 'done');
  const { Body, Metadata } = await root.send(new GetObjectCommand({ Bucket, Key: 'taken' }));
  assert.deepEqual([await Body!.transformToString(), Metadata], ['a ü/1+2', { of: 'a' }]);
  assert.equal(await rename('other'), 'NoSuchKey', 'it has another name now');
});

test('a rename needs the right to put the one name, and to get and delete the other', async (t) => {
  const { root } = await startS3WithUsers(t);
  await root.send(new CreateBucketCommand({ Bucket }));
  await root.send(new PutObjectCommand({ Bucket, Key: 'old', Body: 'x' }));
  const rename = () =>
    outcome(root.send(new RenameObjectCommand({ Bucket, Key: 'new', RenameSource: 'old' })));
  for (const [Action, key] of [
    ['s3:PutObject', 'new'],
    ['s3:GetObject', 'old'],
    ['s3:DeleteObject', 'old'],
  ] as const) {
    const Resource = `arn:aws:s3:::${Bucket}/${key}`;
    const statement = { Effect: 'Deny', Principal: '*', Action, Resource };
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
    await root.send(new PutBucketPolicyCommand({ Bucket, Policy }));
    assert.equal(await rename(), 'AccessDenied', Action);
  }
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Deny', Principal: '*', Action: 's3:PutObject', Resource: `arn:aws:s3:::${Bucket}/old` },
    ],
  });
  await root.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  assert.equal(await rename(), 'done');
});
