// Cuts a stream into stripes and computes their parity. Every stripe has a buffer of its own, because the drives hold its
// units until they are written; then it is used again.

import type { BufferPool } from '../../data/reading/buffer-pool.ts';
import { type Scheme, shardCount } from '../layout/redundancy.ts';
import { reedSolomonOf } from '../layout/reed-solomon.ts';
import { unitBytesMax, unitBytesOf } from '../layout/stripes.ts';

/** The units of one stripe, those of data first. */
export type Stripe = readonly Uint8Array[];

export class StripeEncoder {
  readonly #scheme: Scheme;
  readonly #stripeBytes: number;
  readonly #buffers: BufferPool;
  /** Those of stripes that were given out, the oldest first; `#released` of all that there were are not among them. */
  readonly #given: Buffer[] = [];
  #released = 0;
  #stripe: Buffer | undefined;
  #used = 0;

  /** `buffers` have room for one stripe each. */
  constructor(scheme: Scheme, buffers: BufferPool) {
    this.#scheme = scheme;
    this.#buffers = buffers;
    this.#stripeBytes = scheme.dataShards * unitBytesMax;
  }

  /** The stripes that the chunk fills. */
  *add(chunk: Uint8Array): Iterable<Stripe> {
    for (let at = 0; at < chunk.byteLength; ) {
      this.#stripe ??= this.#buffers.take();
      const taken = chunk.subarray(at, at + this.#stripeBytes - this.#used);
      this.#stripe.set(taken, this.#used);
      this.#used += taken.byteLength;
      at += taken.byteLength;
      if (this.#used === this.#stripeBytes) yield this.#take(unitBytesMax);
    }
  }

  /** The last stripe, if some of it is there. */
  *end(): Iterable<Stripe> {
    if (this.#used === 0) return;
    const unitBytes = unitBytesOf(this.#scheme, this.#used);
    this.#stripe!.fill(0, this.#used, this.#scheme.dataShards * unitBytes);
    yield this.#take(unitBytes);
  }

  /** Nobody looks any more at so many stripes, from the first on. */
  release(stripes: number): void {
    while (this.#released < stripes && this.#given.length > 0) {
      this.#buffers.give(this.#given.shift()!);
      this.#released++;
    }
  }

  #take(unitBytes: number): Stripe {
    const stripe = this.#stripe!;
    const units = Array.from({ length: shardCount(this.#scheme) }, (_, index) =>
      stripe.subarray(index * unitBytes, (index + 1) * unitBytes),
    );
    const { dataShards } = this.#scheme;
    reedSolomonOf(this.#scheme).encode(units.slice(0, dataShards), units.slice(dataShards));
    this.#given.push(stripe);
    this.#stripe = undefined;
    this.#used = 0;
    return units;
  }
}
