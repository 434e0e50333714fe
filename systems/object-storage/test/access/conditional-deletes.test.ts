// Deletions and copies under conditions, by Amazon's client.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  HeadObjectCommand,
  type ObjectIdentifier,
  PutBucketPolicyCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { outcome } from './outcomes.ts';
import { startS3WithUsers } from './s3-with-users.ts';

const Bucket = 'drafts';
const Key = 'a';

async function bucketWithObject(t: Parameters<typeof startS3WithUsers>[0]) {
  const { root } = await startS3WithUsers(t);
  await root.send(new CreateBucketCommand({ Bucket }));
  const put = () => root.send(new PutObjectCommand({ Bucket, Key, Body: 'hello' }));
  const { ETag } = await put();
  const { LastModified } = await root.send(new HeadObjectCommand({ Bucket, Key }));
  return { root, put, ETag: ETag!, LastModified: LastModified! };
}

test('an object is deleted if it is still what the client knows', async (t) => {
  const { root, put, ETag, LastModified } = await bucketWithObject(t);
  const remove = (condition: Partial<DeleteObjectCommand['input']>) =>
    outcome(root.send(new DeleteObjectCommand({ Bucket, Key, ...condition })));
  assert.equal(await remove({ IfMatch: '"other"' }), 'PreconditionFailed');
  assert.equal(await remove({ IfMatchSize: 4 }), 'PreconditionFailed');
  assert.equal(await remove({ IfMatchLastModifiedTime: new Date(0) }), 'PreconditionFailed');
  const all = { IfMatch: ETag, IfMatchSize: 5, IfMatchLastModifiedTime: LastModified };
  assert.equal(await remove(all), 'done');
  assert.equal(await remove({ IfMatch: ETag }), 'NoSuchKey');
  assert.equal(await remove({ IfMatchSize: 5 }), 'done');
  await put();
  assert.equal(await remove({ IfMatch: '*' }), 'done');
});

test('each of many deletions is held against its own condition', async (t) => {
  const { root, ETag, LastModified } = await bucketWithObject(t);
  const remove = async (...objects: Omit<ObjectIdentifier, 'Key'>[]) => {
    const Objects = objects.map((each) => ({ Key, ...each }));
    const { Errors, Deleted } = await root.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    return [Errors?.map(({ Code }) => Code) ?? [], Deleted?.length ?? 0];
  };
  const failed = ['PreconditionFailed', 'PreconditionFailed', 'PreconditionFailed'];
  const wrong = [{ ETag: 'other' }, { Size: 4 }, { LastModifiedTime: new Date(0) }];
  assert.deepEqual(await remove(...wrong), [failed, 0]);
  assert.deepEqual(await remove({ ETag, Size: 5, LastModifiedTime: LastModified }), [[], 1]);
  assert.deepEqual(await remove({ ETag }, {}), [['NoSuchKey'], 1]);
});

test('who may not read an object may not ask for its entity tag by deleting it', async (t) => {
  const { root, ETag } = await bucketWithObject(t);
  const statement = { Effect: 'Deny', Principal: '*', Resource: `arn:aws:s3:::${Bucket}/*` };
  const policy = (Action: string, Condition = {}) =>
    JSON.stringify({ Version: '2012-10-17', Statement: [{ ...statement, Action, Condition }] });
  await root.send(new PutBucketPolicyCommand({ Bucket, Policy: policy('s3:GetObject') }));
  const remove = (IfMatch?: string) => outcome(root.send(new DeleteObjectCommand({ Bucket, Key, IfMatch })));
  assert.equal(await remove(ETag), 'AccessDenied');
  const unconditional = policy('s3:DeleteObject', { Null: { 's3:if-match': 'true' } });
  await root.send(new PutBucketPolicyCommand({ Bucket, Policy: unconditional }));
  assert.equal(await remove(), 'AccessDenied', 'a bucket may want conditions');
  const { Errors } = await root.send(
    new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key }, { Key, ETag: 'other' }] } }),
  );
  assert.deepEqual(
    Errors?.map(({ Code }) => Code),
    ['AccessDenied', 'PreconditionFailed'],
  );
  assert.equal(await remove(ETag), 'done');
});

test('a copy replaces what is there only if it is what the client knows', async (t) => {
  const { root, ETag } = await bucketWithObject(t);
  const copy = (condition: Partial<CopyObjectCommand['input']>) =>
    outcome(
      root.send(new CopyObjectCommand({ Bucket, Key: 'b', CopySource: `${Bucket}/${Key}`, ...condition })),
    );
  assert.equal(await copy({ IfMatch: ETag }), 'NoSuchKey');
  assert.equal(await copy({ IfNoneMatch: '*' }), 'done');
  assert.equal(await copy({ IfNoneMatch: '*' }), 'PreconditionFailed');
  assert.equal(await copy({ IfMatch: '"other"' }), 'PreconditionFailed');
  assert.equal(await copy({ IfMatch: ETag }), 'done');
});

test('whom a policy lets delete under a condition needs one for each of many, and a header is none', async (t) => {
  const { root, user } = await startS3WithUsers(t);
  await root.send(new CreateBucketCommand({ Bucket }));
  const { ETag } = await root.send(new PutObjectCommand({ Bucket, Key, Body: 'hello' }));
  const Statement = [
    {
      ...{ Effect: 'Allow', Principal: '*', Action: ['s3:DeleteObject', 's3:GetObject'] },
      Resource: `arn:aws:s3:::${Bucket}/*`,
      Condition: { Null: { 's3:if-match': 'false' } },
    },
    { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${Bucket}/*` },
  ];
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
  await root.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  const { client } = await user('bert');
  const remove = async (condition: Omit<ObjectIdentifier, 'Key'>) => {
    const command = new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key, ...condition }] } });
    command.middlewareStack.add(
      (next) => (step) => {
        (step.request as { headers: Record<string, string> }).headers['if-match'] = '*';
        return next(step);
      },
      { step: 'build' },
    );
    const { Errors, Deleted } = await client.send(command);
    return Errors?.[0]?.Code ?? `${Deleted?.length} deleted`;
  };
  assert.equal(await remove({}), 'AccessDenied');
  assert.equal(await remove({ ETag }), '1 deleted');
});
