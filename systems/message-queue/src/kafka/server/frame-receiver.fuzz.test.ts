// The short run of the fuzz test, for the gate.

import assert from 'node:assert/strict';
import test from 'node:test';
import { realWorld } from '@cairn/world';
import { fuzzFrames } from './frame-receiver.fuzz.ts';

test('frames arrive as they were sent, whatever the cuts, and memory is used again', (t) => {
  const seed = realWorld().random.integer(2 ** 32);
  const { frames, reused } = fuzzFrames({ rounds: 40, seed });
  t.diagnostic(`seed ${seed}: ${frames} frames, ${reused} in used memory`);
  assert.ok(frames > 80 && reused > 5, `seed ${seed}: ${frames} frames, ${reused} in used memory`);
});
