// Keeps room on the disk for what makes room: retention and deletion write to the metadata store, checkpoints and indexes before
// anything is removed, and a start writes too. So appends are refused before the disk is full, not when it is.
//
// The free space is measured now and then, and what is appended since is counted against it.

import { type Clock, type Disk, DiskError } from '@cairn/world';
import { spaceMeasuredEveryMs } from '../limits.ts';

export type SpaceGuardOptions = {
  readonly disk: Disk;
  readonly clock: Clock;
  /** On the file system to be measured. */
  readonly directory: string;
  /** What appends leave free. */
  readonly reserveBytes: number;
};

export class SpaceGuard {
  readonly #options: SpaceGuardOptions;
  /** What appends may still take, by the last measure. */
  #leftBytes = 0;
  #measuredMs = Number.NEGATIVE_INFINITY;
  #measuring: Promise<void> | undefined;
  #isShort = false;

  constructor(options: SpaceGuardOptions) {
    this.#options = options;
  }

  /** The last append that asked found no room. */
  get isShort(): boolean {
    return this.#isShort;
  }

  /** Takes bytes for an append when that is known to be possible; false: `take` has to find out. */
  takeNow(bytes: number): boolean {
    const { clock, reserveBytes } = this.#options;
    if (reserveBytes === 0) return true;
    const isStale = clock.monotonicMs() - this.#measuredMs > spaceMeasuredEveryMs;
    if (isStale || this.#leftBytes <= bytes) return false;
    this.#leftBytes -= bytes;
    return true;
  }

  /** Throws DiskError `full` when there is not enough room, and what the disk says when it cannot be measured. */
  async take(bytes: number): Promise<void> {
    if (this.takeNow(bytes)) return;
    await this.#measureOnce();
    this.#isShort = this.#leftBytes <= bytes;
    if (this.#isShort) {
      throw new DiskError('full', { operation: 'reserve space', path: this.#options.directory });
    }
    this.#leftBytes -= bytes;
  }

  #measureOnce(): Promise<void> {
    this.#measuring ??= this.#measure().finally(() => {
      this.#measuring = undefined;
    });
    return this.#measuring;
  }

  async #measure(): Promise<void> {
    const { disk, clock, directory, reserveBytes } = this.#options;
    this.#leftBytes = (await disk.freeBytes(directory)) - reserveBytes;
    this.#measuredMs = clock.monotonicMs();
  }
}

/** Gives the error of a full disk, as a log tells it or the disk; throws any other. */
export function fullDisk(error: unknown): Error {
  for (let at: unknown = error; at instanceof Error; at = at.cause)
    if (at instanceof DiskError && at.code === 'full') return error as Error;
  throw error;
}
