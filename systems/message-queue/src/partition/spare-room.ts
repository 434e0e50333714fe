// A file that holds room on the disk while there is plenty, and is given up when there is none: whatever else fills the disk to its
// last byte, a start and what makes room find some. What producers leave free (SpaceGuard) others may take; this they cannot.
//
// Given up only by a start, and by what removes something: what else wants to write has to wait, or nothing would be left for these.

import { SqlError } from '@cairn/engines';
import type { Telemetry } from '@cairn/telemetry';
import { type Clock, type Disk, DiskError, type DiskFile } from '@cairn/world';
import {
  spareBytesMax,
  spareBytesMin,
  spareLeftFreeBytes,
  spareLookedForEveryMs,
  sparePartOfReserve,
  sparePieceBytes,
} from '../limits.ts';
import { removeFile } from './small-files.ts';

export const spareFileName = 'spare-room';

export type SpareRoomOptions = {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly log: Telemetry['log'];
  /** That of the broker, for the file to lie in. */
  readonly directory: string;
  /** It is made whole while so much is left free besides, and is a part of it; 0 for none. */
  readonly reserveBytes: number;
};

export class SpareRoom {
  readonly #options: SpareRoomOptions;
  readonly #path: string;
  readonly #spareBytes: number;
  readonly #stopping = new AbortController();
  /** One change of the file at a time. */
  #last: Promise<unknown> = Promise.resolve();
  #keeping: Promise<void> | undefined;

  constructor(options: SpareRoomOptions) {
    this.#options = options;
    this.#path = `${options.directory}/${spareFileName}`;
    this.#spareBytes = Math.min(Math.floor(options.reserveBytes * sparePartOfReserve), spareBytesMax);
  }

  /** Does what makes room; where the disk is too full for it, once more after the file was given up. */
  async use<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!isDiskFull(error) || !(await this.#giveUp())) throw error;
      return work();
    }
  }

  /** Gives the file up where a start could not be sure of room. */
  async clear(): Promise<void> {
    const { disk, directory } = this.#options;
    const spareBytes = this.#spareBytes;
    if (spareBytes > 0 && (await disk.freeBytes(directory)) < spareBytes) await this.#giveUp();
  }

  /** From now on makes the file whenever it is not there and there is room for it. */
  keep(): void {
    if (this.#spareBytes > 0) this.#keeping ??= this.#keep();
  }

  /** The file stays. */
  async close(): Promise<void> {
    this.#stopping.abort(new Error('the broker is being closed'));
    await this.#keeping;
    await this.#last;
  }

  async #keep(): Promise<void> {
    const { clock, log, directory } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#alone(() => this.#makeIfRoom()).catch((error) => {
        if (!isDiskFull(error)) log.warn('no spare room could be made', { directory, error });
      });
      await clock.sleep(spareLookedForEveryMs, signal).catch(() => {});
    }
  }

  /** Of the whole size where there is plenty, else nearly all that is left: what a start gave up and did not need is for the next one. */
  async #makeIfRoom(): Promise<void> {
    const { disk, directory, reserveBytes } = this.#options;
    const spareBytes = this.#spareBytes;
    const foundBytes = (await disk.stat(this.#path))?.sizeBytes;
    if (foundBytes !== undefined && foundBytes >= spareBytes) return;
    const freeBytes = await disk.freeBytes(directory);
    const isPlenty = freeBytes >= reserveBytes + spareBytes;
    const wantedBytes = isPlenty ? spareBytes : Math.min(spareBytes, freeBytes - spareLeftFreeBytes);
    if (wantedBytes < spareBytesMin || wantedBytes <= (foundBytes ?? 0)) return;
    const file = await disk.open(this.#path, foundBytes === undefined ? 'create' : 'write');
    try {
      await this.#fill(file, { from: foundBytes ?? 0, to: wantedBytes });
      await file.sync();
    } finally {
      await file.close();
    }
  }

  async #fill(file: DiskFile, { from, to }: { from: number; to: number }): Promise<void> {
    const piece = incompressible(sparePieceBytes);
    for (let at = from; at < to && !this.#stopping.signal.aborted; at += piece.length)
      await file.write([piece.subarray(0, Math.min(piece.length, to - at))], at);
  }

  /** False where there was none. */
  #giveUp(): Promise<boolean> {
    return this.#alone(async () => {
      const { disk, log, directory } = this.#options;
      const found = await disk.stat(this.#path);
      if (found === undefined) return false;
      await removeFile(disk, this.#path);
      const fields = { directory, bytes: found.sizeBytes };
      log.warn('the disk is full: spare room was given up, so that room can be made', fields);
      return true;
    });
  }

  #alone<T>(step: () => Promise<T>): Promise<T> {
    const result = this.#last.then(step);
    this.#last = result.catch(() => {});
    return result;
  }
}

/** As the disk says it, a log, a partition, or the metadata store. */
export function isDiskFull(error: unknown): boolean {
  for (let at: unknown = error; at instanceof Error; at = at.cause)
    if ((at instanceof DiskError || at instanceof SqlError) && at.code === 'full') return true;
  return false;
}

/** Zeros would take no room on a file system that compresses. */
function incompressible(lengthBytes: number): Buffer {
  const words = new Uint32Array(lengthBytes / Uint32Array.BYTES_PER_ELEMENT);
  let word = 0x9e3779b9;
  for (let index = 0; index < words.length; index++) {
    // Marsaglia's xorshift.
    word ^= word << 13;
    word ^= word >>> 17;
    word ^= word << 5;
    words[index] = word;
  }
  return Buffer.from(words.buffer);
}
