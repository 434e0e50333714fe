// Runs a scenario under one seed after the other, until one fails.

import { planOf, runSteps, type Scenario } from './scenario.ts';

export type SeedRange = {
  /** 1 unless given. */
  readonly firstSeed?: number;
  /** How many seeds, counted up from the first. */
  readonly seeds: number;
};

export type SeedFailure<Step> = {
  readonly seed: number;
  readonly error: Error;
  readonly steps: readonly Step[];
};

export type SeedsOutcome<Step> = {
  /** How many seeds passed before the failure, or all. */
  readonly passed: number;
  readonly failure?: SeedFailure<Step>;
};

export async function runSeeds<Step>(
  scenario: Scenario<Step>,
  { firstSeed = 1, seeds, onProgress }: SeedRange & { onProgress?: (passed: number) => void },
): Promise<SeedsOutcome<Step>> {
  for (let passed = 0; passed < seeds; passed += 1) {
    const seed = firstSeed + passed;
    const steps = planOf(scenario, seed);
    const outcome = await runSteps(scenario, { seed, steps });
    if (!outcome.passed) return { passed, failure: { seed, error: outcome.error, steps } };
    onProgress?.(passed + 1);
  }
  return { passed: seeds };
}
