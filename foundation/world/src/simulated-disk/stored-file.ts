// One file of a simulated disk: what readers see (the page cache) and what would survive a power loss (the medium).
//
//   cache   | s0 | s1 | s2 | s3 |      s1 and s3 are dirty: written, not yet synced
//   medium  | s0 | .. | s2 | .. |
//
// Invariants: a sector that is not dirty is the same in both, unless a failed sync dropped it; the cache is zero beyond
// its size, and so are the clean sectors of the medium. A power loss keeps, loses or tears each dirty sector by itself, and settles the size somewhere between the two.

import type { SeededRandom } from '../simulated/seeded-random.ts';

const sectorBytes = 512;

/** What a sync found dirty when it started: later writes are not its business. */
export type SyncSnapshot = { readonly sizeBytes: number; readonly sectors: readonly DirtySector[] };

type DirtySector = { readonly index: number; readonly version: number; readonly bytes: Buffer };

export class StoredFile {
  #cache = Buffer.alloc(0);
  #medium = Buffer.alloc(0);
  #sizeBytes = 0;
  #mediumSizeBytes = 0;
  /** By sector, the version of its last write: a sync cleans a sector only if nobody wrote it since. */
  #dirty = new Map<number, number>();
  #version = 0;
  modifiedMs: number;

  constructor(nowMs: number) {
    this.modifiedMs = nowMs;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  read(into: Uint8Array, position: number): number {
    const end = Math.min(position + into.byteLength, this.#sizeBytes);
    if (end <= position) return 0;
    into.set(this.#cache.subarray(position, end));
    return end - position;
  }

  /** Now and then the kernel has written an older version of a sector back on its own: `random` says when. */
  write(bytes: Uint8Array, position: number, random: SeededRandom): void {
    if (bytes.byteLength === 0) return;
    const end = position + bytes.byteLength;
    if (random.chance(1 / 8)) this.#writeBackSome(position, end, random);
    this.#cache = withCapacity(this.#cache, end);
    this.#cache.set(bytes, position);
    this.#sizeBytes = Math.max(this.#sizeBytes, end);
    this.#markDirty(position, end);
  }

  truncate(sizeBytes: number): void {
    const before = this.#sizeBytes;
    this.#cache = withCapacity(this.#cache, sizeBytes);
    if (sizeBytes < before) {
      this.#cache.fill(0, sizeBytes, before);
      this.#markDirty(sizeBytes, before);
    }
    this.#sizeBytes = sizeBytes;
  }

  beginSync(): SyncSnapshot {
    const sectors: DirtySector[] = [];
    for (const [index, version] of this.#dirty) {
      sectors.push({ index, version, bytes: Buffer.from(this.#sectorOfCache(index)) });
    }
    return { sizeBytes: this.#sizeBytes, sectors };
  }

  completeSync({ sizeBytes, sectors }: SyncSnapshot): void {
    for (const sector of sectors) {
      this.#writeToMedium(sector.index, sector.bytes);
      this.#clean(sector);
    }
    if (sizeBytes < this.#mediumSizeBytes) this.#medium.fill(0, sizeBytes, this.#mediumSizeBytes);
    this.#medium = withCapacity(this.#medium, sizeBytes);
    this.#mediumSizeBytes = sizeBytes;
  }

  /** What Linux does when write-back fails: some pages reach the medium, some are dropped and nevertheless look clean. */
  failSync({ sectors }: SyncSnapshot, random: SeededRandom): void {
    for (const sector of sectors) {
      const fate = random.pick(['written', 'dropped', 'still dirty']);
      if (fate === 'written') this.#writeToMedium(sector.index, sector.bytes);
      if (fate !== 'still dirty') this.#clean(sector);
    }
  }

  losePower(random: SeededRandom): void {
    const keepProbability = random.pick([0, 1, random.float()]);
    for (const index of this.#dirty.keys()) {
      if (random.chance(keepProbability)) this.#writeToMedium(index, this.#sectorOfCache(index));
      else if (random.chance(1 / 4)) this.#tear(index, random);
    }
    this.#mediumSizeBytes = this.#settledSize(random);
    this.#medium = withCapacity(this.#medium, this.#mediumSizeBytes).fill(0, this.#mediumSizeBytes);
    this.#cache = Buffer.from(this.#medium);
    this.#sizeBytes = this.#mediumSizeBytes;
    this.#dirty.clear();
  }

  /** Flips one bit of the medium, and of the cache too unless an unsynced write is about to mend it. */
  rot({ position, bit }: { position: number; bit: number }): void {
    const mask = 1 << bit;
    if (position < this.#mediumSizeBytes) this.#medium[position]! ^= mask;
    if (position < this.#sizeBytes && !this.#dirty.has(sectorOf(position))) this.#cache[position]! ^= mask;
  }

  /** What is on the medium now. Of its unsynced part a power loss may leave that or the newer. */
  durableContents(): Buffer {
    return Buffer.from(this.#medium.subarray(0, this.#mediumSizeBytes));
  }

  contents(): Buffer {
    return Buffer.from(this.#cache.subarray(0, this.#sizeBytes));
  }

  #markDirty(start: number, end: number): void {
    this.#version += 1;
    for (let index = sectorOf(start); index * sectorBytes < end; index += 1) {
      this.#dirty.set(index, this.#version);
    }
  }

  #clean({ index, version }: DirtySector): void {
    if (this.#dirty.get(index) === version) this.#dirty.delete(index);
  }

  #sectorOfCache(index: number): Buffer {
    return this.#cache.subarray(index * sectorBytes, (index + 1) * sectorBytes);
  }

  #writeToMedium(index: number, bytes: Uint8Array): void {
    const start = index * sectorBytes;
    this.#medium = withCapacity(this.#medium, start + sectorBytes);
    this.#medium.set(bytes, start);
  }

  // The bytes reach the medium, but the sector stays dirty: there was no sync.
  #writeBackSome(start: number, end: number, random: SeededRandom): void {
    for (let index = sectorOf(start); index * sectorBytes < end; index += 1) {
      if (this.#dirty.has(index) && random.chance(1 / 2))
        this.#writeToMedium(index, this.#sectorOfCache(index));
    }
  }

  #tear(index: number, random: SeededRandom): void {
    const length = random.between({ min: 1, max: sectorBytes - 1 });
    this.#writeToMedium(index, this.#sectorOfCache(index).subarray(0, length));
  }

  // The size is metadata with a life of its own: the old one, the new one, or one that a write passed on the way.
  #settledSize(random: SeededRandom): number {
    const [before, after] = [this.#mediumSizeBytes, this.#sizeBytes];
    if (before === after) return after;
    const between = Math.min(before, after) + random.integer(Math.abs(after - before));
    return random.pick([before, after, after > before ? between : after]);
  }
}

function sectorOf(position: number): number {
  return Math.floor(position / sectorBytes);
}

/** Grows by doubling, in whole sectors, filled with zeros. */
function withCapacity(buffer: Buffer<ArrayBuffer>, bytes: number): Buffer<ArrayBuffer> {
  if (bytes <= buffer.byteLength) return buffer;
  const sectors = Math.ceil(Math.max(bytes, 2 * buffer.byteLength) / sectorBytes);
  const grown = Buffer.alloc(sectors * sectorBytes);
  grown.set(buffer);
  return grown;
}
