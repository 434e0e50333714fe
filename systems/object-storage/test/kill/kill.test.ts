// A short version of the kills of `npm run soak -w systems/object-storage`.

import assert from 'node:assert/strict';
import test from 'node:test';
import { temporaryDirectory } from '@cairn/testing';
import { SeededRandom } from '@cairn/world';
import { killRounds } from './kill-rounds.ts';

test('what a process acknowledged before it was killed is there', async (t) => {
  const seed = Math.floor(performance.now() * 1_000) % 2 ** 32;
  t.diagnostic(`seed ${seed}`);
  const random = new SeededRandom(seed);
  const acknowledged = await killRounds({
    directory: await temporaryDirectory(t),
    rounds: 3,
    drawLines: () => 50 + random.integer(800),
  });
  assert(acknowledged > 100, `only ${acknowledged} calls were acknowledged`);
});
