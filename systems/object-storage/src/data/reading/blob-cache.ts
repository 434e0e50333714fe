// The bytes of small blobs that are read again and again, in bounded memory: a hit saves a read of the disk and its proof.
//
// A blob's bytes never change, so what was proved once is right for ever. They are kept under the place that they were
// read from, as the object that the index gave for it. When a blob is moved or removed the index forgets that object and
// never gives it again: what is kept here under it is out of reach at once, and goes by and by.
//
// Bytes are kept from the second read on: what is read once, as a copy of everything does, costs a note.

import assert from 'node:assert/strict';
import type { BlobPlace } from '../data-store.ts';
import { Generations } from './generations.ts';

/** What a place, its note and the bytes' own object take besides the bytes. */
const overheadBytes = 512;
const readOnce = 'read once';

export class BlobCache {
  readonly #kept: Generations<BlobPlace, Uint8Array | typeof readOnce>;
  #hits = 0;
  #misses = 0;

  /** 0 keeps nothing. */
  constructor(options: { readonly bytesMax: number }) {
    assert(options.bytesMax >= 0);
    this.#kept = new Generations({ weightMax: options.bytesMax, weightOf });
  }

  get hits(): number {
    return this.#hits;
  }

  get misses(): number {
    return this.#misses;
  }

  /** Of what is kept, and of its notes. */
  get bytes(): number {
    return this.#kept.weight;
  }

  /** The blob that lies there. Nobody may change these bytes. */
  get(place: BlobPlace): Uint8Array | undefined {
    const kept = this.#kept.get(place);
    if (kept === undefined || kept === readOnce) {
      this.#misses++;
      return undefined;
    }
    this.#hits++;
    return kept;
  }

  /** Takes the blob that was read there, when it was read before. Nobody may change its bytes from now on. */
  offer(place: BlobPlace, bytes: Uint8Array): void {
    const known = this.#kept.get(place) !== undefined;
    this.#kept.set(place, known ? bytes : readOnce);
  }
}

/** Of all the memory that the bytes keep alive. */
function weightOf(bytes: Uint8Array | typeof readOnce): number {
  return overheadBytes + (bytes === readOnce ? 0 : bytes.buffer.byteLength);
}
