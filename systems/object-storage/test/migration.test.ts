// A store that an earlier version wrote is opened by this one.

import assert from 'node:assert/strict';
import test from 'node:test';
import { openSql } from '@cairn/engines';
import { objectBody, openObjectStorage } from '@cairn/object-storage';
import { temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import firstStore from './first-store.ts';

const bucket = 'old';
const checksums = {
  none: null,
  single: '{"algorithm":"crc32","value":"NhCmhg==","type":"FULL_OBJECT"}',
  longer: '{"algorithm":"crc32c","value":"mnG7TA==","type":"FULL_OBJECT"}',
  parts: '{"algorithm":"sha256","type":"COMPOSITE","value":"c29tZSBkaWdlc3Q=-2"}',
  whole: '{"algorithm":"crc64nvme","type":"FULL_OBJECT","value":"M3eFcAZSQlc="}',
} as const;

test('objects from before there were versions are the null version of their key, with the checksums they had', async (t) => {
  const directory = await temporaryDirectory(t);
  const old = await openSql(firstStore, {
    url: `file:${directory}/metadata.sqlite`,
    world: realWorld(),
  });
  await old.write('addBucket', { name: bucket, id: 1, owner: 'me', created_ms: 5 });
  const attributes = '{"headers":{"content-type":"text/plain"},"userMetadata":{}}';
  for (const [key, checksum] of Object.entries(checksums)) {
    const row = { bucket: 1, key, size: 5, etag: 'e', modified_ms: 6, attributes, checksum, data: '00' };
    await old.write('addObject', { ...row, part_count: null });
  }
  await old.close();

  const storage = await openObjectStorage({ directory, writers: 1 });
  t.after(() => storage.close());
  const page = await storage.listObjects({ bucket, prefix: '', delimiter: '', after: '', limit: 10 });
  for (const [key, checksum] of Object.entries(checksums)) {
    const expected = checksum === null ? undefined : JSON.parse(checksum);
    const info = await storage.headObject({ bucket, key });
    assert.deepEqual([info.checksum, info.versionId], [expected, undefined], key);
    assert.deepEqual(info.headers, { 'content-type': 'text/plain' });
    assert.deepEqual(page.objects.find((object) => object.key === key)?.checksum, expected);
  }
  await storage.setBucketVersioning({ bucket, versioning: 'enabled' });
  const body = objectBody(Buffer.from('newer'));
  await storage.putObject({ bucket, key: 'single', attributes: { headers: {}, userMetadata: {} }, body });
  assert.equal((await storage.headObject({ bucket, key: 'single', versionId: 'null' })).etag, 'e');
});
