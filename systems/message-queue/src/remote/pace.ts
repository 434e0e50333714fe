// So many bytes per second, of all who take some together; who took much waits before the next.

import type { Clock } from '@cairn/world';

export class Pace {
  readonly #clock: Clock;
  readonly #bytesPerMs: number;
  #freeAtMs = 0;

  constructor({ clock, bytesPerSecond }: { readonly clock: Clock; readonly bytesPerSecond: number }) {
    this.#clock = clock;
    this.#bytesPerMs = bytesPerSecond / 1_000;
  }

  async take(bytes: number, signal: AbortSignal): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    const waitMs = Math.max(0, this.#freeAtMs - nowMs);
    this.#freeAtMs = nowMs + waitMs + bytes / this.#bytesPerMs;
    if (waitMs > 0) await this.#clock.sleep(waitMs, signal);
  }
}
