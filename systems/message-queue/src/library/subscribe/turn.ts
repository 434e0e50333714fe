// Keeps turns of the event loop short where handlers do little and records are many: after a while the others have theirs.

import type { Clock } from '@cairn/world';
import { turnBudgetMs } from '../../limits.ts';

export class Turn {
  readonly #clock: Clock;
  #sinceMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#sinceMs = clock.monotonicMs();
  }

  /** Waits for the next turn when this one has lasted long enough. */
  async end(): Promise<void> {
    if (this.#clock.monotonicMs() - this.#sinceMs < turnBudgetMs) return;
    await this.#clock.sleep(0);
    this.#sinceMs = this.#clock.monotonicMs();
  }
}
