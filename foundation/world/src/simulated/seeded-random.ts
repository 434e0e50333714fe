// The generator of every choice of a simulation: xoshiro128** 1.1 (Blackman and Vigna, https://prng.di.unimi.it), its
// state filled by splitmix32. Not for secrets.
//
// A simulation draws from several independent streams of one seed, so that one more draw in a scenario does not change
// every fault of a disk: a stream is named, and seed and name decide all it ever gives.

import assert from 'node:assert/strict';
import type { Random } from '../random.ts';

export class SeededRandom implements Random {
  readonly #seed: number;
  readonly #stream: string;
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  /** `seed` is an integer from 0 to 2^32 - 1. */
  constructor(seed: number, stream = '') {
    assert(seed >>> 0 === seed, `a seed must be an integer from 0 to 2^32 - 1, got ${seed}`);
    this.#seed = seed;
    this.#stream = stream;
    const next = splitmix32(seed ^ hashText(stream));
    this.#a = next();
    this.#b = next();
    this.#c = next();
    this.#d = next();
  }

  /** An independent generator of the same seed. */
  stream(name: string): SeededRandom {
    return new SeededRandom(this.#seed, `${this.#stream}/${name}`);
  }

  /** Uniform in 0 <= n < 2^32. */
  next32(): number {
    const result = Math.imul(rotateLeft(Math.imul(this.#b, 5), 7), 9) >>> 0;
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = rotateLeft(this.#d, 11);
    return result;
  }

  /** Uniform in 0 <= x < 1, in steps of 2^-32. */
  float(): number {
    return this.next32() / 2 ** 32;
  }

  /** True with this probability. Draws nothing when it is 0, so that a fault switched off changes no other choice. */
  chance(probability: number): boolean {
    return probability > 0 && this.float() < probability;
  }

  integer(below: number): number {
    assert(
      Number.isSafeInteger(below) && below >= 1 && below <= 2 ** 48,
      `a random integer needs a bound from 1 to 2^48, got ${below}`,
    );
    const wide = below > 2 ** 32;
    const range = wide ? 2 ** 48 : 2 ** 32;
    const fair = range - (range % below);
    for (;;) {
      const drawn = wide ? this.next32() * 2 ** 16 + (this.next32() >>> 16) : this.next32();
      if (drawn < fair) return drawn % below;
    }
  }

  /** Uniform in min <= n <= max. */
  between({ min, max }: { readonly min: number; readonly max: number }): number {
    return min + this.integer(max - min + 1);
  }

  pick<const T>(choices: readonly T[]): T {
    assert(choices.length > 0, 'nothing to pick from');
    return choices[this.integer(choices.length)]!;
  }

  bytes(length: number): Buffer {
    const bytes = Buffer.alloc(length);
    for (let i = 0; i < length; i += 1) bytes[i] = this.next32() >>> 24;
    return bytes;
  }
}

function rotateLeft(value: number, count: number): number {
  return (value << count) | (value >>> (32 - count));
}

function splitmix32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return mixed ^ (mixed >>> 15);
  };
}

/** FNV-1a over UTF-16 units. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
