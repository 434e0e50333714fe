// Who owns what, and how owners, users with policies, and strangers get on.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetBucketAclCommand,
  GetObjectAclCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { anonymous, outcome } from './outcomes.ts';
import { account, startS3WithUsers } from './s3-with-users.ts';

const Key = 'a.txt';

test('a user without policies owns the buckets that he makes, and nobody else gets in', async (t) => {
  const { url, root, user } = await startS3WithUsers(t);
  const anna = (await user('anna')).client;
  const bert = (await user('bert')).client;
  await anna.send(new CreateBucketCommand({ Bucket: 'annas' }));
  await bert.send(new CreateBucketCommand({ Bucket: 'berts' }));
  await anna.send(new PutObjectCommand({ Bucket: 'annas', Key, Body: 'mine' }));
  assert.equal(await outcome(anna.send(new GetObjectCommand({ Bucket: 'annas', Key }))), 'done');
  for (const request of [
    new GetObjectCommand({ Bucket: 'annas', Key }),
    new PutObjectCommand({ Bucket: 'annas', Key, Body: 'his' }),
    new DeleteObjectCommand({ Bucket: 'annas', Key }),
    new ListObjectsV2Command({ Bucket: 'annas' }),
    new GetBucketAclCommand({ Bucket: 'annas' }),
    new GetObjectAclCommand({ Bucket: 'annas', Key }),
    new DeleteBucketCommand({ Bucket: 'annas' }),
  ]) {
    const asked = bert.send(request as GetObjectCommand);
    assert.equal(await outcome(asked), 'AccessDenied', request.constructor.name);
  }
  assert.equal(await outcome(bert.send(new CreateBucketCommand({ Bucket: 'annas' }))), 'BucketAlreadyExists');
  assert.equal(await anonymous(`${url}/annas/${Key}`), '403 AccessDenied');
  assert.equal(await anonymous(`${url}/nowhere/${Key}`), '404 NoSuchBucket');
  const seen = async (client: typeof anna) => {
    const { Buckets = [], Owner } = await client.send(new ListBucketsCommand({}));
    return [Owner?.ID, Owner?.DisplayName, ...Buckets.map(({ Name }) => Name)];
  };
  assert.deepEqual(await seen(anna), ['anna', 'anna', 'annas']);
  assert.deepEqual(await seen(root), [account, 'root', 'annas', 'berts']);
});

test('a user with policies does what they say in every bucket, and for the account', async (t) => {
  const { root, user } = await startS3WithUsers(t);
  const backup = (await user('backup', 'AmazonS3FullAccess')).client;
  const reader = (await user('reader', 'AmazonS3ReadOnlyAccess')).client;
  await root.send(new CreateBucketCommand({ Bucket: 'shared' }));
  await backup.send(new PutObjectCommand({ Bucket: 'shared', Key, Body: 'x' }));
  const { Owner } = await root.send(new GetObjectAclCommand({ Bucket: 'shared', Key }));
  assert.equal(Owner?.ID, account, 'who writes by a policy of the account writes for it');
  assert.equal(await outcome(reader.send(new GetObjectCommand({ Bucket: 'shared', Key }))), 'done');
  assert.equal(
    await outcome(reader.send(new PutObjectCommand({ Bucket: 'shared', Key, Body: '' }))),
    'AccessDenied',
  );
  assert.equal(
    await outcome(reader.send(new CreateBucketCommand({ Bucket: 'readers' }))),
    'AccessDenied',
    'he is managed by policies',
  );
  const { Buckets = [] } = await reader.send(new ListBucketsCommand({}));
  assert.deepEqual(
    Buckets.map(({ Name }) => Name),
    ['shared'],
  );
});

test('an owner is denied what a policy of identity denies him', async (t) => {
  const { identity, user } = await startS3WithUsers(t);
  const { client } = await user('anna');
  await client.send(new CreateBucketCommand({ Bucket: 'annas' }));
  const Statement = { Effect: 'Deny', Action: 's3:ListBucket', Resource: '*' };
  const document = JSON.stringify({ Version: '2012-10-17', Statement });
  await identity.putUserPolicy({ user: 'anna', name: 'no-lists', document });
  assert.equal(await outcome(client.send(new ListObjectsV2Command({ Bucket: 'annas' }))), 'AccessDenied');
  assert.equal(await outcome(client.send(new PutObjectCommand({ Bucket: 'annas', Key, Body: '' }))), 'done');
});

test('a key that was switched off lets nobody in, not even the owner or by a policy for everyone', async (t) => {
  const { identity, root, user } = await startS3WithUsers(t);
  const { client, accessKeyId } = await user('anna');
  await client.send(new CreateBucketCommand({ Bucket: 'annas' }));
  const Statement = {
    Effect: 'Allow',
    Principal: '*',
    Action: 's3:ListBucket',
    Resource: 'arn:aws:s3:::annas',
  };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
  await root.send(new PutBucketPolicyCommand({ Bucket: 'annas', Policy }));
  await identity.setAccessKeyActive({ user: 'anna', accessKeyId, active: false });
  const listed = client.send(new ListObjectsV2Command({ Bucket: 'annas' }));
  assert.equal(await outcome(listed), 'InvalidAccessKeyId');
});

test('where the account owns everything, only policies let users in', async (t) => {
  const { root, user } = await startS3WithUsers(t, { owners: 'account' });
  const anna = (await user('anna')).client;
  const backup = (await user('backup', 'AmazonS3FullAccess')).client;
  assert.equal(await outcome(anna.send(new CreateBucketCommand({ Bucket: 'annas' }))), 'AccessDenied');
  assert.equal(await outcome(anna.send(new ListBucketsCommand({}))), 'AccessDenied');
  await backup.send(new CreateBucketCommand({ Bucket: 'backups' }));
  const { Owner } = await root.send(new GetBucketAclCommand({ Bucket: 'backups' }));
  assert.equal(Owner?.ID, account);
  assert.equal(
    await outcome(anna.send(new PutObjectCommand({ Bucket: 'backups', Key, Body: '' }))),
    'AccessDenied',
  );
});

test('a bucket that is made anew under an old name has none of its settings', async (t) => {
  const { url, root } = await startS3WithUsers(t);
  const Bucket = 'again';
  await root.send(new CreateBucketCommand({ Bucket, ACL: 'public-read' }));
  assert.equal(await anonymous(`${url}/${Bucket}`), '200');
  await root.send(new DeleteBucketCommand({ Bucket }));
  assert.equal(await anonymous(`${url}/${Bucket}`), '404 NoSuchBucket');
  await root.send(new CreateBucketCommand({ Bucket }));
  assert.equal(await outcome(root.send(new HeadBucketCommand({ Bucket }))), 'done');
  assert.equal(await anonymous(`${url}/${Bucket}`), '403 AccessDenied');
});

test('a bucket of another owner than the client expects is refused', async (t) => {
  const { user } = await startS3WithUsers(t);
  const { client } = await user('anna');
  await client.send(new CreateBucketCommand({ Bucket: 'annas' }));
  const expecting = (ExpectedBucketOwner: string) =>
    outcome(client.send(new ListObjectsV2Command({ Bucket: 'annas', ExpectedBucketOwner })));
  assert.equal(await expecting('anna'), 'done');
  assert.equal(await expecting(account), 'done');
  assert.equal(await expecting('bert'), 'AccessDenied');
});
