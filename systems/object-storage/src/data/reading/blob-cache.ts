// The bytes of small blobs that are read again and again, in bounded memory: a hit saves a read of the disk and its proof.
//
// A blob's bytes never change, so what was proved once is right for ever. They are kept under the name of the place that they
// were read from, which the index gave. When a blob is moved or removed the index forgets that name and never gives it
// again: what is kept here under it is out of reach at once, and goes by and by.
//
// Bytes are kept from the second read on: what is read once, as a copy of everything does, costs a note.

import assert from 'node:assert/strict';
import type { KnownPlace } from '../data-store.ts';
import { Generations } from './generations.ts';
import { SeenLately } from './seen-lately.ts';

/** What the bytes' own object takes besides the bytes. */
const overheadBytes = 256;
/** So many other reads may lie between the two: about as many blobs of 4 KiB as are kept. */
const notedMax = 8_192;

export class BlobCache {
  readonly #kept: Generations<number, Uint8Array>;
  readonly #readOnce: SeenLately | undefined;
  #hits = 0;
  #misses = 0;

  /** 0 keeps nothing. */
  constructor(options: { readonly bytesMax: number }) {
    assert(options.bytesMax >= 0);
    this.#kept = new Generations({ weightMax: options.bytesMax, weightOf });
    this.#readOnce = options.bytesMax === 0 ? undefined : new SeenLately({ slots: notedMax });
  }

  get hits(): number {
    return this.#hits;
  }

  get misses(): number {
    return this.#misses;
  }

  /** Of what is kept. */
  get bytes(): number {
    return this.#kept.weight;
  }

  /** The blob that lies there. Nobody may change these bytes. */
  get({ name }: KnownPlace): Uint8Array | undefined {
    const kept = this.#kept.get(name);
    if (kept === undefined) this.#misses++;
    else this.#hits++;
    return kept;
  }

  /** Whether the blob that was read there is to be kept: when it was read before. */
  wants({ name }: KnownPlace): boolean {
    return this.#readOnce?.note(name) ?? false;
  }

  /** Nobody may change its bytes from now on. */
  keep({ name }: KnownPlace, bytes: Uint8Array): void {
    this.#kept.set(name, bytes);
  }
}

/** Of all the memory that the bytes keep alive. */
function weightOf(bytes: Uint8Array): number {
  return overheadBytes + bytes.buffer.byteLength;
}
