// Reading by part number, and copies with another checksum, as Amazon's client does.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { credentials, region, startS3Endpoint } from './s3-endpoint.ts';

const endpoint = await startS3Endpoint({ after });
const client = new S3Client({ endpoint: endpoint.url, region, credentials, forcePathStyle: true });
after(() => client.destroy());
const Bucket = 'parts';
const MiB = 1024 * 1024;
await client.send(new CreateBucketCommand({ Bucket }));

async function statusOf(call: Promise<unknown>): Promise<number | undefined> {
  const error = await call.then(
    () => undefined,
    (reason: { $metadata?: { httpStatusCode?: number } }) => reason,
  );
  return error?.$metadata?.httpStatusCode;
}

test('each part of an object is read by the number that it was uploaded under', async () => {
  const name = { Bucket, Key: 'k' };
  const { UploadId } = await client.send(
    new CreateMultipartUploadCommand({ ...name, ChecksumAlgorithm: 'CRC32' }),
  );
  const Parts = [];
  for (const [PartNumber, Body] of [
    [2, Buffer.alloc(5 * MiB, 'a')],
    [7, Buffer.from('last')],
  ] as const) {
    const part = await client.send(
      new UploadPartCommand({ ...name, UploadId, PartNumber, Body, ChecksumAlgorithm: 'CRC32' }),
    );
    Parts.push({ PartNumber, ETag: part.ETag, ChecksumCRC32: part.ChecksumCRC32 });
  }
  await client.send(new CompleteMultipartUploadCommand({ ...name, UploadId, MultipartUpload: { Parts } }));
  const got = await client.send(new GetObjectCommand({ ...name, PartNumber: 7, ChecksumMode: 'ENABLED' }));
  assert.equal(await got.Body!.transformToString(), 'last');
  assert.deepEqual(
    [got.$metadata.httpStatusCode, got.PartsCount, got.ContentRange, got.ChecksumCRC32],
    [206, 2, `bytes ${5 * MiB}-${5 * MiB + 3}/${5 * MiB + 4}`, Parts[1]!.ChecksumCRC32],
  );
  assert.equal(got.ChecksumType, 'COMPOSITE', "it is the object's, not that of the part's value");
  const head = await client.send(new HeadObjectCommand({ ...name, PartNumber: 2 }));
  assert.deepEqual([head.PartsCount, head.ContentLength], [2, 5 * MiB]);
  const whole = await client.send(new HeadObjectCommand(name));
  assert.deepEqual([whole.PartsCount, whole.ContentLength], [undefined, 5 * MiB + 4]);
  assert.equal(await statusOf(client.send(new HeadObjectCommand({ ...name, PartNumber: 1 }))), 416);
  const both = new GetObjectCommand({ ...name, PartNumber: 2, Range: 'bytes=0-1' });
  assert.equal(await statusOf(client.send(both)), 400);
});

test('an object that was put is one part', async () => {
  for (const Body of ['hello', '']) {
    await client.send(new PutObjectCommand({ Bucket, Key: 'single', Body }));
    const got = await client.send(new GetObjectCommand({ Bucket, Key: 'single', PartNumber: 1 }));
    assert.deepEqual([await got.Body!.transformToString(), got.PartsCount], [Body, undefined]);
  }
  const second = new GetObjectCommand({ Bucket, Key: 'single', PartNumber: 2 });
  assert.equal(await statusOf(client.send(second)), 416);
});

test('a copy may have another checksum than its source', async () => {
  await client.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'hello', ChecksumAlgorithm: 'CRC32' }));
  const CopySource = `${Bucket}/a`;
  const same = await client.send(new CopyObjectCommand({ Bucket, Key: 'b', CopySource }));
  assert.equal(same.CopyObjectResult?.ChecksumCRC32, 'NhCmhg==');
  const other = await client.send(
    new CopyObjectCommand({ Bucket, Key: 'b', CopySource, ChecksumAlgorithm: 'SHA256' }),
  );
  assert.equal(other.CopyObjectResult?.ChecksumSHA256, 'LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=');
});
