// Slows background work down to a number of bytes per second, and to a part of that while clients are served.

import type { Clock } from '@cairn/world';

export type PaceOptions = {
  readonly clock: Clock;
  readonly bytesPerSecond: number;
  /** Clients wait for the disk too. */
  readonly isBusy: () => boolean;
};

const busyFraction = 0.25;
/** Shorter rests are saved up: a timer costs more than they are worth. */
const restMsMin = 5;

export class Pace {
  readonly #options: PaceOptions;
  #owedMs = 0;

  constructor(options: PaceOptions) {
    this.#options = options;
  }

  /** To be called after so many bytes; resolves when it is time for the next. Rejects when the signal aborts. */
  async spend(bytes: number, signal: AbortSignal): Promise<void> {
    const { clock, bytesPerSecond, isBusy } = this.#options;
    const rate = isBusy() ? bytesPerSecond * busyFraction : bytesPerSecond;
    this.#owedMs += (bytes / rate) * 1000;
    signal.throwIfAborted();
    if (this.#owedMs < restMsMin) return;
    const restMs = this.#owedMs;
    this.#owedMs = 0;
    await clock.sleep(restMs, signal);
  }
}
