// The short run of the fuzz test, for the gate.

import assert from 'node:assert/strict';
import test from 'node:test';
import { realWorld } from '@cairn/world';
import { fuzzAuthenticate } from './authenticate.fuzz.ts';

test('damage to a signed request never lets it pass as another', async (t) => {
  const seed = realWorld().random.integer(2 ** 32);
  const { verified, anonymous, refused } = await fuzzAuthenticate({ rounds: 3_000, seed });
  t.diagnostic(`seed ${seed}: ${verified} verified, ${anonymous} anonymous, ${refused} refused`);
  assert(verified > 20 && anonymous > 20 && refused > 1_000, `seed ${seed}`);
});
