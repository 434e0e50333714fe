// Found by the public conformance suite: each of these once went wrong.

import assert from 'node:assert/strict';
import test, { after } from 'node:test';
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { RawClient } from '@cairn/testing';
import { credentials, region, startS3Endpoint } from './clients/s3-endpoint.ts';
import { signedHead } from './clients/signed-head.ts';

const endpoint = await startS3Endpoint({ after });
const client = new S3Client({ endpoint: endpoint.url, region, credentials, forcePathStyle: true });
after(() => client.destroy());
const Bucket = 'conformance';
await client.send(new CreateBucketCommand({ Bucket }));
await client.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'hello' }));

test('a completed upload does not name the version null, as a put does not', async () => {
  const suspended = { Bucket: 'suspended', Key: 'k' };
  await client.send(new CreateBucketCommand({ Bucket: suspended.Bucket }));
  for (const Status of ['Suspended', 'Enabled'] as const) {
    const VersioningConfiguration = { Status };
    await client.send(new PutBucketVersioningCommand({ Bucket: suspended.Bucket, VersioningConfiguration }));
    const put = await client.send(new PutObjectCommand({ ...suspended, Body: 'x' }));
    const { UploadId } = await client.send(new CreateMultipartUploadCommand(suspended));
    const part = { ...suspended, UploadId, PartNumber: 1 };
    const { ETag } = await client.send(new UploadPartCommand({ ...part, Body: 'x' }));
    const MultipartUpload = { Parts: [{ ETag, PartNumber: 1 }] };
    const upload = { ...suspended, UploadId, MultipartUpload };
    const completed = await client.send(new CompleteMultipartUploadCommand(upload));
    const named = [put.VersionId, completed.VersionId].map((id) => id !== undefined);
    assert.deepEqual(named, Array(2).fill(Status === 'Enabled'), Status);
  }
});

test('an empty continuation token is the first page', async () => {
  const page = await client.send(new ListObjectsV2Command({ Bucket, ContinuationToken: '' }));
  assert.equal(page.ContinuationToken, '');
  assert.deepEqual(
    page.Contents?.map(({ Key }) => Key),
    ['a'],
  );
  const later = new ListObjectsV2Command({ Bucket, ContinuationToken: '', StartAfter: 'a' });
  assert.equal((await client.send(later)).KeyCount, 0);
  const buckets = await client.send(new ListBucketsCommand({ ContinuationToken: '', MaxBuckets: 1 }));
  assert.equal(buckets.Buckets?.length, 1);
});

test('a put with an Expect that is empty or not known is one without', async () => {
  const raw = await RawClient.connect(endpoint.port);
  for (const expect of ['', '200']) {
    const headers = { 'content-length': '5', expect };
    raw.send(`${signedHead({ method: 'PUT', target: `/${Bucket}/expect`, headers }).text}hello`);
    assert.equal((await raw.response()).status, 200);
  }
  raw.close();
});

test("a part in HTTP's chunks is taken without a length", async () => {
  const name = { Bucket, Key: 'parts' };
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(name));
  const raw = await RawClient.connect(endpoint.port);
  const target = `/${Bucket}/parts?partNumber=1&uploadId=${UploadId}`;
  const headers = { 'transfer-encoding': 'chunked' };
  raw.send(`${signedHead({ method: 'PUT', target, headers }).text}5\r\nhello\r\n0\r\n\r\n`);
  const { status, headers: answered } = await raw.response();
  assert.equal(status, 200);
  const MultipartUpload = { Parts: [{ ETag: answered.etag, PartNumber: 1 }] };
  await client.send(new CompleteMultipartUploadCommand({ ...name, UploadId, MultipartUpload }));
  raw.close();
});
