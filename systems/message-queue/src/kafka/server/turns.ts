// Keeps turns of the event loop short. Work asks whether there is time left in this turn; what has to wait goes on in the
// next one, after sockets were looked at.

import type { Clock } from '@cairn/world';

export class Turns {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #budgetMs: number;
  #sinceMs: number;
  readonly #waiting: (() => void)[] = [];

  constructor(clock: Pick<Clock, 'monotonicMs'>, budgetMs: number) {
    this.#clock = clock;
    this.#budgetMs = budgetMs;
    this.#sinceMs = clock.monotonicMs();
  }

  /**
   * Whether work may begin now. Nobody tells when a turn begins, so the time counts from the last renewal: after a pause
   * somebody waits for one turn in vain.
   */
  get isLeft(): boolean {
    return this.#waiting.length === 0 && this.#clock.monotonicMs() - this.#sinceMs < this.#budgetMs;
  }

  /** Calls back in the next turn, or a later one, when those that came before had theirs. */
  next(callback: () => void): void {
    if (this.#waiting.push(callback) === 1) setImmediate(() => this.#begin());
  }

  #begin(): void {
    this.#sinceMs = this.#clock.monotonicMs();
    const waiting = this.#waiting.splice(0);
    while (waiting.length > 0 && this.#clock.monotonicMs() - this.#sinceMs < this.#budgetMs)
      waiting.shift()!();
    if (waiting.length === 0) return;
    // In front of those that came meanwhile.
    const isFirst = this.#waiting.length === 0;
    this.#waiting.unshift(...waiting);
    if (isFirst) setImmediate(() => this.#begin());
  }
}
