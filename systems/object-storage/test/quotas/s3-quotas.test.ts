// Quotas as S3 clients meet them, and usage as metrics show it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { type ObjectStorage, objectBody, openObjectStorage } from '@cairn/object-storage';
import { createMetrics, silentLog } from '@cairn/telemetry';
import { temporaryDirectory } from '@cairn/testing';
import { credentials, region, startS3Endpoint } from '../clients/s3-endpoint.ts';

test("Amazon's client takes a quota for an answer: 403 QuotaExceeded, and does not try again", async (t) => {
  let storage: ObjectStorage | undefined;
  const wrap = (opened: ObjectStorage) => {
    storage = opened;
    return opened;
  };
  const { url } = await startS3Endpoint(t, { wrap });
  await storage!.createBucket({ bucket: 'small', owner: 'me' });
  await storage!.setQuota({ bucket: 'small', quota: { bytesMax: 4 } });
  const client = new S3Client({ endpoint: url, region, credentials, forcePathStyle: true, maxAttempts: 3 });
  t.after(async () => client.destroy());
  const put = (Body: string) => client.send(new PutObjectCommand({ Bucket: 'small', Key: 'k', Body }));
  await put('four');
  const error = await put('five5').then(
    () => assert.fail('it was stored'),
    (thrown) => thrown,
  );
  assert.equal(error.name, 'QuotaExceeded');
  assert.deepEqual([error.$metadata.httpStatusCode, error.$metadata.attempts], [403, 1]);
});

test('usage is measured for the metrics now and then', async (t) => {
  const metrics = createMetrics();
  const storage = await openObjectStorage({
    directory: await temporaryDirectory(t),
    telemetry: { log: silentLog, metrics },
    usage: { scanEveryMs: 1 },
  });
  t.after(() => storage.close());
  await storage.createBucket({ bucket: 'shown', owner: 'me' });
  const attributes = { headers: {}, userMetadata: {} };
  await storage.putObject({ bucket: 'shown', key: 'k', attributes, body: objectBody(Buffer.from('hello')) });
  const shows = (line: string) => metrics.expose().split('\n').includes(line);
  const until = async (line: string) => {
    while (!shows(line)) await new Promise((resolve) => setImmediate(resolve));
  };
  await until('cairn_object_storage_bucket_usage_bytes{bucket="shown"} 5');
  assert(shows('cairn_object_storage_bucket_usage_objects{bucket="shown"} 1'));
  assert.match(metrics.expose(), /^cairn_object_storage_usage_scan_seconds 1\d{9}/m);
  await storage.deleteObject({ bucket: 'shown', key: 'k' });
  await storage.deleteBucket({ bucket: 'shown' });
  await until('cairn_object_storage_bucket_usage_bytes{bucket="shown"} 0');
});
