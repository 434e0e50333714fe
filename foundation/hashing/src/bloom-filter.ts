// A set that may say yes to what it does not hold, at a chosen rate, and never no to what it holds (Bloom, 1970), blocked:
// all bits of a key lie in one block of 64 bytes. Keys are hashes already (fingerprints of at least 16 bytes), of which the
// first 12 are used: 4 choose the block, 8 the bits in it.
//
//   bit of probe 0 = the highest 9 bits of x, bytes 4-7 of the key; before each next one x = x * multiplier + y, bytes 8-11
//
// Plain and enhanced double hashing (x + i * y) were measured too: within 512 bits their probes hit each other so often
// that the rate was 1.45 times the expected one at 0.1%; this one keeps to it.
//
//   serialised   0  8  "CAIRNBLM"
//                8  1  format version, 1
//                9  1  bits for each key
//               10  2  zero
//               12  4  blocks, little-endian
//               16  8  keys added, little-endian
//               24  .. the blocks, bit i of a block in byte i >> 3, lowest first
//                4     CRC-32C of all before, little-endian

import assert from 'node:assert/strict';
import { type BloomGeometry, blockBytes, bloomGeometry, probesMax } from './bloom-geometry.ts';
import { crc32c } from './crc.ts';

export type BloomFilterOptions = {
  /** How many keys it will hold. With more the rate rises. */
  readonly keysMax: number;
  /** Above 0, below 1: 0.01 costs 10 bits a key. */
  readonly falsePositiveRate: number;
};

/** Bytes that are no Bloom filter, or one that was altered or cut. */
export class InvalidBloomFilter extends Error {
  readonly code = 'invalid-bloom-filter';

  constructor(detail: string) {
    super(`could not read a Bloom filter: ${detail}`);
    this.name = 'InvalidBloomFilter';
  }
}

/**
 * ```ts
 * const filter = BloomFilter.for({ keysMax: 10_000_000, falsePositiveRate: 0.01 }); // 12.5 MB
 * filter.add(fingerprint);
 * filter.has(fingerprint); // true
 * BloomFilter.parse(filter.serialise()).has(otherFingerprint); // false, but for one in a hundred
 * ```
 */
export class BloomFilter {
  readonly #geometry: BloomGeometry;
  readonly #bits: Uint8Array;
  #keys: number;

  private constructor(
    geometry: BloomGeometry,
    { bits, keys }: { readonly bits: Uint8Array; readonly keys: number },
  ) {
    this.#geometry = geometry;
    this.#bits = bits;
    this.#keys = keys;
  }

  static for(options: BloomFilterOptions): BloomFilter {
    const { keysMax, falsePositiveRate } = options;
    assert(
      keysMax >= 1 && keysMax <= bloomKeysMax,
      `a filter holds 1 to ${bloomKeysMax} keys, not ${keysMax}`,
    );
    assert(
      falsePositiveRate >= 1e-6 && falsePositiveRate < 1,
      `a rate of false positives lies between 0.000001 and 1, not at ${falsePositiveRate}`,
    );
    const geometry = bloomGeometry(options);
    return new BloomFilter(geometry, { bits: new Uint8Array(geometry.blocks * blockBytes), keys: 0 });
  }

  /** Reads what `serialise` wrote, without copying: `bytes` must not change afterwards. Throws `InvalidBloomFilter`. */
  static parse(bytes: Uint8Array): BloomFilter {
    if (bytes.length < headerBytes + blockBytes + checksumBytes)
      throw new InvalidBloomFilter('it is cut short');
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (!magic.equals(bytes.subarray(0, magic.length)))
      throw new InvalidBloomFilter('it does not begin as one');
    if (view.getUint8(8) !== formatVersion)
      throw new InvalidBloomFilter(`its version is ${view.getUint8(8)}`);
    const blocks = view.getUint32(12, true);
    const end = bytes.length - checksumBytes;
    if (end !== headerBytes + blocks * blockBytes)
      throw new InvalidBloomFilter('it does not have the length it says');
    if (view.getUint32(end, true) !== crc32c(bytes.subarray(0, end)))
      throw new InvalidBloomFilter('its checksum is wrong');
    const probes = view.getUint8(9);
    if (probes < 1 || probes > probesMax) throw new InvalidBloomFilter(`it sets ${probes} bits a key`);
    const keys = Number(view.getBigUint64(16, true));
    return new BloomFilter({ blocks, probes }, { bits: bytes.subarray(headerBytes, end), keys });
  }

  /** Keys that were added, the same key each time again. */
  get keyCount(): number {
    return this.#keys;
  }

  get sizeBytes(): number {
    return headerBytes + this.#bits.length + checksumBytes;
  }

  /** The share of bits that are set: one half when the filter holds what it was made for. */
  get fill(): number {
    let set = 0;
    for (const byte of this.#bits) set += bitCounts[byte]!;
    return set / (this.#bits.length * 8);
  }

  /** Adds the key that starts at `offset` of `keys`. */
  add(keys: Uint8Array, offset = 0): void {
    const bits = this.#bits;
    const start = Math.floor((wordAt(keys, offset) / 2 ** 32) * this.#geometry.blocks) * blockBytes;
    let position = wordAt(keys, offset + 4);
    const step = wordAt(keys, offset + 8);
    for (let probe = 0; probe < this.#geometry.probes; probe++) {
      bits[start + (position >>> 26)]! |= 1 << ((position >>> 23) & 7);
      position = (Math.imul(position, multiplier) + step) | 0;
    }
    this.#keys += 1;
  }

  /** False: the key was certainly not added. */
  has(keys: Uint8Array, offset = 0): boolean {
    const bits = this.#bits;
    const start = Math.floor((wordAt(keys, offset) / 2 ** 32) * this.#geometry.blocks) * blockBytes;
    let position = wordAt(keys, offset + 4);
    const step = wordAt(keys, offset + 8);
    for (let probe = 0; probe < this.#geometry.probes; probe++) {
      if ((bits[start + (position >>> 26)]! & (1 << ((position >>> 23) & 7))) === 0) return false;
      position = (Math.imul(position, multiplier) + step) | 0;
    }
    return true;
  }

  /** Takes in all that another filter holds, which must have been made with the same options. */
  union(other: BloomFilter): void {
    assert.deepEqual(this.#geometry, other.#geometry, 'filters of one size and rate can be united');
    for (let index = 0; index < this.#bits.length; index++) this.#bits[index]! |= other.#bits[index]!;
    this.#keys += other.#keys;
  }

  serialise(): Buffer {
    const bytes = Buffer.allocUnsafeSlow(this.sizeBytes);
    magic.copy(bytes);
    bytes.writeUInt8(formatVersion, 8);
    bytes.writeUInt8(this.#geometry.probes, 9);
    bytes.writeUInt16LE(0, 10);
    bytes.writeUInt32LE(this.#geometry.blocks, 12);
    bytes.writeBigUInt64LE(BigInt(this.#keys), 16);
    bytes.set(this.#bits, headerBytes);
    const end = bytes.length - checksumBytes;
    bytes.writeUInt32LE(crc32c(bytes.subarray(0, end)), end);
    return bytes;
  }
}

function wordAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

const magic = Buffer.from('CAIRNBLM');
const formatVersion = 1;
const headerBytes = 24;
const checksumBytes = 4;
/** 2^32 / the golden ratio, odd. */
const multiplier = 0x9e3779b1;
/** 1.3 GB at one percent: beyond it the filter belongs in pieces. */
const bloomKeysMax = 1_000_000_000;
const bitCounts = Uint8Array.from({ length: 256 }, (_, byte) => byte.toString(2).replaceAll('0', '').length);
