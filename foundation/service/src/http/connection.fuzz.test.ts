// The short run of the fuzz test, for the gate.

import assert from 'node:assert/strict';
import test from 'node:test';
import { realWorld } from '@cairn/world';
import { fuzzConnection } from './connection.fuzz.ts';

test('requests arrive as they were sent or are refused, whatever the cuts', async (t) => {
  const seed = realWorld().random.integer(2 ** 32);
  const { served, refused } = await fuzzConnection({ rounds: 300, seed });
  t.diagnostic(`seed ${seed}: ${served} served, ${refused} refused`);
  assert(served > 20 && refused > 100, `seed ${seed}: ${served} served, ${refused} refused`);
});
