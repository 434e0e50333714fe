// Which chunks snapshots reach, each counted once, and whether one snapshot alone reaches it. About 60 bytes a chunk.

import { FingerprintSlots } from '../core/chunk-index/fingerprint-slots.ts';
import type { ChunkIndex } from '../core/repository.ts';
import { fingerprintBytes } from '../packing/fingerprinter.ts';

export type ChunkCounts = {
  readonly chunks: number;
  readonly rawBytes: number;
  /** Ciphertext with tags. */
  readonly storedBytes: number;
};

/** Owner of what several snapshots reach. */
const shared = -1;

export class ChunkOwners {
  readonly #index: ChunkIndex;
  readonly #fingerprints: Uint8Array;
  readonly #owners: Int32Array;
  readonly #slots: FingerprintSlots;
  #count = 0;
  /** Fingerprints that no index object knows. */
  missing = 0;

  constructor(index: ChunkIndex) {
    this.#index = index;
    this.#fingerprints = new Uint8Array(Math.max(1, index.chunkCount) * fingerprintBytes);
    this.#owners = new Int32Array(Math.max(1, index.chunkCount));
    this.#slots = new FingerprintSlots(this.#fingerprints, Math.max(1, index.chunkCount));
  }

  /** Snapshot number `owner` reaches these chunks: n x 32 bytes. */
  add(fingerprints: Uint8Array, owner: number): void {
    for (let at = 0; at < fingerprints.length; at += fingerprintBytes)
      this.#addOne(fingerprints.subarray(at, at + fingerprintBytes), owner);
  }

  /** Of all that was added, and of each owner what nobody else reaches. */
  count(owners: number): { readonly all: ChunkCounts; readonly unique: readonly ChunkCounts[] } {
    const all = { chunks: 0, rawBytes: 0, storedBytes: 0 };
    const unique = Array.from({ length: owners }, () => ({ chunks: 0, rawBytes: 0, storedBytes: 0 }));
    for (let chunk = 0; chunk < this.#count; chunk += 1) {
      const start = chunk * fingerprintBytes;
      const { rawBytes, storedBytes } = this.#index.locate(
        this.#fingerprints.subarray(start, start + fingerprintBytes),
      )!;
      const owner = this.#owners[chunk]!;
      for (const counts of owner === shared ? [all] : [all, unique[owner]!]) {
        counts.chunks += 1;
        counts.rawBytes += rawBytes;
        counts.storedBytes += storedBytes;
      }
    }
    return { all, unique };
  }

  #addOne(fingerprint: Uint8Array, owner: number): void {
    const known = this.#slots.find(fingerprint);
    if (known >= 0) {
      if (this.#owners[known] !== owner) this.#owners[known] = shared;
      return;
    }
    if (this.#index.locate(fingerprint) === undefined) {
      this.missing += 1;
      return;
    }
    this.#fingerprints.set(fingerprint, this.#count * fingerprintBytes);
    this.#owners[this.#count] = owner;
    this.#slots.insertRange(this.#count, this.#count + 1);
    this.#count += 1;
  }
}
