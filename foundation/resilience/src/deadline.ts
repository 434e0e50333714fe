// A moment on the monotonic clock by which a whole piece of work must be done, passed down through every call it makes: a
// timeout for each call would let the calls of one request add up to any time.

import assert from 'node:assert/strict';
import type { Clock, Timer } from '@cairn/world';
import { DeadlineExceeded } from './deadline-exceeded.ts';

export class Deadline {
  readonly #clock: Clock;
  readonly #dueMs: number;
  readonly #timeoutMs: number;
  #controller: AbortController | undefined;
  #timer: Timer | undefined;

  private constructor(clock: Clock, due: { readonly dueMs: number; readonly timeoutMs: number }) {
    this.#clock = clock;
    this.#dueMs = due.dueMs;
    this.#timeoutMs = due.timeoutMs;
  }

  /**
   * The deadline that passes `timeoutMs` from now; `Infinity` never does.
   *
   * ```ts
   * const deadline = Deadline.after(world.clock, 30_000);
   * await fetch(url, { signal: deadline.signal });
   * await store(bytes, deadline.within(5_000)); // at most 5 s, and never beyond the 30 s
   * ```
   */
  static after(clock: Clock, timeoutMs: number): Deadline {
    assert(timeoutMs >= 0, `a deadline lies 0 ms ahead or more, not ${timeoutMs}`);
    return new Deadline(clock, { dueMs: clock.monotonicMs() + timeoutMs, timeoutMs });
  }

  /** 0 when it has passed. */
  get remainingMs(): number {
    return Math.max(0, this.#dueMs - this.#clock.monotonicMs());
  }

  get passed(): boolean {
    return this.#clock.monotonicMs() >= this.#dueMs;
  }

  /** Throws `DeadlineExceeded` when it has passed. */
  throwIfPassed(): void {
    if (this.passed) throw new DeadlineExceeded(this.#timeoutMs);
  }

  /** The sooner of this deadline and one `timeoutMs` from now. */
  within(timeoutMs: number): Deadline {
    const sooner = Deadline.after(this.#clock, timeoutMs);
    return sooner.#dueMs < this.#dueMs ? sooner : this;
  }

  /** Aborts with `DeadlineExceeded` when it passes. Its timer is set by the first who asks, and keeps no process alive. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      this.#arm(this.#controller);
    }
    return this.#controller.signal;
  }

  /** Takes the timer away when the work is done: the signal aborts no more. Idempotent. */
  release(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #arm(controller: AbortController): void {
    const remainingMs = this.remainingMs;
    const abort = () => controller.abort(new DeadlineExceeded(this.#timeoutMs));
    if (remainingMs === 0) abort();
    else if (remainingMs !== Infinity) this.#timer = this.#clock.setTimer(remainingMs, abort);
  }
}
