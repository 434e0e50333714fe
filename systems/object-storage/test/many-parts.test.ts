// An object of as many parts as there may be: listed, completed, and read by ranges and part numbers.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test from 'node:test';
import { openSql } from '@cairn/engines';
import { type ObjectStorage, objectBody } from '@cairn/object-storage';
import { silentTelemetry } from '@cairn/telemetry';
import { temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import { assembleObjectStorage } from '../src/core/assemble.ts';
import indexStore from '../src/data/index-store.ts';
import { partNumberMax } from '../src/limits.ts';
import metadataStore from '../src/metadata/store.ts';

const name = { bucket: 'parts', key: 'all' };
const contentOf = (partNumber: number) => Buffer.from(`${partNumber}`.padStart(5, '0'));

async function read(storage: ObjectStorage, options: { start: number; length: number }): Promise<string> {
  const { content } = await storage.getObject({ ...name, select: () => options });
  return Buffer.concat(await Array.fromAsync(content.chunks(), (chunk) => Buffer.from(chunk))).toString();
}

test('10,000 parts become an object, and again when their upload is completed again', async (t) => {
  const world = realWorld();
  const directory = await temporaryDirectory(t);
  const metadata = await openSql(metadataStore, { url: `file:${directory}/metadata.sqlite`, world });
  const index = await openSql(indexStore, { url: `file:${directory}/blobs.sqlite`, world });
  const storage = await assembleObjectStorage({
    ...{ world, directory: `${directory}/segments`, metadata, index, writers: 1 },
    ...{ segmentBytesMax: 2 ** 24, partBytesMin: 1, telemetry: silentTelemetry() },
  });
  t.after(async () => {
    await storage.close();
    await index.close();
    await metadata.close();
  });
  await storage.createBucket({ bucket: name.bucket, owner: 'me' });
  const attributes = { headers: {}, userMetadata: {} };
  const checksum = { algorithm: 'crc32', type: 'FULL_OBJECT' } as const;
  const { uploadId } = await storage.createUpload({ ...name, attributes, owner: 'me', checksum });
  let next = partNumberMax;
  const upload = async () => {
    while (next > 0) {
      const partNumber = next--;
      const body = objectBody(contentOf(partNumber), { checksum: 'crc32' });
      await storage.uploadPart({ ...name, uploadId, partNumber, body });
    }
  };
  await Promise.all(Array.from({ length: 100 }, upload));

  const parts = [];
  for (let afterPart: number | undefined = 0; afterPart !== undefined; ) {
    const page: Awaited<ReturnType<ObjectStorage['listParts']>> = await storage.listParts({
      ...{ ...name, uploadId, afterPart, limit: 1_000 },
    });
    assert.equal(page.parts.length, 1_000);
    parts.push(...page.parts.map(({ partNumber, etag }) => ({ partNumber, etag })));
    afterPart = page.next;
  }
  const completed = await storage.completeUpload({ ...name, uploadId, parts });
  assert.deepEqual(await storage.completeUpload({ ...name, uploadId, parts }), completed);
  const md5s = parts.map(({ partNumber }) => createHash('md5').update(contentOf(partNumber)).digest());
  const etag = createHash('md5').update(Buffer.concat(md5s)).digest('hex');
  assert.deepEqual([completed.etag, completed.partCount], [`${etag}-${partNumberMax}`, partNumberMax]);
  assert.equal(completed.sizeBytes, 5 * partNumberMax);

  assert.equal(await read(storage, { start: 12_343, length: 9 }), '690247002');
  assert.equal(await read(storage, { start: 49_990, length: 10 }), '0999910000');
  const { part } = await storage.headObject({ ...name, partNumber: partNumberMax });
  assert.deepEqual(part?.range, { start: 49_995, length: 5 });
  await assert.rejects(storage.headObject({ ...name, partNumber: partNumberMax + 1 }), {
    code: 'InvalidPartNumber',
  });
});
