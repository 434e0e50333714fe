// What a scenario has asked of a machine and goes on without: each call ends with its answer, or when its process dies.
//
// A call that fails fails the run when the scenario looks next: nobody may be waiting for it when it does, and the test
// runner would take a rejection that nobody handles for its own.

import type { SimulatedMachine } from '../simulated/simulated-machine.ts';

export class CallsUnderWay {
  readonly #machine: SimulatedMachine;
  readonly #calls = new Set<Promise<unknown>>();
  readonly #failures: unknown[] = [];

  constructor(machine: SimulatedMachine) {
    this.#machine = machine;
  }

  /** What may go wrong without being a mistake is caught before. */
  start(call: Promise<unknown>): void {
    const done = this.#machine
      .orCrash(call)
      .catch((error: unknown) => this.fail(error))
      .finally(() => this.#calls.delete(done));
    this.#calls.add(done);
  }

  /** For what the scenario itself finds wrong where nobody would hear of it. */
  fail(error: unknown): void {
    this.#failures.push(error);
  }

  /** Throws what went wrong first, if anything did. */
  check(): void {
    if (this.#failures.length > 0) throw this.#failures[0];
  }

  /** Resolves when no call is under way, those included that come meanwhile; throws as `check` does. */
  async settled(): Promise<void> {
    while (this.#calls.size > 0) await Promise.all(this.#calls);
    this.check();
  }
}
