// What a simulated machine's disk is made of, for all its processes: names, files, capacity, locks, and the faults that
// were ordered or that the seed throws in.

import { DiskError } from '../disk-error.ts';
import type { Faults } from '../simulated/faults.ts';
import type { SeededRandom } from '../simulated/seeded-random.ts';
import { DirectoryTree } from './directory-tree.ts';
import type { StoredFile } from './stored-file.ts';

/** The calls that can be told to fail with EIO: data read; data written or truncated; files or folders synced. */
export type FaultyCall = 'read' | 'write' | 'sync';

/** Whoever holds a folder's lock; it is free again when the holder is not alive. */
export type LockHolder = { readonly alive: boolean };

const capacityBytesDefault = 2 ** 40;

const probabilityByCall = {
  read: 'readErrorProbability',
  write: 'writeErrorProbability',
  sync: 'syncErrorProbability',
} as const satisfies Record<FaultyCall, keyof Faults>;

export class Volume {
  readonly tree = new DirectoryTree();
  readonly random: SeededRandom;
  readonly locks = new Map<string, LockHolder>();
  readonly #faults: Faults;
  readonly #failNext: Record<FaultyCall, number> = { read: 0, write: 0, sync: 0 };
  capacityBytes = capacityBytesDefault;

  constructor({ random, faults }: { random: SeededRandom; faults: Faults }) {
    this.random = random;
    this.#faults = faults;
  }

  get freeBytes(): number {
    let used = 0;
    for (const file of this.tree.files.values()) used += file.sizeBytes;
    return Math.max(0, this.capacityBytes - used);
  }

  failNext(call: FaultyCall, count: number): void {
    this.#failNext[call] += count;
  }

  /** Takes back what `failNext` ordered and has not happened yet. */
  failNoMore(): void {
    for (const call of Object.keys(this.#failNext) as FaultyCall[]) this.#failNext[call] = 0;
  }

  /** Whether this call is to fail with EIO. */
  fails(call: FaultyCall): boolean {
    if (this.#failNext[call] > 0) {
      this.#failNext[call] -= 1;
      return true;
    }
    return this.random.chance(this.#faults[probabilityByCall[call]]);
  }

  /** Rots a bit of what is about to be read, if the seed says so. */
  rotSome(file: StoredFile, { position, length }: { position: number; length: number }): void {
    const end = Math.min(position + length, file.sizeBytes);
    if (end <= position || !this.random.chance(this.#faults.bitRotProbability)) return;
    file.rot({ position: position + this.random.integer(end - position), bit: this.random.integer(8) });
  }

  /** Writes, or a part and then `full` or `io`, as the free space and the faults have it. */
  write(
    file: StoredFile,
    { path, bytes, position }: { path: string; bytes: Uint8Array; position: number },
  ): void {
    if (this.fails('write')) {
      this.writePart(file, { bytes, position });
      throw ioError('write', path);
    }
    const growth = position + bytes.byteLength - file.sizeBytes;
    if (growth > 0 && this.capacityBytes < capacityBytesDefault && growth > this.freeBytes) {
      const fitting = Math.max(0, bytes.byteLength - (growth - this.freeBytes));
      this.writePart(file, { bytes: bytes.subarray(0, fitting), position });
      throw new DiskError('full', { operation: 'write', path });
    }
    file.write(bytes, position, this.random);
  }

  /** None of the bytes, all, or some from the front. */
  writePart(file: StoredFile, { bytes, position }: { bytes: Uint8Array; position: number }): void {
    const length = this.random.pick([0, bytes.byteLength, this.random.integer(bytes.byteLength + 1)]);
    file.write(bytes.subarray(0, length), position, this.random);
  }

  losePower(): void {
    this.tree.losePower(this.random);
    for (const file of new Set(this.tree.files.values())) file.losePower(this.random);
  }
}

export function ioError(operation: string, path: string): DiskError {
  return new DiskError('io', { operation, path });
}
