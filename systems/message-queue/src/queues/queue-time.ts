// Time of a queue, which its log is ordered by: its clock's, but it never goes back. Where its clock is set back it goes on
// from where it was by the monotonic clock: were it to stand still until its clock has caught up, no deduplication id would
// ever be forgotten meanwhile.

import type { Clock } from '@cairn/world';

export class QueueTime {
  readonly #clock: Pick<Clock, 'nowMs' | 'monotonicMs'>;
  /** What it was once, and when. Only its clock being ahead makes it another: fractions of milliseconds are not lost. */
  #known: { readonly timeMs: number; readonly monotonicMs: number };

  /** It begins at `startMs`, or at what its clock shows where that is later. */
  constructor(clock: Pick<Clock, 'nowMs' | 'monotonicMs'>, startMs: number) {
    this.#clock = clock;
    this.#known = { timeMs: startMs, monotonicMs: clock.monotonicMs() };
  }

  /** Whole milliseconds since the epoch. */
  nowMs(): number {
    const clockMs = this.#clock.nowMs();
    const monotonicMs = this.#clock.monotonicMs();
    const passedMs = Math.floor(monotonicMs - this.#known.monotonicMs);
    const timeMs = this.#known.timeMs + passedMs;
    if (clockMs <= timeMs) return timeMs;
    this.#known = { timeMs: clockMs, monotonicMs };
    return clockMs;
  }
}
