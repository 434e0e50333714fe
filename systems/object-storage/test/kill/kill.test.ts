// A short version of the kills of `npm run soak -w systems/object-storage`.

import assert from 'node:assert/strict';
import test from 'node:test';
import { temporaryDirectory } from '@cairn/testing';
import { SeededRandom } from '@cairn/world/simulated';
import { killRounds } from './kill-rounds.ts';

test('what a process acknowledged before it was killed is there, and a collection leaves nothing else', async (t) => {
  const seed = Math.floor(performance.now() * 1_000) % 2 ** 32;
  t.diagnostic(`seed ${seed}`);
  const random = new SeededRandom(seed);
  const { acknowledged, removedSegments } = await killRounds({
    directory: await temporaryDirectory(t),
    rounds: 3,
    drawLines: () => 200 + random.integer(800),
  });
  t.diagnostic(`${acknowledged} acknowledged calls, ${removedSegments} removed segments`);
  assert(acknowledged > 100, `only ${acknowledged} calls were acknowledged`);
  assert(removedSegments > 0, 'no segment was removed');
});
