// Amazon's client for JavaScript in other places than it expects: buckets by host, another region, another time.

import assert from 'node:assert/strict';
import { Agent } from 'node:http';
import type { LookupFunction } from 'node:net';
import { type TestContext, test } from 'node:test';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { RawClient } from '@cairn/testing';
import { credentials, region, type S3Endpoint, startS3Endpoint } from './s3-endpoint.ts';
import { signedHead } from './signed-head.ts';

const Bucket = 'photos';
const Key = 'ü/a b+.txt';
const domain = 's3.example.test';

function clientOf(t: TestContext, options: S3ClientConfig): S3Client {
  const client = new S3Client({ region, credentials, ...options });
  t.after(() => client.destroy());
  return client;
}

/** Every name is this machine's. */
const loopback: LookupFunction = (_name, options, found) =>
  options.all ? found(null, [{ address: '127.0.0.1', family: 4 }]) : found(null, '127.0.0.1', 4);

for (const host of ['localhost', domain]) {
  test(`the SDK names buckets by host under ${host}, also in what it presigns`, async (t) => {
    const endpoint = await startS3Endpoint(t, { domains: [domain] });
    const url = `http://${host}:${endpoint.port}`;
    const httpAgent = new Agent({ lookup: loopback });
    const client = clientOf(t, { endpoint: url, requestHandler: { httpAgent } });
    await client.send(new CreateBucketCommand({ Bucket }));
    await client.send(new PutObjectCommand({ Bucket, Key, Body: 'hello' }));
    const got = await client.send(new GetObjectCommand({ Bucket, Key }));
    assert.equal(await got.Body!.transformToString(), 'hello');
    const { Contents } = await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'ü/' }));
    assert.deepEqual(
      Contents?.map((item) => item.Key),
      [Key],
    );

    const presigned = new URL(await getSignedUrl(client, new GetObjectCommand({ Bucket, Key })));
    assert.equal(presigned.host, `${Bucket}.${host}:${endpoint.port}`);
    assert.equal(await presignedText(endpoint, presigned), 'hello');
    await client.send(new DeleteObjectCommand({ Bucket, Key }));
  });
}

test('a host that is no domain of ours is no bucket', async (t) => {
  const endpoint = await startS3Endpoint(t, { domains: [domain] });
  const client = await RawClient.connect(endpoint.port);
  t.after(() => client.close());
  client.send(
    signedHead({ method: 'GET', target: '/photos', headers: { host: 'photos.example.test' } }).text,
  );
  assert.match((await client.response()).body.toString(), /<Code>NoSuchBucket<.*<BucketName>photos</s);
});

test('the SDK in another region is told which is right, and goes there when it may', async (t) => {
  const endpoint = await startS3Endpoint(t);
  const options = { endpoint: endpoint.url, forcePathStyle: true };
  await clientOf(t, options).send(new CreateBucketCommand({ Bucket }));
  const elsewhere = clientOf(t, { ...options, region: 'eu-west-1' });
  await assert.rejects(
    elsewhere.send(new PutObjectCommand({ Bucket, Key, Body: 'x' })),
    (error) => error instanceof S3ServiceException && error.name === 'AuthorizationHeaderMalformed',
  );
  await assert.rejects(
    elsewhere.send(new HeadBucketCommand({ Bucket })),
    (error) =>
      error instanceof S3ServiceException && error.$response?.headers['x-amz-bucket-region'] === region,
  );
  const following = clientOf(t, { ...options, region: 'eu-west-1', followRegionRedirects: true });
  assert.equal((await following.send(new HeadBucketCommand({ Bucket }))).BucketRegion, region);
});

const minuteMs = 60_000;

for (const minutes of [-14, 14]) {
  test(`clocks that are ${minutes} minutes apart are near enough`, async (t) => {
    const endpoint = await startS3Endpoint(t, { nowMs: Date.now() + minutes * minuteMs });
    const client = clientOf(t, { endpoint: endpoint.url, forcePathStyle: true, maxAttempts: 1 });
    await client.send(new CreateBucketCommand({ Bucket }));
  });
}

for (const minutes of [-1_000, -16, 16, 1_000]) {
  test(`clocks that are ${minutes} minutes apart are refused, and the SDK sets its own by the answer`, async (t) => {
    const endpoint = await startS3Endpoint(t, { nowMs: Date.now() + minutes * minuteMs });
    const options = { endpoint: endpoint.url, forcePathStyle: true };
    await assert.rejects(
      clientOf(t, { ...options, maxAttempts: 1 }).send(new CreateBucketCommand({ Bucket })),
      (error) => error instanceof S3ServiceException && error.name === 'RequestTimeTooSkewed',
    );
    await clientOf(t, { ...options, maxAttempts: 2 }).send(new CreateBucketCommand({ Bucket }));
  });
}

/** What a presigned URL gives, fetched from the endpoint whatever its host is called. */
async function presignedText(endpoint: S3Endpoint, url: URL): Promise<string> {
  const client = await RawClient.connect(endpoint.port);
  try {
    client.send(`GET ${url.pathname}${url.search} HTTP/1.1\r\nhost: ${url.host}\r\n\r\n`);
    return (await client.response()).body.toString();
  } finally {
    client.close();
  }
}
