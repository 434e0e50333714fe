// A round: one program takes one corpus through its steps, with a repository of its own on a memory file system. Each step's
// cost is kept, so that the cases for CPU time, wall time, memory and bytes of a step read the same runs.

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { directoryBytes } from './directory-bytes.ts';
import type { ProcessCost } from './measure-process.ts';
import type { Tool } from './tools/tool.ts';

export type StepCost = ProcessCost & {
  readonly repositoryBytes: number;
  /** Since the first step. */
  readonly bytesAdded: number;
};

/** The steps of a corpus in order, each with what it does to a repository. */
export type Round = {
  readonly name: string;
  /** Made once, before the first round. */
  readonly prepare: () => Promise<void>;
  readonly steps: readonly Step[];
};

export type Step = {
  readonly name: string;
  readonly run: (tool: Tool, place: Place) => Promise<ProcessCost>;
};

export type Place = { readonly repository: string; readonly target: string };

const scratch = '/dev/shm';

/** Costs by step, up to the last one that is asked about; the repository is removed. */
export async function runRound(
  round: Round,
  tool: Tool,
  lastStep: string,
): Promise<ReadonlyMap<string, StepCost>> {
  const folder = await mkdtemp(join(scratch, 'cairn-bench-'));
  const place = { repository: join(folder, 'repository'), target: join(folder, 'target') };
  try {
    await tool.init(place.repository);
    const costs = new Map<string, StepCost>();
    let firstBytes: number | undefined;
    for (const step of stepsUntil(round, lastStep)) {
      await mkdir(place.target);
      const cost = await step.run(tool, place);
      const repositoryBytes = await directoryBytes(place.repository);
      firstBytes ??= repositoryBytes;
      costs.set(step.name, { ...cost, repositoryBytes, bytesAdded: repositoryBytes - firstBytes });
      await rm(place.target, { recursive: true, force: true });
    }
    return costs;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function stepsUntil({ name, steps }: Round, last: string): readonly Step[] {
  const index = steps.findIndex((step) => step.name === last);
  assert(index >= 0, `${name} has no step ${last}`);
  return steps.slice(0, index + 1);
}
