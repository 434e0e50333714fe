// Random numbers for tests that must be replayable: `SEED=123` in the environment repeats a run.

import { SeededRandom } from '@cairn/world/simulated';

export type TestRandom = {
  readonly seed: number;
  /** An integer of 0 <= n < limit. */
  below(limit: number): number;
};

export function seededRandom(
  seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 32)),
): TestRandom {
  const random = new SeededRandom(seed);
  return { seed, below: (limit) => random.integer(limit) };
}
