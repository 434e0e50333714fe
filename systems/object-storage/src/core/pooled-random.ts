// Random bytes, taken from the world a few kilobytes at a time: one small request costs as much as a large one.

import type { Random } from '@cairn/world';

const poolBytes = 4_096;

/** For ids of requests; not for secrets, which had better not lie around. */
export class PooledRandom implements Random {
  readonly #random: Random;
  #pool: Buffer = Buffer.alloc(0);

  constructor(random: Random) {
    this.#random = random;
  }

  /** A view of the pool, never given out twice. `length` is at most 4,096. */
  bytes(length: number): Buffer {
    if (this.#pool.length < length) this.#pool = this.#random.bytes(poolBytes);
    const taken = this.#pool.subarray(0, length);
    this.#pool = this.#pool.subarray(length);
    return taken;
  }

  integer(below: number): number {
    return this.#random.integer(below);
  }
}
