// A world made from a seed: virtual time, and machines with disks and processes that fail as the seed says.
//
// The invariant: the seed and the code under test decide everything. The same both times, the same run, event for event
// (`traceHash` proves it), which is what makes a failure found by a long run one that can be replayed and shrunk.

import assert from 'node:assert/strict';
import type { Clock } from '../clock.ts';
import { SimulatedNetwork } from '../simulated-network/simulated-network.ts';
import { type Faults, resolveFaults } from './faults.ts';
import { SeededRandom } from './seeded-random.ts';
import { simulatedClock, simulatedEpochMs } from './simulated-clock.ts';
import { SimulatedMachine } from './simulated-machine.ts';
import { SimulatedProcess } from './simulated-process.ts';
import { Timeline, type TraceEntry } from './timeline.ts';

export type SimulationOptions = {
  /** An integer from 0 to 2^32 - 1. */
  readonly seed: number;
  readonly faults?: Partial<Faults>;
  /** Bound on the events of one `run`, after which it counts as stuck; 1,000,000 unless given. */
  readonly eventsMax?: number;
  /** Called for every event, in order: for reading a replay. */
  readonly onTrace?: (entry: TraceEntry) => void;
};

const eventsMaxDefault = 1_000_000;

export class Simulation {
  readonly seed: number;
  /** The scenario's own generator; no machine draws from it. */
  readonly random: SeededRandom;
  /** The scenario's own clock: it belongs to no process and outlives every crash. */
  readonly clock: Clock;
  /** Messages between machines. */
  readonly network: SimulatedNetwork;
  readonly #seeds: SeededRandom;
  readonly #timeline: Timeline;
  readonly #faults: Faults;
  readonly #eventsMax: number;
  readonly #machines = new Map<string, SimulatedMachine>();
  #running = false;

  constructor({ seed, faults = {}, eventsMax = eventsMaxDefault, onTrace }: SimulationOptions) {
    this.seed = seed;
    this.#seeds = new SeededRandom(seed);
    this.random = this.#seeds.stream('scenario');
    this.#faults = resolveFaults(faults);
    this.#eventsMax = eventsMax;
    this.#timeline = new Timeline(onTrace);
    const scenario = new SimulatedProcess({
      name: 'scenario',
      timeline: this.#timeline,
      random: this.#seeds.stream('scenario-process'),
      wallMs: () => simulatedEpochMs + this.#timeline.nowMs,
    });
    this.clock = simulatedClock(scenario);
    this.network = new SimulatedNetwork({
      timeline: this.#timeline,
      random: this.#seeds.stream('network'),
    });
  }

  /** The machine of that name; made, with one running process and an empty disk, when it is first asked for. */
  machine(name: string): SimulatedMachine {
    let machine = this.#machines.get(name);
    if (machine === undefined) {
      machine = new SimulatedMachine({
        name,
        timeline: this.#timeline,
        random: this.#seeds.stream(`machine/${name}`),
        faults: this.#faults,
      });
      this.#machines.set(name, machine);
    }
    return machine;
  }

  /**
   * Runs the scenario while virtual time passes, and settles as it does. Rejects with `SimulationStuck` when the scenario
   * waits for what can never happen, and with whatever a timer callback throws or an unhandled rejection holds, since
   * either would have ended a real process.
   *
   * ```ts
   * const simulation = new Simulation({ seed: 42 });
   * const elapsedMs = await simulation.run(async () => {
   *   await simulation.clock.sleep(60_000);
   *   return simulation.clock.monotonicMs();
   * });
   * assert.equal(elapsedMs, 60_000); // in no time
   * ```
   */
  async run<T>(scenario: () => Promise<T>): Promise<T> {
    assert(!this.#running, 'a simulation runs one scenario at a time');
    this.#running = true;
    let outcome: Promise<T> | undefined;
    const reject = (error: unknown) => {
      outcome ??= Promise.reject(error);
      outcome.catch(() => {});
    };
    process.on('unhandledRejection', reject);
    try {
      scenario().then((value) => {
        outcome ??= Promise.resolve(value);
      }, reject);
      await this.#timeline.drive({ isFinished: () => outcome !== undefined, eventsMax: this.#eventsMax });
      return await outcome!;
    } finally {
      process.off('unhandledRejection', reject);
      this.#running = false;
    }
  }

  /**
   * Keeps virtual time still until real work is done. Whatever a scenario awaits that is neither a promise nor part of
   * the world (a module that loads, a native hash on libuv's pool) has to go through here, or the run is not exact.
   */
  outside<T>(work: () => Promise<T>): Promise<T> {
    return this.#timeline.outside(work);
  }

  /** A remark of the scenario in the trace. */
  note(remark: string): void {
    this.#timeline.note('scenario', 'note', remark);
  }

  /** How many events have happened. */
  get events(): number {
    return this.#timeline.events;
  }

  /** Equal for two runs in which the same kinds of events happened at the same times in the same order. */
  get traceHash(): number {
    return this.#timeline.traceHash;
  }
}
