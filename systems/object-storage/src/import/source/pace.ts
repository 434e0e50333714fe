// How fast bytes come from the source, all together, and how many came.

import type { Clock } from '@cairn/world';

export class Pace {
  readonly #clock: Clock;
  readonly #bytesPerSecond: number | undefined;
  readonly #signal: AbortSignal;
  #freeAtMs = 0;
  receivedBytes = 0;

  constructor(options: { clock: Clock; bytesPerSecond: number | undefined; signal: AbortSignal }) {
    this.#clock = options.clock;
    this.#bytesPerSecond = options.bytesPerSecond;
    this.#signal = options.signal;
  }

  /** The same chunks, each not before it may come. */
  async *held(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    for await (const chunk of chunks) {
      this.#signal.throwIfAborted();
      this.receivedBytes += chunk.byteLength;
      if (this.#bytesPerSecond !== undefined) await this.#rest(chunk.byteLength, this.#bytesPerSecond);
      yield chunk;
    }
  }

  async #rest(bytes: number, bytesPerSecond: number): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    this.#freeAtMs = Math.max(this.#freeAtMs, nowMs) + (bytes * 1_000) / bytesPerSecond;
    const waitMs = this.#freeAtMs - nowMs;
    if (waitMs > 1) await this.#clock.sleep(waitMs, this.#signal);
  }
}
