import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BlobsError, blobsConformance, openBlobs, registerBlobs } from '@cairn/engines';
import { realWorld } from '@cairn/world';
import { failing, MemoryBlobs } from './memory-blobs.ts';

const { clock } = realWorld();
registerBlobs('memory', async () => new MemoryBlobs({ clock }));
await blobsConformance({
  name: 'memory',
  open: () => openBlobs({ url: 'memory:', world: realWorld() }),
});

test('a call fails before it takes effect or after, as often as the test says', async () => {
  const blobs = new MemoryBlobs({ clock });
  const isLost = (error: unknown) => error instanceof BlobsError && error.code === 'unavailable';
  blobs.disturb = failing(({ operation }) => operation === 'put', 'before', 1);
  await assert.rejects(blobs.put('a', Buffer.from('x')), isLost);
  assert.deepEqual(blobs.names(), []);
  assert.equal(await blobs.put('a', Buffer.from('x')), 'stored');
  blobs.disturb = failing(({ operation }) => operation === 'delete', 'after');
  await assert.rejects(blobs.delete(['a']), isLost);
  assert.deepEqual(blobs.names(), []);
});
