// Shares a number of bytes per second among all replications that are under way: each byte has its time.

import type { Clock } from '@cairn/world';
import type { Readable } from '../object-content.ts';

/** Shorter rests are left out: a timer costs more than they are worth. */
const restMsMin = 5;

export class Bandwidth {
  readonly #clock: Clock;
  readonly #bytesPerMs: number;
  /** When all that was let through has had its time. */
  #freeMs = 0;

  /** Without a limit when `bytesPerSecond` is undefined. */
  constructor(clock: Clock, bytesPerSecond: number | undefined) {
    this.#clock = clock;
    this.#bytesPerMs = (bytesPerSecond ?? Number.POSITIVE_INFINITY) / 1_000;
  }

  /** Resolves when so many bytes may go. Rejects when the signal aborts. */
  async spend(bytes: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const nowMs = this.#clock.monotonicMs();
    const restMs = this.#freeMs - nowMs;
    this.#freeMs = Math.max(this.#freeMs, nowMs) + bytes / this.#bytesPerMs;
    if (restMs >= restMsMin) await this.#clock.sleep(restMs, signal);
  }

  /** The same content at that pace. `onBytes` counts. */
  paced(
    content: Readable,
    { signal, onBytes }: { signal: AbortSignal; onBytes: (bytes: number) => void },
  ): Readable {
    const spend = async (bytes: number) => {
      await this.spend(bytes, signal);
      onBytes(bytes);
    };
    return {
      sizeBytes: content.sizeBytes,
      whole: undefined,
      async *chunks() {
        for await (const chunk of content.chunks()) {
          await spend(chunk.byteLength);
          yield chunk;
        }
      },
      close: () => content.close(),
    };
  }
}
