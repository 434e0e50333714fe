// The last offset of every key that a pass met, in memory that is taken once: 24 bytes a place, no key is kept.
//
// A key is the first 128 bits of its SHA-1. Two keys that share them would be one for compaction, and one of them would be lost;
// a faster hash without cryptographic strength would let whoever chooses a key choose one that takes another's place.

import { checksumOf } from '@cairn/hashing';
import type { Offset } from '../partition.ts';

const wordsPerKey = 4;
const bytesPerPlace = wordsPerKey * 4 + 8;
const fullness = 0.75;

export class KeyOffsets {
  readonly #mask: number;
  readonly #keys: Uint32Array;
  /** Plus one: 0 is a free place. */
  readonly #offsets: Float64Array;
  readonly #sizeMax: number;
  #size = 0;

  /** Holds `keysMax` keys, or as many as fit. */
  constructor({ keysMax, bytesMax }: { readonly keysMax: number; readonly bytesMax: number }) {
    let places = 16;
    while (places * fullness < keysMax && places * 2 * bytesPerPlace <= bytesMax) places *= 2;
    this.#mask = places - 1;
    this.#keys = new Uint32Array(places * wordsPerKey);
    this.#offsets = new Float64Array(places);
    this.#sizeMax = Math.floor(places * fullness);
  }

  /** Keys that still fit. */
  get room(): number {
    return this.#sizeMax - this.#size;
  }

  get size(): number {
    return this.#size;
  }

  /** A later offset takes the place of an earlier one. */
  put(key: Uint8Array, offset: Offset): void {
    const hash = checksumOf('sha1', key);
    const place = this.#placeOf(hash);
    if (this.#offsets[place] === 0) {
      if (this.room === 0) throw new RangeError(`${this.#size} keys are as many as fit`);
      this.#size += 1;
      for (let word = 0; word < wordsPerKey; word++)
        this.#keys[place * wordsPerKey + word] = hash.readUInt32LE(word * 4);
    }
    this.#offsets[place] = Math.max(this.#offsets[place]!, offset + 1);
  }

  get(key: Uint8Array): Offset | undefined {
    if (this.#size === 0) return undefined;
    const found = this.#offsets[this.#placeOf(checksumOf('sha1', key))]!;
    return found === 0 ? undefined : found - 1;
  }

  /** Where the key is, or would be. */
  #placeOf(hash: Buffer): number {
    const first = hash.readUInt32LE(0);
    const second = hash.readUInt32LE(4);
    const third = hash.readUInt32LE(8);
    const fourth = hash.readUInt32LE(12);
    for (let place = first & this.#mask; ; place = (place + 1) & this.#mask) {
      const at = place * wordsPerKey;
      const isThis =
        this.#keys[at] === first &&
        this.#keys[at + 1] === second &&
        this.#keys[at + 2] === third &&
        this.#keys[at + 3] === fourth;
      if (isThis || this.#offsets[place] === 0) return place;
    }
  }
}
