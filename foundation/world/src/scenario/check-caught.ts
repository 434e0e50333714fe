// The counterpart of `checkSeeds`: proof that a scenario would notice a mistake.

import { runSeeds, type SeedFailure, type SeedRange } from './run-seeds.ts';
import type { Scenario } from './scenario.ts';

/** For a scenario with a mistake put into it: gives the first failure, throws when every seed passes. */
export async function checkCaught<Step>(
  scenario: Scenario<Step>,
  range: SeedRange,
): Promise<SeedFailure<Step>> {
  const { passed, failure } = await runSeeds(scenario, range);
  if (failure === undefined) throw new Error(`${passed} seeds did not notice ${scenario.name}`);
  return failure;
}
