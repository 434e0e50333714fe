// Leaves the event loop to others when a turn took long enough. Not by a timer: that would not keep a process alive which
// waits for nothing else, as one that only uses the library may.

import type { Clock } from '@cairn/world';
import { turnBudgetMs } from '../limits.ts';

/** Records between two looks at the clock. */
const stride = 64;

export class Turns {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #rest: () => Promise<unknown>;
  #sinceMs: number;
  #untilLook = stride;

  /** `rest` ends in a later turn, as a call of the disk does. */
  constructor(clock: Pick<Clock, 'monotonicMs'>, rest: () => Promise<unknown>) {
    this.#clock = clock;
    this.#rest = rest;
    this.#sinceMs = clock.monotonicMs();
  }

  /** To be asked for every record: what to wait for, when the turn took long enough. */
  pause(): Promise<void> | undefined {
    this.#untilLook -= 1;
    if (this.#untilLook > 0) return undefined;
    this.#untilLook = stride;
    return this.#clock.monotonicMs() - this.#sinceMs < turnBudgetMs ? undefined : this.#next();
  }

  async #next(): Promise<void> {
    await this.#rest();
    this.#sinceMs = this.#clock.monotonicMs();
  }
}
