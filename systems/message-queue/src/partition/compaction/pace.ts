// How fast compaction goes: it leaves the event loop to others after a few milliseconds, and the disk by bytes per second.

import type { Clock } from '@cairn/world';
import { compactionStride, compactionTurnMs } from '../../limits.ts';

export class Pace {
  readonly #clock: Clock;
  readonly #bytesPerMs: number;
  readonly #signal: AbortSignal;
  #turnSinceMs: number;
  #untilLook = compactionStride;
  /** When what was read and written until now may have been, at the rate that is allowed. */
  #freeAtMs: number;

  constructor(options: {
    readonly clock: Clock;
    readonly bytesPerSecond: number;
    readonly signal: AbortSignal;
  }) {
    this.#clock = options.clock;
    this.#bytesPerMs = options.bytesPerSecond / 1_000;
    this.#signal = options.signal;
    this.#turnSinceMs = this.#clock.monotonicMs();
    this.#freeAtMs = this.#turnSinceMs;
  }

  /** To be asked for every record: what to wait for, when the turn took long enough. */
  pause(): Promise<void> | undefined {
    this.#untilLook -= 1;
    if (this.#untilLook > 0) return undefined;
    this.#untilLook = compactionStride;
    return this.#clock.monotonicMs() - this.#turnSinceMs < compactionTurnMs ? undefined : this.#sleep(0);
  }

  /** Waits until so many more bytes may be read or written. Rejects with the signal's reason once it aborted. */
  async take(bytes: number): Promise<void> {
    this.#signal.throwIfAborted();
    const nowMs = this.#clock.monotonicMs();
    this.#freeAtMs = Math.max(this.#freeAtMs, nowMs) + bytes / this.#bytesPerMs;
    const waitMs = this.#freeAtMs - nowMs;
    if (waitMs >= compactionTurnMs || nowMs - this.#turnSinceMs >= compactionTurnMs)
      await this.#sleep(waitMs);
  }

  async #sleep(durationMs: number): Promise<void> {
    await this.#clock.sleep(durationMs, this.#signal);
    this.#turnSinceMs = this.#clock.monotonicMs();
  }
}
