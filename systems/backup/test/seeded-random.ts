// Random numbers for tests that must be replayable: the seed is printed, `SEED=123` in the environment repeats a run.

import type { TestContext } from 'node:test';
import { SeededRandom } from '@cairn/world/simulated';

export function seededRandom(t: TestContext): SeededRandom {
  const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 32));
  t.diagnostic(`seed ${seed}`);
  return new SeededRandom(seed);
}
