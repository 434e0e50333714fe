// Keeps room on the disk for what makes room: deletes need some in the metadata store and the index, compaction needs
// some for its copies. So uploads are refused before the disk is full, not when it is.
//
// The free space is measured now and then, and what is written since is counted against it. A data folder that was
// deleted under the running server shows here too: it cannot be measured any more, and uploads are refused.

import { type Clock, type Disk, DiskError } from '@cairn/world';
import { spaceMeasuredEveryMs } from '../../limits.ts';

export type SpaceGuardOptions = {
  readonly disk: Disk;
  readonly clock: Clock;
  /** On the file system to be measured. */
  readonly directory: string;
  /** What uploads leave free. */
  readonly reserveBytes: number;
};

export class SpaceGuard {
  readonly #options: SpaceGuardOptions;
  /** What uploads may still take, by the last measure. */
  #leftBytes = 0;
  #measuredMs = Number.NEGATIVE_INFINITY;
  #measuring: Promise<void> | undefined;

  constructor(options: SpaceGuardOptions) {
    this.#options = options;
  }

  /** The last upload that asked found no room. */
  get isShort(): boolean {
    return this.#measuredMs > Number.NEGATIVE_INFINITY && this.#leftBytes <= 0;
  }

  /** Takes bytes for an upload when that is known to be possible; false: `take` has to find out. */
  takeNow(bytes: number): boolean {
    if (this.#leftBytes <= bytes || this.#isStale()) return false;
    this.#leftBytes -= bytes;
    return true;
  }

  /** Throws DiskError `full` when there is not enough room, and what the disk says when it cannot be measured. */
  async take(bytes: number): Promise<void> {
    if (this.takeNow(bytes)) return;
    await this.#measureOnce();
    this.#leftBytes -= bytes;
    if (this.#leftBytes < 0) {
      throw new DiskError('full', { operation: 'reserve space', path: this.#options.directory });
    }
  }

  /** Measures again when there was no room: whoever goes elsewhere meanwhile does not ask. */
  async lookAgain(): Promise<void> {
    if (this.isShort) await this.#measureOnce();
  }

  #measureOnce(): Promise<void> {
    this.#measuring ??= this.#measure().finally(() => {
      this.#measuring = undefined;
    });
    return this.#measuring;
  }

  async #measure(): Promise<void> {
    const { disk, clock, directory, reserveBytes } = this.#options;
    const freeBytes = await disk.freeBytes(directory);
    this.#leftBytes = freeBytes - reserveBytes;
    this.#measuredMs = clock.monotonicMs();
  }

  #isStale(): boolean {
    return this.#options.clock.monotonicMs() - this.#measuredMs > spaceMeasuredEveryMs;
  }
}
