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
  assert.equal((await put([{ Key: 'team', Value: 'blue' }])).$metadata.httpStatusCode, 204);
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
