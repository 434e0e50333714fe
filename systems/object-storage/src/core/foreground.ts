// Whether clients use the storage: asked by background work that can go slower for as long as they do.

import type { Clock } from '@cairn/world';
import { busyOperationsPerSecond } from '../limits.ts';

export class Foreground {
  readonly #clock: Clock;
  #begun = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A client asked for an operation. */
  readonly begun = (): void => {
    this.#begun++;
  };

  /** Gives a question: whether clients were many in the time since it was last asked. Each asker has one of its own. */
  watch(): () => boolean {
    let begun = this.#begun;
    let sinceMs = this.#clock.monotonicMs();
    return () => {
      const nowMs = this.#clock.monotonicMs();
      const more = this.#begun - begun;
      const isBusy = more > 0 && more * 1_000 >= (nowMs - sinceMs) * busyOperationsPerSecond;
      begun = this.#begun;
      sinceMs = nowMs;
      return isBusy;
    };
  }
}
