// The reading thread of a database: opened at the first read, closed when nobody has read for a while. A thread costs
// 10 MB, and most stores scan only now and then: what they do all the time are lookups.

import type { Executor, Timer, World } from '@cairn/world';
import type { ReaderInit, ReaderInput } from './sqlite-reader.ts';

/** Longer than the pause between two pages of a listing, shorter than anyone would wait to see memory come back. */
export const readerIdleMs = 5_000;

/**
 * A page of 1,000 rows takes a millisecond or two to unpack, on the loop that asked for it, and then its owner works on
 * it: one page in a turn is enough. Small reads by key, which would gain from sharing a message, are lookups.
 */
const readBatchMax = 1;

type Reader = Executor<ReaderInput, unknown>;

export class ReaderThread {
  readonly #world: World;
  readonly #init: ReaderInit;
  #reader: Promise<Reader> | undefined;
  readonly #running = new Set<Promise<unknown>>();
  #idle: Timer | undefined;
  /** The end of the thread before this one. */
  #retired: Promise<void> = Promise.resolve();

  constructor(world: World, init: ReaderInit) {
    this.#world = world;
    this.#init = init;
  }

  async run(input: ReaderInput): Promise<unknown> {
    this.#idle?.cancel();
    const running = this.#opened().then((reader) => reader.run(input));
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
      if (this.#running.size === 0)
        this.#idle = this.#world.clock.setTimer(readerIdleMs, () => this.#retire());
    }
  }

  /** Finishes what runs, then ends the thread. Nothing may be run any more. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#running);
    this.#idle?.cancel();
    this.#retire();
    await this.#retired;
  }

  async #opened(): Promise<Reader> {
    const module = new URL('./sqlite-reader.ts', import.meta.url);
    this.#reader ??= this.#world.executors.open(module, this.#init, { batchMax: readBatchMax });
    try {
      return await this.#reader;
    } catch (error) {
      this.#reader = undefined;
      throw error;
    }
  }

  #retire(): void {
    const reader = this.#reader;
    this.#reader = undefined;
    if (reader === undefined) return;
    const before = this.#retired;
    this.#retired = reader.then(
      async (opened) => {
        await opened.close();
        await before;
      },
      () => before,
    );
  }
}
