// How a blob is cut into shards, and what stands at a shard's end.
//
//   stripe 0          | unit 0 | unit 1 | ... | unit k-1 |   parity units of the stripe: k ... k+m-1
//   stripe 1          | unit k | ...
//   the last stripe   its bytes in k equal units, filled up with zeros to a multiple of 64 bytes each
//
// Shard i is unit i of every stripe, one after the other, and then its trailer. A unit is as long as a block of the
// segment log, so unit s of a shard is its block s, verified by itself: a range reads the blocks that it needs and no
// others. The trailer stands at the end because the size of a blob is known only there; it takes 24 bytes, little-endian:
//
//   0 u8 format, 1 | 1 u8 k | 2 u8 m | 3 u8 which shard | 4 u32 bytes of a unit | 8 u64 bytes of the blob | 16 u64 0

import { blockBytesMax } from '../../limits.ts';
import { type Scheme, shardCount } from './redundancy.ts';

export const unitBytesMax = blockBytesMax;
export const trailerBytes = 24;
const format = 1;
/** Of the last stripe's units: the codec works on words. */
const unitStepBytes = 64;

export type Trailer = Scheme & { readonly index: number; readonly sizeBytes: number };

export class Stripes {
  readonly scheme: Scheme;
  readonly sizeBytes: number;
  /** With the last, which may be short. */
  readonly count: number;
  readonly #fullStripeBytes: number;
  readonly #lastUnitBytes: number;

  constructor(scheme: Scheme, sizeBytes: number) {
    this.scheme = scheme;
    this.sizeBytes = sizeBytes;
    this.#fullStripeBytes = scheme.dataShards * unitBytesMax;
    this.count = Math.ceil(sizeBytes / this.#fullStripeBytes);
    const lastBytes = sizeBytes - (this.count - 1) * this.#fullStripeBytes;
    this.#lastUnitBytes = unitBytesOf(scheme, lastBytes);
  }

  unitBytes(stripe: number): number {
    return stripe === this.count - 1 ? this.#lastUnitBytes : unitBytesMax;
  }

  stripeOf(position: number): number {
    return Math.floor(position / this.#fullStripeBytes);
  }

  /** Where a unit begins in the blob. */
  unitStart(stripe: number, index: number): number {
    return stripe * this.#fullStripeBytes + index * this.unitBytes(stripe);
  }

  /** Of a shard without its trailer. */
  get shardBytes(): number {
    return this.count === 0 ? 0 : (this.count - 1) * unitBytesMax + this.#lastUnitBytes;
  }

  /** What of a range lies in a unit, from the unit's start on; empty when `length` is not positive. */
  within(
    range: { start: number; end: number },
    unit: { stripe: number; index: number },
  ): { start: number; length: number } {
    const unitStart = this.unitStart(unit.stripe, unit.index);
    const start = Math.max(0, range.start - unitStart);
    const end = Math.min(this.unitBytes(unit.stripe), range.end - unitStart);
    return { start, length: end - start };
  }
}

/** Bytes of each unit of a stripe that carries so many bytes. */
export function unitBytesOf({ dataShards }: Scheme, stripeBytes: number): number {
  return Math.ceil(stripeBytes / dataShards / unitStepBytes) * unitStepBytes;
}

export function encodeTrailer({ dataShards, parityShards, index, sizeBytes }: Trailer): Buffer {
  const bytes = Buffer.alloc(trailerBytes);
  bytes.set([format, dataShards, parityShards, index]);
  bytes.writeUInt32LE(unitBytesMax, 4);
  bytes.writeBigUInt64LE(BigInt(sizeBytes), 8);
  return bytes;
}

/** Undefined when it is not the trailer of a shard of such a blob. */
export function decodeTrailer(
  bytes: Buffer,
  { scheme, shardBytes }: { scheme: Scheme; shardBytes: number },
): Trailer | undefined {
  const [found, dataShards, parityShards, index = shardsEnd] = bytes;
  const fits =
    bytes.byteLength === trailerBytes &&
    found === format &&
    dataShards === scheme.dataShards &&
    parityShards === scheme.parityShards &&
    index < shardCount(scheme) &&
    bytes.readUInt32LE(4) === unitBytesMax;
  if (!fits) return undefined;
  const sizeBytes = Number(bytes.readBigUInt64LE(8));
  if (!Number.isSafeInteger(sizeBytes)) return undefined;
  if (new Stripes(scheme, sizeBytes).shardBytes + trailerBytes !== shardBytes) return undefined;
  return { ...scheme, index, sizeBytes };
}

const shardsEnd = 256;
