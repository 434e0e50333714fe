// Pooled random bytes: all from the world, none twice.

import assert from 'node:assert/strict';
import test from 'node:test';
import { SeededRandom } from '@cairn/world/simulated';
import { PooledRandom } from './pooled-random.ts';

test('bytes come in the order the world gave them, and never again', () => {
  const pooled = new PooledRandom(new SeededRandom(1));
  const given = Array.from({ length: 512 }, () => pooled.bytes(16));
  const expected = new SeededRandom(1);
  assert.deepEqual(Buffer.concat(given), Buffer.concat([expected.bytes(4_096), expected.bytes(4_096)]));
});
