// The chunks that a unit of work needs, each once, by number.

import type { ChunkIndex } from '../../core/repository.ts';
import type { ChunkLocation } from '../../packing/chunk-location.ts';
import { fingerprintBytes } from '../../packing/fingerprinter.ts';

export type NumberedChunk = {
  readonly fingerprint: Uint8Array;
  /** Undefined when the index does not know it. */
  readonly location: ChunkLocation | undefined;
};

export class ChunkNumbers {
  readonly chunks: NumberedChunk[] = [];
  readonly #index: ChunkIndex;
  readonly #numbers = new Map<string, number>();
  #rawBytes = 0;

  constructor(index: ChunkIndex) {
    this.#index = index;
  }

  /** Of all chunks together, each counted once. */
  get rawBytes(): number {
    return this.#rawBytes;
  }

  /** The numbers of n x 32 bytes of fingerprints, in their order. */
  add(fingerprints: Uint8Array): number[] {
    const numbers: number[] = [];
    for (let at = 0; at < fingerprints.length; at += fingerprintBytes)
      numbers.push(this.#numberOf(fingerprints.subarray(at, at + fingerprintBytes)));
    return numbers;
  }

  #numberOf(fingerprint: Uint8Array): number {
    const key = Buffer.from(fingerprint.buffer, fingerprint.byteOffset, fingerprintBytes).toString('latin1');
    const existing = this.#numbers.get(key);
    if (existing !== undefined) return existing;
    const location = this.#index.locate(fingerprint);
    this.#rawBytes += location?.rawBytes ?? 0;
    this.#numbers.set(key, this.chunks.length);
    this.chunks.push({ fingerprint, location });
    return this.chunks.length - 1;
  }
}
