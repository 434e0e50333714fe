// Adds to a counter while its machine crashes, and checks after each restart that nothing acknowledged is missing.

import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import type { Scenario, SeededRandom, Simulation } from '../src/simulated.ts';
import { type CounterOptions, DurableCounter } from './durable-counter.ts';

export type CounterStep =
  | { readonly do: 'add'; readonly amount: number }
  | { readonly do: 'crash'; readonly afterMs: number; readonly powerLoss: boolean };

export function counterScenario({
  name,
  ...options
}: CounterOptions & { name: string }): Scenario<CounterStep> {
  return {
    name,
    plan: (random) => Array.from({ length: 40 }, () => planStep(random)),
    run: (simulation, steps) => new CounterRun(simulation, options).run(steps),
  };
}

function planStep(random: SeededRandom): CounterStep {
  if (random.chance(3 / 4)) return { do: 'add', amount: random.integer(1000) };
  return { do: 'crash', afterMs: random.integer(20), powerLoss: random.chance(1 / 2) };
}

class CounterRun {
  readonly #simulation: Simulation;
  readonly #options: CounterOptions;
  /** What must be there after every crash, in order. */
  #known: number[] = [];
  /** What was being added when the process died: may be there, may be missing. */
  #inFlight: number | undefined;
  #counter: DurableCounter | undefined;

  constructor(simulation: Simulation, options: CounterOptions) {
    this.#simulation = simulation;
    this.#options = options;
  }

  async run(steps: readonly CounterStep[]): Promise<void> {
    for (const step of steps) {
      if (step.do === 'crash') this.#crashLater(step);
      else await this.#add(step.amount);
    }
    this.#crash(true);
    await this.#running();
  }

  #crashLater({ afterMs, powerLoss }: { afterMs: number; powerLoss: boolean }): void {
    this.#simulation.clock.setTimer(afterMs, () => this.#crash(powerLoss));
  }

  #crash(powerLoss: boolean): void {
    this.#machine.crash({ powerLoss });
    this.#counter = undefined;
  }

  async #add(amount: number): Promise<void> {
    const counter = await this.#running();
    this.#inFlight = amount;
    const outcome = await this.#machine.orCrash(counter.add(amount));
    if (outcome.crashed) return;
    this.#known.push(amount);
    this.#inFlight = undefined;
    this.#simulation.note(`added ${amount}, acknowledged`);
  }

  /** The counter, opened and checked again if its process died, as often as it dies meanwhile. */
  async #running(): Promise<DurableCounter> {
    while (this.#counter === undefined) {
      const world = this.#machine.running ? this.#machine.world : this.#machine.restart();
      const opened = await this.#machine.orCrash(DurableCounter.open(world, this.#options));
      if (opened.crashed) continue;
      this.#check(opened.value.amounts);
      this.#counter = opened.value;
    }
    return this.#counter;
  }

  #check(amounts: readonly number[]): void {
    const maybe = this.#inFlight === undefined ? [] : [this.#inFlight];
    const expected = amounts.length > this.#known.length ? [...this.#known, ...maybe] : this.#known;
    assert(
      isDeepStrictEqual(amounts, expected),
      `the counter holds [${amounts}], but [${expected}] was acknowledged`,
    );
    this.#known = [...amounts];
    this.#inFlight = undefined;
  }

  get #machine() {
    return this.#simulation.machine('node-1');
  }
}
