// Cuts a failing plan down by delta debugging (Zeller and Hildebrandt, 2002): leave out halves, then quarters, down to
// single steps, and keep every cut after which the same seed still fails in the same way.

import { planOf, runSteps, type Scenario } from './scenario.ts';

export type Shrunk<Step> = {
  readonly steps: readonly Step[];
  /** How the shortest plan fails. */
  readonly error: Error;
  /** How many plans were tried. */
  readonly runs: number;
};

/** Bounds the time of a shrink; the shortest plan so far is given when it is reached. */
const runsMax = 2000;

/**
 * The shortest failing plan found; undefined when the seed passes. No single step of it can be left out, unless the search
 * gave up at its bound.
 */
export async function shrink<Step>(
  scenario: Scenario<Step>,
  seed: number,
): Promise<Shrunk<Step> | undefined> {
  const search = new Search(scenario, seed);
  const first = await search.failureOf(planOf(scenario, seed));
  if (first === undefined) return undefined;
  search.kind = kindOf(first.error);
  const { steps, error } = await search.cut(first);
  return { steps, error, runs: search.runs };
}

type Failing<Step> = { readonly steps: readonly Step[]; readonly error: Error };

class Search<Step> {
  readonly #scenario: Scenario<Step>;
  readonly #seed: number;
  kind: string | undefined;
  runs = 0;

  constructor(scenario: Scenario<Step>, seed: number) {
    this.#scenario = scenario;
    this.#seed = seed;
  }

  async cut(failing: Failing<Step>): Promise<Failing<Step>> {
    let shortest = failing;
    let length = Math.ceil(shortest.steps.length / 2);
    while (length >= 1 && this.runs < runsMax) {
      const shorter = await this.#cutPieces(shortest, length);
      // Single steps once more after each success: what one of them held up may go now.
      if (length > 1) length = Math.ceil(length / 2);
      else if (shorter.steps.length === shortest.steps.length) break;
      shortest = shorter;
    }
    return shortest;
  }

  /** Tries to leave out each piece of this length, the last first: a later step seldom matters to an earlier one. */
  async #cutPieces(failing: Failing<Step>, length: number): Promise<Failing<Step>> {
    let shortest = failing;
    const pieces = Math.ceil(failing.steps.length / length);
    for (let piece = pieces - 1; piece >= 0 && this.runs < runsMax; piece -= 1) {
      const steps = shortest.steps.toSpliced(piece * length, length);
      shortest = (await this.failureOf(steps)) ?? shortest;
    }
    return shortest;
  }

  async failureOf(steps: readonly Step[]): Promise<Failing<Step> | undefined> {
    this.runs += 1;
    const outcome = await runSteps(this.#scenario, { seed: this.#seed, steps });
    if (outcome.passed) return undefined;
    const isOther = this.kind !== undefined && kindOf(outcome.error) !== this.kind;
    return isOther ? undefined : { steps, error: outcome.error };
  }
}

// Another kind of failure (a scenario that no longer makes sense without the steps left out) is not the one looked for.
function kindOf(error: Error): string {
  return `${error.name} ${'code' in error ? String(error.code) : ''}`;
}
