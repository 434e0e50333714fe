// A scenario: what a simulated run does, split into a plan (plain data, from the seed) and its execution.
//
// The split is what makes a failure small: the plan can be cut down and run again under the same seed, so that the
// faults stay what they were while the steps that do not matter fall away.

import type { Faults } from '../simulated/faults.ts';
import { SeededRandom } from '../simulated/seeded-random.ts';
import { Simulation } from '../simulated/simulation.ts';
import type { TraceEntry } from '../simulated/timeline.ts';

export type Scenario<Step> = {
  /** In kebab case; `--scenario` takes it. */
  readonly name: string;
  /** The steps of one run, drawn from the seed. Steps are JSON data, so that a failure can print them. */
  plan(random: SeededRandom): readonly Step[];
  /**
   * Carries the steps out and throws when something happened that never must. Any part of a plan has to make sense: a
   * restart of what runs, or a read of what was never written, is to be passed over.
   */
  run(simulation: Simulation, steps: readonly Step[]): Promise<void>;
  readonly faults?: Partial<Faults>;
  /** Bound on the events of one run; see `SimulationOptions`. */
  readonly eventsMax?: number;
};

export type RunOptions = { readonly onTrace?: (entry: TraceEntry) => void };

export type SeedOutcome = { readonly passed: true } | { readonly passed: false; readonly error: Error };

export function planOf<Step>(scenario: Scenario<Step>, seed: number): readonly Step[] {
  return scenario.plan(new SeededRandom(seed, 'plan'));
}

/** Runs these steps under this seed, which need not be the ones that the seed plans. */
export async function runSteps<Step>(
  scenario: Scenario<Step>,
  { seed, steps, onTrace }: { seed: number; steps: readonly Step[] } & RunOptions,
): Promise<SeedOutcome> {
  const { faults, eventsMax } = scenario;
  const simulation = new Simulation({
    seed,
    ...(faults && { faults }),
    ...(eventsMax !== undefined && { eventsMax }),
    ...(onTrace && { onTrace }),
  });
  try {
    await simulation.run(() => scenario.run(simulation, steps));
    return { passed: true };
  } catch (error) {
    return { passed: false, error: error instanceof Error ? error : new Error(String(error)) };
  }
}
