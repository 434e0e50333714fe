// A round: one program takes one corpus through its steps, with a repository of its own on a memory file system. Each step's
// cost is kept, so that the cases for CPU time, wall time, memory and bytes of a step read the same runs.

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

/** Costs by step; the repository is removed. */
export async function runRound(round: Round, tool: Tool): Promise<ReadonlyMap<string, StepCost>> {
  const folder = await mkdtemp(join(scratch, 'cairn-bench-'));
  const place = { repository: join(folder, 'repository'), target: join(folder, 'target') };
  try {
    await tool.init(place.repository);
    const costs = new Map<string, StepCost>();
    let firstBytes: number | undefined;
    for (const step of round.steps) {
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

/** The rounds of a tool, run when they are first asked for: the n-th question about any step takes the n-th round. */
export class Rounds {
  readonly #round: Round;
  readonly #done = new Map<string, ReadonlyMap<string, StepCost>[]>();
  readonly #asked = new Map<string, number>();

  constructor(round: Round) {
    this.#round = round;
  }

  async next(tool: Tool, step: string, figure: string): Promise<StepCost> {
    const question = `${tool.name} ${step} ${figure}`;
    const n = this.#asked.get(question) ?? 0;
    this.#asked.set(question, n + 1);
    const done = this.#done.get(tool.name) ?? [];
    this.#done.set(tool.name, done);
    while (done.length <= n) done.push(await runRound(this.#round, tool));
    return done[n]!.get(step)!;
  }
}
