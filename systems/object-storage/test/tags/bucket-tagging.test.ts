// Tags of buckets, by Amazon's client.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateBucketCommand,
  DeleteBucketTaggingCommand,
  GetBucketTaggingCommand,
  PutBucketTaggingCommand,
} from '@aws-sdk/client-s3';
import { outcome } from '../access/outcomes.ts';
import { startS3WithUsers } from '../access/s3-with-users.ts';

const Bucket = 'tagged';
const numbered = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ Key: `k${index}`, Value: 'v' }));

test('a bucket has up to 50 tags, which are given back until they are deleted', async (t) => {
  const { root } = await startS3WithUsers(t);
  await root.send(new CreateBucketCommand({ Bucket }));
  const get = () => root.send(new GetBucketTaggingCommand({ Bucket }));
  const put = (TagSet: { Key: string; Value: string }[]) =>
    root.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }));
  assert.equal(await outcome(get()), 'NoSuchTagSet');
  assert.equal((await put([{ Key: 'team', Value: 'blue' }])).$metadata.httpStatusCode, 200);
  assert.deepEqual((await get()).TagSet, [{ Key: 'team', Value: 'blue' }]);
  assert.equal(await outcome(put(numbered(51))), 'BadRequest');
  assert.equal(await outcome(put([...numbered(1), ...numbered(1)])), 'InvalidTag');
  assert.deepEqual((await get()).TagSet, [{ Key: 'team', Value: 'blue' }], 'what is refused changes nothing');
  await put(numbered(50));
  assert.equal((await get()).TagSet?.length, 50);
  const deleted = await root.send(new DeleteBucketTaggingCommand({ Bucket }));
  assert.equal(deleted.$metadata.httpStatusCode, 204);
  assert.equal(await outcome(get()), 'NoSuchTagSet');
  await put(numbered(1));
  await put([]);
  assert.equal(await outcome(get()), 'NoSuchTagSet', 'no tags are no set');
});

test('tags of a bucket are for its owner, and for whom a policy lets in', async (t) => {
  const { root, user } = await startS3WithUsers(t);
  const anna = (await user('anna')).client;
  await root.send(new CreateBucketCommand({ Bucket }));
  const Tagging = { TagSet: numbered(1) };
  await root.send(new PutBucketTaggingCommand({ Bucket, Tagging }));
  assert.equal(await outcome(anna.send(new GetBucketTaggingCommand({ Bucket }))), 'AccessDenied');
  assert.equal(await outcome(anna.send(new PutBucketTaggingCommand({ Bucket, Tagging }))), 'AccessDenied');
  assert.equal(await outcome(anna.send(new DeleteBucketTaggingCommand({ Bucket }))), 'AccessDenied');
  const other = { Bucket: 'nothing-here' };
  assert.equal(await outcome(root.send(new GetBucketTaggingCommand(other))), 'NoSuchBucket');
});

test('a bucket is made with its tags', async (t) => {
  const { root, user } = await startS3WithUsers(t);
  const create = (bucket: string, Tags: { Key: string; Value: string }[], client = root) =>
    client.send(new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration: { Tags } }));
  const tagsOf = async (bucket: string) =>
    (await root.send(new GetBucketTaggingCommand({ Bucket: bucket }))).TagSet;
  await create('made', [{ Key: 'team', Value: 'blue' }]);
  assert.deepEqual(await tagsOf('made'), [{ Key: 'team', Value: 'blue' }]);
  assert.equal(await outcome(create('made', [{ Key: 'team', Value: 'blue' }])), 'done', 'as it is');
  assert.equal(await outcome(create('made', [{ Key: 'team', Value: 'red' }])), 'BucketAlreadyExists');
  assert.equal(await outcome(create('many', numbered(51))), 'BadRequest');
  assert.equal(await outcome(create('twice', [...numbered(1), ...numbered(1)])), 'InvalidTag');
  for (const bucket of ['many', 'twice']) assert.equal(await outcome(tagsOf(bucket)), 'NoSuchBucket');
  const anna = (await user('anna')).client;
  assert.equal(await outcome(create('of-anna', numbered(1), anna)), 'done', 'it is hers');
});

test('tags of a bucket that is made ask for s3:TagResource', async (t) => {
  const { identity, user } = await startS3WithUsers(t);
  const ben = await user('ben');
  const statement = (Effect: string, Action: string) => ({ Effect, Action, Resource: '*' });
  const Statement = [statement('Allow', 's3:CreateBucket'), statement('Deny', 's3:TagResource')];
  const document = JSON.stringify({ Version: '2012-10-17', Statement });
  await identity.putUserPolicy({ user: 'ben', name: 'no-tags', document });
  const create = (Tags: { Key: string; Value: string }[]) =>
    ben.client.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { Tags } }));
  assert.equal(await outcome(create(numbered(1))), 'AccessDenied');
  assert.equal(await outcome(create([])), 'done');
});

test('directory buckets are refused by name', async (t) => {
  const { root } = await startS3WithUsers(t);
  for (const CreateBucketConfiguration of [
    { Location: { Type: 'AvailabilityZone' as const, Name: 'use1-az4' } },
    { Bucket: { Type: 'Directory' as const, DataRedundancy: 'SingleAvailabilityZone' as const } },
  ]) {
    const created = root.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration }));
    assert.equal(await outcome(created), 'NotImplemented');
  }
});
