import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReceiveSlabs } from './receive-slabs.ts';

test('a slab serves the next request, unless somebody says that it must not', () => {
  const lookedAt = new Set<Uint8Array>();
  const slabs = new ReceiveSlabs({ mayUseAgain: (memory) => !lookedAt.has(memory) });
  const slab = slabs.take();
  slabs.give(slab);
  assert.equal(slabs.take(), slab);
  lookedAt.add(slab.bytes);
  slabs.give(slab);
  assert.notEqual(slabs.take(), slab);
});
