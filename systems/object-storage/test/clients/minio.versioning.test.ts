// Versions, by MinIO's client for JavaScript.

import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { Client } from 'minio';
import { credentials, startS3Endpoint } from './s3-endpoint.ts';

const bucket = 'versions';

test('MinIO: versions are listed, read, copied and removed by their ids', async (t) => {
  const { port } = await startS3Endpoint(t);
  const { accessKeyId: accessKey, secretAccessKey: secretKey } = credentials;
  const client = new Client({ endPoint: '127.0.0.1', port, useSSL: false, accessKey, secretKey });
  await client.makeBucket(bucket);
  await client.setBucketVersioning(bucket, { Status: 'Enabled' });
  assert.equal((await client.getBucketVersioning(bucket)).Status, 'Enabled');
  const ids: string[] = [];
  for (const body of ['one', 'two', 'three'])
    ids.push((await client.putObject(bucket, 'a/ü', body)).versionId!);
  const read = async (versionId?: string) =>
    text(await client.getObject(bucket, 'a/ü', versionId === undefined ? {} : { versionId }));
  assert.deepEqual([await read(), await read(ids[0])], ['three', 'one']);
  assert.equal((await client.statObject(bucket, 'a/ü', { versionId: ids[1]! })).versionId, ids[1]);

  await client.removeObject(bucket, 'a/ü');
  await assert.rejects(read(), { code: 'NoSuchKey' });
  const all: { versionId?: string; isDeleteMarker?: boolean }[] = [];
  for await (const item of client.listObjects(bucket, 'a/', true, { IncludeVersion: true })) all.push(item);
  assert.equal(all.filter(({ isDeleteMarker }) => isDeleteMarker).length, 1);
  assert.deepEqual(
    all.filter(({ isDeleteMarker }) => !isDeleteMarker).map(({ versionId }) => versionId),
    ids.toReversed(),
  );

  const marker = all.find(({ isDeleteMarker }) => isDeleteMarker)!.versionId!;
  await client.removeObject(bucket, 'a/ü', { versionId: marker });
  assert.equal(await read(), 'three');
  await client.removeObjects(
    bucket,
    ids.slice(1).map((versionId) => ({ name: 'a/ü', versionId })),
  );
  assert.equal(await read(), 'one');
  await assert.rejects(read(ids[1]), { code: 'NoSuchVersion' });
});
