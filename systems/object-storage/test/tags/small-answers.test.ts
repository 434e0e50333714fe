// Smaller parts of the surface, by Amazon's client: who pays, pages of buckets, several ranges.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateBucketCommand,
  GetBucketRequestPaymentCommand,
  GetObjectCommand,
  ListBucketsCommand,
  type Payer,
  PutBucketRequestPaymentCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { outcome } from '../access/outcomes.ts';
import { startS3WithUsers } from '../access/s3-with-users.ts';

test('the owner of a bucket pays, and nobody else can be made to', async (t) => {
  const { root } = await startS3WithUsers(t);
  const Bucket = 'paid';
  await root.send(new CreateBucketCommand({ Bucket }));
  const payer = async () => (await root.send(new GetBucketRequestPaymentCommand({ Bucket }))).Payer;
  const set = (Payer: Payer, bucket = Bucket) =>
    root.send(new PutBucketRequestPaymentCommand({ Bucket: bucket, RequestPaymentConfiguration: { Payer } }));
  assert.equal(await payer(), 'BucketOwner');
  assert.equal(await outcome(set('BucketOwner')), 'done');
  await assert.rejects(set('Requester'), { name: 'NotImplemented', message: /not billed/ });
  assert.equal(await outcome(set('Nobody' as Payer)), 'MalformedXML');
  assert.equal(await outcome(set('BucketOwner', 'nowhere')), 'NoSuchBucket');
  assert.equal(await payer(), 'BucketOwner');
});

test('buckets are listed by prefix and in pages', async (t) => {
  const { root } = await startS3WithUsers(t);
  const names = ['a-1', 'b-1', 'b-2', 'b-3', 'c-1'].map((name) => `bucket-${name}`);
  for (const Bucket of names) await root.send(new CreateBucketCommand({ Bucket }));
  const list = async (input: ConstructorParameters<typeof ListBucketsCommand>[0]) => {
    const { Buckets = [], ContinuationToken, Prefix } = await root.send(new ListBucketsCommand(input!));
    return { names: Buckets.map(({ Name }) => Name), ContinuationToken, Prefix };
  };
  assert.deepEqual((await list({})).names, names);
  const first = await list({ Prefix: 'bucket-b', MaxBuckets: 2 });
  assert.deepEqual([first.names, first.Prefix], [['bucket-b-1', 'bucket-b-2'], 'bucket-b']);
  const { ContinuationToken } = first;
  const second = await list({ Prefix: 'bucket-b', MaxBuckets: 2, ContinuationToken });
  assert.deepEqual([second.names, second.ContinuationToken], [['bucket-b-3'], undefined]);
  assert.deepEqual((await list({ Prefix: 'nothing' })).names, []);
  for (const input of [{ MaxBuckets: 0 }, { MaxBuckets: 10_001 }, { ContinuationToken: 'x' }]) {
    assert.equal(await outcome(list(input)), 'InvalidArgument', JSON.stringify(input));
  }
});

test('several ranges are answered with the whole object', async (t) => {
  const { root } = await startS3WithUsers(t);
  const object = { Bucket: 'ranged', Key: 'k' };
  await root.send(new CreateBucketCommand(object));
  await root.send(new PutObjectCommand({ ...object, Body: '0123456789' }));
  const got = await root.send(new GetObjectCommand({ ...object, Range: 'bytes=0-1,4-5' }));
  assert.deepEqual([got.$metadata.httpStatusCode, got.ContentRange], [200, undefined]);
  assert.equal(await got.Body!.transformToString(), '0123456789');
});
