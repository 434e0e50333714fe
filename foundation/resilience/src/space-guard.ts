// Keeps room on the disk for what makes room: deletion, retention, compaction and starts all write before they remove
// anything. So what stores more is refused before the disk is full, not when it is.
//
// The free space is measured now and then, and what is written since is counted against it. A folder that was deleted
// under its server shows here too: it cannot be measured any more, and writes are refused.

import assert from 'node:assert/strict';
import { type Clock, type Disk, DiskError } from '@cairn/world';

export type SpaceGuardOptions = {
  readonly disk: Pick<Disk, 'freeBytes'>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** On the file system to be measured. */
  readonly directory: string;
  /** What writes leave free. */
  readonly reserveBytes: number;
  /** How long a measure is believed. 500 when absent. */
  readonly measureEveryMs?: number;
};

export class SpaceGuard {
  readonly #options: SpaceGuardOptions;
  readonly #measureEveryMs: number;
  /** What writes may still take, by the last measure. */
  #leftBytes = 0;
  #measuredMs = Number.NEGATIVE_INFINITY;
  #measuring: Promise<void> | undefined;
  /** What the last write that asked was refused. */
  #refusedBytes = 0;

  constructor(options: SpaceGuardOptions) {
    const { reserveBytes, measureEveryMs = 500 } = options;
    assert(reserveBytes >= 0, `a reserve cannot be ${reserveBytes} bytes`);
    this.#options = options;
    this.#measureEveryMs = measureEveryMs;
  }

  /** The last write that asked found no room, and still would not, by the last measure. */
  get isShort(): boolean {
    return this.#leftBytes < this.#refusedBytes;
  }

  /** Takes bytes for a write when that is known to be possible; false: `take` has to find out. */
  takeNow(bytes: number): boolean {
    const ageMs = this.#options.clock.monotonicMs() - this.#measuredMs;
    if (ageMs > this.#measureEveryMs) return false;
    // Whoever writes all the time then never waits for a measure. One that fails is told by the next that is waited for.
    if (ageMs > this.#measureEveryMs / 2) this.#measureOnce().catch(() => {});
    return this.#takeMeasured(bytes);
  }

  /** Throws DiskError `full` when there is not enough room, and what the disk says when it cannot be measured. */
  async take(bytes: number): Promise<void> {
    if (this.takeNow(bytes)) return;
    await this.#measureOnce();
    if (this.#takeMeasured(bytes)) return;
    this.#refusedBytes = bytes;
    throw new DiskError('full', { operation: 'reserve space', path: this.#options.directory });
  }

  /** Measures again when there was no room: whoever goes elsewhere meanwhile does not ask. */
  async lookAgain(): Promise<void> {
    if (this.isShort) await this.#measureOnce();
  }

  #takeMeasured(bytes: number): boolean {
    if (this.#leftBytes < bytes) return false;
    this.#leftBytes -= bytes;
    this.#refusedBytes = 0;
    return true;
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
