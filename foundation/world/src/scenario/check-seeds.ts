// Runs seeds inside a test: a failure says which seed, what went wrong, and how to see it again.

import { describeFailure } from './describe-failure.ts';
import { runSeeds, type SeedRange } from './run-seeds.ts';
import type { Scenario } from './scenario.ts';
import { shrink } from './shrink.ts';

export type CheckSeedsOptions = SeedRange & {
  /** The folder of the package whose `simulate` script knows the scenario: `systems/object-storage`. */
  readonly workspace: string;
};

/** Throws, with the shrunk plan and the command that replays it, when a seed fails; gives the number that passed. */
export async function checkSeeds<Step>(
  scenario: Scenario<Step>,
  { workspace, ...range }: CheckSeedsOptions,
): Promise<number> {
  const { passed, failure } = await runSeeds(scenario, range);
  if (failure === undefined) return passed;
  const shrunk = await shrink(scenario, failure.seed);
  const { error, steps } = shrunk ?? failure;
  const message = describeFailure({ scenario: scenario.name, seed: failure.seed, error, steps, workspace });
  throw new Error(message, { cause: error });
}
