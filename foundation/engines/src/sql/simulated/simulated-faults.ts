// What may go wrong in a simulated database by order of the scenario; nothing does unless it asks.

import type { SimulatedMachine } from '@cairn/world/simulated';
import type { Failure } from '../failure.ts';

/** Set by the scenario, at any time. Probabilities are per batch. */
export type SimulatedSqlFaults = {
  /** While true every write fails with SqlError `full`, and nothing of it happens. */
  full: boolean;
  fullProbability: number;
  /** So many of the next commits fail. */
  failCommits: number;
  commitFailureProbability: number;
};

export const noSqlFaults: Readonly<SimulatedSqlFaults> = Object.freeze({
  full: false,
  fullProbability: 0,
  failCommits: 0,
  commitFailureProbability: 0,
});

/** A batch that fails; `applied` says whether its changes happened all the same. */
export type FailedBatch = { readonly failure: Failure; readonly applied: boolean };

/** Decides the fate of the next batch; undefined lets it pass. */
export function drawFailedBatch(
  faults: SimulatedSqlFaults,
  random: SimulatedMachine['random'],
): FailedBatch | undefined {
  if (faults.full || random.chance(faults.fullProbability)) return failedBatch('full');
  if (faults.failCommits > 0) faults.failCommits -= 1;
  else if (!random.chance(faults.commitFailureProbability)) return undefined;
  // A failed commit is known not to have happened, or it is unknown: then both have to be expected.
  return random.chance(0.5) ? failedBatch('failed') : failedBatch('unavailable', random.chance(0.5));
}

function failedBatch(code: 'full' | 'failed' | 'unavailable', applied = false): FailedBatch {
  const detail = 'by order of the simulation';
  return { failure: { code, detail, cause: new Error(detail) }, applied };
}
