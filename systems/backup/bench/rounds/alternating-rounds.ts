// The rounds of a corpus: in each, every program that a case asks about takes its turn, so that a machine that drifts drifts for
// all. The cases read the costs of the same rounds: the n-th question about a step is answered from the n-th round.

import { type Round, runRound, type StepCost } from '../round.ts';
import type { Tool } from '../tools/tool.ts';
import type { Progress } from './progress.ts';

/** A program and the last step that a case asks about: it goes no further. */
export type Participant = { readonly tool: Tool; readonly lastStep: string };

type Costs = ReadonlyMap<string, ReadonlyMap<string, StepCost>>;

export class AlternatingRounds {
  readonly #round: Round;
  readonly #participants: readonly Participant[];
  readonly #progress: Progress;
  readonly #done: Promise<Costs>[] = [];
  readonly #asked = new Map<string, number>();
  #prepared: Promise<void> | undefined;

  constructor(round: Round, participants: readonly Participant[], progress: Progress) {
    this.#round = round;
    this.#participants = participants;
    this.#progress = progress;
  }

  async next(tool: Tool, step: string, asker: string): Promise<StepCost> {
    const question = `${asker} ${tool.name}`;
    const n = this.#asked.get(question) ?? 0;
    this.#asked.set(question, n + 1);
    while (this.#done.length <= n) this.#done.push(this.#runAll(this.#done.length));
    return (await this.#done[n]!).get(tool.name)!.get(step)!;
  }

  async #runAll(n: number): Promise<Costs> {
    this.#prepared ??= this.#round.prepare();
    await this.#prepared;
    const costs = new Map<string, ReadonlyMap<string, StepCost>>();
    for (const { tool, lastStep } of this.#participants) {
      const turn = { corpus: this.#round.name, tool: tool.name, n };
      if ((await tool.version()) === undefined) {
        this.#progress.leaveOut(turn);
        continue;
      }
      const began = performance.now();
      costs.set(tool.name, await runRound(this.#round, tool, lastStep));
      this.#progress.done(turn, performance.now() - began);
    }
    return costs;
  }
}
