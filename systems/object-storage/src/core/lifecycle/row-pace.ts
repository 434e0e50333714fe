// Slows a pass down to a number of rows per second, a tenth of it while clients are many, and to a third of the time, so
// that clients hardly notice it. What takes longer than usual, because the disk is slow or the rules of a bucket are many,
// so goes slower by itself.

import type { Clock } from '@cairn/world';

/** Shorter rests are saved up: a timer costs more than they are worth. */
const restMsMin = 5;
/** Least, so that a pass comes to its end however many clients there are. */
const busyFraction = 0.1;
/** Of the time that something took. */
const restPerWork = 2;

export type RowPaceOptions = {
  readonly clock: Clock;
  readonly rowsPerSecond: number;
  /** Clients are many. */
  readonly isBusy: () => boolean;
};

export class RowPace {
  readonly #clock: Clock;
  readonly #rowsPerMs: number;
  readonly #isBusy: () => boolean;
  #owedMs = 0;

  constructor({ clock, rowsPerSecond, isBusy }: RowPaceOptions) {
    this.#clock = clock;
    this.#isBusy = isBusy;
    this.#rowsPerMs = rowsPerSecond / 1_000;
  }

  /**
   * To be called after work on so many rows that began at `sinceMs` of the monotonic clock; resolves when it is time for
   * the next. What `isLate` goes at its full pace, or where clients are always many it would never catch up with what they
   * bring. Rejects when the signal aborts.
   */
  async spend(
    { rows, sinceMs, isLate = false }: { rows: number; sinceMs: number; isLate?: boolean },
    signal: AbortSignal,
  ): Promise<void> {
    const tookMs = this.#clock.monotonicMs() - sinceMs;
    const rowsPerMs = this.#isBusy() && !isLate ? this.#rowsPerMs * busyFraction : this.#rowsPerMs;
    this.#owedMs += Math.max(rows / rowsPerMs, tookMs * restPerWork);
    signal.throwIfAborted();
    if (this.#owedMs < restMsMin) return;
    const restMs = this.#owedMs;
    this.#owedMs = 0;
    await this.#clock.sleep(restMs, signal);
  }
}
