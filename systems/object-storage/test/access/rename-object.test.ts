// RenameObject by Amazon's client, which has it for directory buckets; here every bucket has it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
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

const resource = `arn:aws:s3:::${Bucket}/*`;
const allow = (...Action: string[]) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: '*', Action, Resource: resource }],
  });

test('who may not delete versions takes none from its key by a rename', async (t) => {
  const { root, user } = await startS3WithUsers(t);
  const { client } = await user('bert');
  const rename = () =>
    outcome(client.send(new RenameObjectCommand({ Bucket, Key: 'new', RenameSource: 'old' })));
  const versioning = (Status: 'Enabled' | 'Suspended') =>
    root.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }));
  await root.send(new CreateBucketCommand({ Bucket }));
  await versioning('Enabled');
  const { VersionId } = await root.send(new PutObjectCommand({ Bucket, Key: 'old', Body: 'kept' }));
  const most = ['s3:PutObject', 's3:GetObject', 's3:DeleteObject'];
  await root.send(new PutBucketPolicyCommand({ Bucket, Policy: allow(...most) }));
  assert.equal(await rename(), 'AccessDenied');
  // Here the version would become the null version of its new key, and go with the next put.
  await versioning('Suspended');
  assert.equal(await rename(), 'AccessDenied');
  await root.send(new GetObjectCommand({ Bucket, Key: 'old', VersionId }));
  await root.send(new PutBucketPolicyCommand({ Bucket, Policy: allow(...most, 's3:DeleteObjectVersion') }));
  assert.equal(await rename(), 'done');
});

test('a policy that does not speak for an object does not let it be renamed', async (t) => {
  const { root, user } = await startS3WithUsers(t);
  const [anna, bert, carl] = [await user('anna'), await user('bert'), await user('carl')];
  await anna.client.send(new CreateBucketCommand({ Bucket }));
  const Policy = allow('s3:PutObject', 's3:GetObject', 's3:DeleteObject');
  await anna.client.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  for (const { client, Key } of [
    { ...anna, Key: 'of the owner' },
    { ...carl, Key: 'of carl' },
  ])
    await client.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
  const rename = (source: string) =>
    outcome(
      bert.client.send(
        new RenameObjectCommand({ Bucket, Key: 'mine', RenameSource: encodeURIComponent(source) }),
      ),
    );
  assert.equal(await rename('of carl'), 'AccessDenied');
  assert.equal(await rename('of the owner'), 'done');
  assert.equal(await outcome(root.send(new HeadObjectCommand({ Bucket, Key: 'of carl' }))), 'done');
});

test('a rename that is sent again with its client token succeeds, and changes nothing', async (t) => {
  const { root, user } = await startS3WithUsers(t);
  await root.send(new CreateBucketCommand({ Bucket }));
  const put = (Body: string) => root.send(new PutObjectCommand({ Bucket, Key: 'old', Body }));
  const rename = (more: Partial<RenameObjectCommand['input']> = {}, client = root) =>
    outcome(
      client.send(
        new RenameObjectCommand({ Bucket, Key: 'new', RenameSource: 'old', ClientToken: 'a~!', ...more }),
      ),
    );
  await put('first');
  assert.equal(await rename(), 'done');
  assert.equal(await rename(), 'done', 'though the source has gone');
  await put('second');
  assert.equal(await rename(), 'done');
  const { Body } = await root.send(new GetObjectCommand({ Bucket, Key: 'new' }));
  assert.equal(await Body!.transformToString(), 'first');
  assert.equal(await rename({ Key: 'other' }), 'IdempotencyParameterMismatch');
  assert.equal(await rename({ DestinationIfNoneMatch: '*' }), 'IdempotencyParameterMismatch');
  assert.equal(await rename({ SourceIfMatch: '"e"' }), 'IdempotencyParameterMismatch');
  assert.equal(await rename({ ClientToken: 'x'.repeat(65) }), 'InvalidArgument');
  assert.equal(await rename({ ClientToken: 'with blank' }), 'InvalidArgument');
  const { client } = await user('bert');
  const Policy = allow('s3:PutObject', 's3:GetObject', 's3:DeleteObject');
  await root.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  assert.equal(await rename({ Key: 'of bert' }, client), 'done', 'the token of somebody else is another');
});
