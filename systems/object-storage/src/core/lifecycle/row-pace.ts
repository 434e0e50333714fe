// Slows a pass down to a number of rows per second, and to a third of the time, so that clients hardly notice it. What takes
// longer than usual, because the disk is slow, clients are many or the rules of a bucket are, so goes slower by itself.

import type { Clock } from '@cairn/world';

/** Shorter rests are saved up: a timer costs more than they are worth. */
const restMsMin = 5;
/** Of the time that something took. */
const restPerWork = 2;

export class RowPace {
  readonly #clock: Clock;
  readonly #rowsPerMs: number;
  #owedMs = 0;

  constructor({ clock, rowsPerSecond }: { readonly clock: Clock; readonly rowsPerSecond: number }) {
    this.#clock = clock;
    this.#rowsPerMs = rowsPerSecond / 1_000;
  }

  /**
   * To be called after work on so many rows that began at `sinceMs` of the monotonic clock; resolves when it is time for
   * the next. Rejects when the signal aborts.
   */
  async spend({ rows, sinceMs }: { rows: number; sinceMs: number }, signal: AbortSignal): Promise<void> {
    const tookMs = this.#clock.monotonicMs() - sinceMs;
    this.#owedMs += Math.max(rows / this.#rowsPerMs, tookMs * restPerWork);
    signal.throwIfAborted();
    if (this.#owedMs < restMsMin) return;
    const restMs = this.#owedMs;
    this.#owedMs = 0;
    await this.#clock.sleep(restMs, signal);
  }
}
