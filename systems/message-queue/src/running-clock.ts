// Time in which this process ran: what deadlines of clients are counted in. A process that was stopped, a machine that was
// paused or an event loop that was held up hears nobody meanwhile, though clients sent in time: what they sent lies in the
// sockets. By a clock that ran on, their sessions and transactions would be over before a byte of it is read.
//
//   ticks    .  .  .  .  .                      .  .  .  .  .  .
//   counted  ============|       a gap          | grace |========
//
// While a timer is set, the time is looked at every hundredth of what is left of it, and not more often than every `tickMs`. A
// look that comes `gapMs` too late was held up: nothing since the one before counts, and the clock stands for `graceMs` more, in
// which what lies in the sockets is read and clients that gave their connection up make a new one. A grace begins only
// `graceEveryMs` after the one before; until then a gap counts as `gapMs`. So the clock goes on in a process that is late in
// every turn, and whoever is really gone is found gone there too.

import type { Clock, Timer } from '@cairn/world';
import { runningClockMs } from './limits.ts';

const { tickMs, gapMs, graceMs, graceEveryMs } = runningClockMs;
const ticksPerSpan = 100;
const never = Number.NEGATIVE_INFINITY;

type Waiting = { readonly dueMs: number; readonly callback: () => void };

/** What it measures is never longer than by the clock that it is made on. */
export class RunningClock {
  readonly #clock: Pick<Clock, 'monotonicMs' | 'setTimer'>;
  readonly #waiting = new Set<Waiting>();
  #tick: Timer | undefined;
  #ranMs = 0;
  /** By the clock below, as all that follow. */
  #lookedMs: number;
  #looksMs = Number.POSITIVE_INFINITY;
  #graceBeganMs = never;

  constructor(clock: Pick<Clock, 'monotonicMs' | 'setTimer'>) {
    this.#clock = clock;
    this.#lookedMs = clock.monotonicMs();
  }

  /** Milliseconds since it was made, fractional, never decreasing. */
  monotonicMs(): number {
    const nowMs = this.#clock.monotonicMs();
    const beforeMs = this.#lookedMs;
    this.#lookedMs = nowMs;
    const isGap = nowMs - this.#looksMs > gapMs;
    if (isGap && beforeMs - this.#graceBeganMs >= graceEveryMs) this.#graceBeganMs = nowMs;
    else {
      const countsFromMs = Math.max(beforeMs, Math.min(this.#graceBeganMs + graceMs, nowMs));
      this.#ranMs += Math.min(nowMs - countsFromMs, isGap ? gapMs : Number.POSITIVE_INFINITY);
    }
    return this.#ranMs;
  }

  /** Calls back once, when at least `delayMs` have been counted. */
  setTimer(delayMs: number, callback: () => void): Timer {
    const waiting = { dueMs: this.monotonicMs() + delayMs, callback };
    this.#waiting.add(waiting);
    this.#arm();
    return { cancel: () => void this.#waiting.delete(waiting) };
  }

  #arm(): void {
    this.#tick?.cancel();
    this.#tick = undefined;
    // Nobody's time is counted: that nobody looks says nothing.
    this.#looksMs = Number.POSITIVE_INFINITY;
    if (this.#waiting.size === 0) return;
    const leftMs = Math.min(...Array.from(this.#waiting, ({ dueMs }) => dueMs)) - this.#ranMs;
    // Never at once: what a clock cannot tell apart would be looked at for ever.
    const delayMs = Math.max(1, Math.min(Math.ceil(leftMs), Math.max(tickMs, leftMs / ticksPerSpan)));
    this.#looksMs = this.#lookedMs + delayMs;
    this.#tick = this.#clock.setTimer(delayMs, () => this.#look());
  }

  #look(): void {
    const nowMs = this.monotonicMs();
    const due = [...this.#waiting].filter(({ dueMs }) => dueMs <= nowMs).sort((a, b) => a.dueMs - b.dueMs);
    for (const waiting of due) if (this.#waiting.delete(waiting)) waiting.callback();
    this.#arm();
  }
}
