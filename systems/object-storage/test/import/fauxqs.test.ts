// A source that we did not write: fauxqs, an emulator of S3 in memory. It has no versions, lists in the order of a language,
// and answers a listing to whoever asks for a setting that it does not have.

import assert from 'node:assert/strict';
import test from 'node:test';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { openObjectStorage } from '@cairn/object-storage';
import { cleanUpAfter, temporaryDirectory } from '@cairn/testing';
import { startFauxqs } from 'fauxqs';
import { credentials, region } from '../clients/s3-endpoint.ts';
import { openImports, requestOf, settled } from './two-servers.ts';

const Bucket = 'photos';

test('objects come from a server that lists in another order, and are followed', async (t) => {
  const server = await startFauxqs({ port: 0, logger: false });
  cleanUpAfter(t, () => server.stop());
  server.createBucket(Bucket);
  const endpoint = `http://127.0.0.1:${server.port}`;
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  cleanUpAfter(t, async () => client.destroy());
  const keys = ['A', 'B', 'a', 'b', 'b-d', 'b/c', 'e+f', 'z z', 'ü'];
  for (const Key of keys)
    await client.send(
      new PutObjectCommand({ Bucket, Key, Body: `of ${Key}`, Metadata: { of: Key.slice(0, 1) } }),
    );
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'parts' }));
  const Parts = [];
  for (const PartNumber of [1, 2]) {
    const Body = Buffer.alloc(5 << 20, PartNumber);
    const { ETag } = await client.send(
      new UploadPartCommand({ Bucket, Key: 'parts', UploadId, PartNumber, Body }),
    );
    Parts.push({ PartNumber, ETag });
  }
  const MultipartUpload = { Parts };
  const made = await client.send(
    new CompleteMultipartUploadCommand({ Bucket, Key: 'parts', UploadId, MultipartUpload }),
  );
  const directory = await temporaryDirectory(t);
  const storage = await openObjectStorage({ directory, writers: 1 });
  cleanUpAfter(t, () => storage.close());
  const imports = await openImports(t, { storage, directory });
  const request = requestOf(endpoint, { follow: true });
  const { id } = imports.start(request);
  const first = await settled(imports, id, ({ inSyncMs }) => inSyncMs !== undefined);
  assert.deepEqual([first.counts.importedObjects, first.failures, first.counts.unverified], [10, [], 0]);
  assert.equal(`"${(await storage.headObject({ bucket: Bucket, key: 'parts' })).etag}"`, made.ETag);
  assert(
    first.notices.includes(
      `bucket ${Bucket}: the source did not show its tags: it answers with something else`,
    ),
  );
  await client.send(new DeleteObjectCommand({ Bucket, Key: 'B' }));
  await settled(imports, id, ({ counts }) => counts.removed > 0);
  imports.start(request, { switches: true });
  assert.equal((await settled(imports, id)).state, 'done');
  const list = { bucket: Bucket, prefix: '', delimiter: '', after: '', limit: 100 };
  const { objects } = await storage.listObjects(list);
  assert.deepEqual(
    objects.map(({ key }) => key),
    ['A', 'a', 'b', 'b-d', 'b/c', 'e+f', 'parts', 'z z', 'ü'],
  );
});
