// Versions that were appended to, in storage classes that have a place.

import assert from 'node:assert/strict';
import test from 'node:test';
import { type ObjectStorage, objectBody } from '@cairn/object-storage';
import { bucket, put } from '../lifecycle/simulated-storage.ts';
import { coldClass, placed, placesOf, textOf } from './placed-storage.ts';

const large = 200_000;
const attributes = { headers: {}, userMetadata: {} };

async function append(storage: ObjectStorage, offset: number): Promise<string> {
  const body = objectBody(Buffer.from('x'));
  const { versionId, storageClass } = await storage.appendObject({
    bucket,
    key: 'a',
    offset,
    attributes,
    body,
  });
  assert.equal(storageClass, coldClass);
  return versionId!;
}

test('every version goes to the place of its class, and each is read there as it was', async () => {
  await placed(async ({ open, sleep, cold }) => {
    const storage = await open();
    await storage.setBucketVersioning({ bucket, versioning: 'enabled' });
    cold.away = true;
    await put(storage, 'a', { sizeBytes: large, storageClass: coldClass });
    const ids = [(await storage.headObject({ bucket, key: 'a' })).versionId!];
    for (const offset of [large, large + 1]) ids.push(await append(storage, offset));
    assert.equal((await storage.stats()).blobs, 3);
    cold.away = false;
    await sleep(120_000);
    assert.deepEqual(await placesOf(storage, 'a'), [coldClass]);
    for (const [index, versionId] of ids.entries()) {
      const { content } = await storage.getObject({ bucket, key: 'a', versionId });
      const chunks = await Array.fromAsync(content.chunks(), (chunk) => Buffer.from(chunk));
      assert.equal(Buffer.concat(chunks).toString(), 'a'.repeat(large) + 'x'.repeat(index));
    }
    assert.deepEqual([(await storage.stats()).blobs, cold.blobs.size], [0, 3], 'nothing of them is here');
    await assert.rejects(append(storage, large + 2), { code: 'InvalidObjectState' });
    assert.equal(await textOf(storage, 'a'), `${'a'.repeat(large)}xx`);
    assert.deepEqual(await storage.check({ deep: true }), []);
    for (const versionId of ids) await storage.deleteObject({ bucket, key: 'a', versionId });
    await sleep(30_000);
    assert.equal(cold.blobs.size, 0);
  });
});
