// Fingerprint to number of its pack, in memory: open addressing in 256 buckets that grow one by one, so that no single call
// takes longer than moving one bucket (40,000 entries of ten million).
//
// Of a fingerprint its first 16 bytes are kept and compared. It is the output of a keyed hash, so nobody outside can aim for
// two that agree, and two of 10^9 do with a probability of 10^-21.
//
//   byte 0 chooses the bucket, bytes 1-4 the slot at which the search begins     slot: 4 words of key, 1 of value, 0 = empty
//
// Why not SQLite: bench/service/index-cases.ts compares them.

import assert from 'node:assert/strict';

export const keyBytes = 16;

const bucketCount = 256;
const wordsPerSlot = 5;
const valueWord = 4;
const slotsAtLeast = 16;
/** A search for what is not there looks at 2.5 slots at this load. */
const loadHighest = 0.7;
const growth = 1.6;

type Bucket = { words: Uint32Array; slots: number; used: number };

export class FingerprintMap {
  readonly #buckets: Bucket[] = Array.from({ length: bucketCount }, () => emptyBucket(slotsAtLeast));
  readonly #key = new Uint32Array(4);
  #size = 0;

  /** Entries, those of dropped packs included until their bucket grows. */
  get size(): number {
    return this.#size;
  }

  get sizeBytes(): number {
    return this.#buckets.reduce((sum, { words }) => sum + words.byteLength, 0);
  }

  /** The value of the key at `offset` of `keys`; 0 when there is none. */
  get(keys: Uint8Array, offset: number): number {
    const bucket = this.#buckets[keys[offset]!]!;
    this.#readKey(keys, offset);
    return bucket.words[this.#slotOf(bucket) + valueWord]!;
  }

  /** `value` is above 0. Replaces. When the bucket is full, entries whose value `isLive` denies are left behind. */
  set(
    keys: Uint8Array,
    offset: number,
    { value, isLive }: { readonly value: number; readonly isLive: (value: number) => boolean },
  ): void {
    assert(value > 0 && value <= 0xffffffff, `a value is a number above 0, not ${value}`);
    const bucket = this.#buckets[keys[offset]!]!;
    if (bucket.used >= bucket.slots * loadHighest) this.#rebuild(bucket, (_, old) => isLive(old));
    this.#readKey(keys, offset);
    const slot = this.#slotOf(bucket);
    const { words } = bucket;
    if (words[slot + valueWord] === 0) {
      words.set(this.#key, slot);
      bucket.used += 1;
      this.#size += 1;
    }
    words[slot + valueWord] = value;
  }

  /** Leaves behind the entries that `keep` denies, a bucket at a time: yields after each, so that the caller may pause. */
  *retain(keep: (key: Uint8Array, value: number) => boolean): Generator<void> {
    for (const bucket of this.#buckets) {
      this.#rebuild(bucket, keep);
      yield;
    }
  }

  /** All entries of a bucket (0 to 255): n x 16 bytes of keys, and the values. */
  entriesOf(index: number): { readonly keys: Uint8Array; readonly values: Uint32Array } {
    const { words, used } = this.#buckets[index]!;
    const keys = new Uint8Array(used * keyBytes);
    const values = new Uint32Array(used);
    let entry = 0;
    for (let slot = 0; slot < words.length; slot += wordsPerSlot) {
      if (words[slot + valueWord] === 0) continue;
      writeKey(keys, entry * keyBytes, words, slot);
      values[entry] = words[slot + valueWord]!;
      entry += 1;
    }
    return { keys, values };
  }

  static get bucketCount(): number {
    return bucketCount;
  }

  #readKey(keys: Uint8Array, offset: number): void {
    for (let word = 0; word < 4; word++) this.#key[word] = wordAt(keys, offset + word * 4);
  }

  /** Where the key lies in the bucket, or the empty slot where it would. */
  #slotOf({ words, slots }: Bucket): number {
    const [k0, k1, k2, k3] = this.#key as unknown as readonly [number, number, number, number];
    let slot = startOf(k0, k1, slots);
    for (;;) {
      const at = slot * wordsPerSlot;
      if (words[at + valueWord] === 0) return at;
      if (words[at] === k0 && words[at + 1] === k1 && words[at + 2] === k2 && words[at + 3] === k3) return at;
      slot = slot + 1 === slots ? 0 : slot + 1;
    }
  }

  #rebuild(bucket: Bucket, keep: (key: Uint8Array, value: number) => boolean): void {
    const { words: old, used } = bucket;
    const key = new Uint8Array(keyBytes);
    const kept: number[] = [];
    for (let slot = 0; slot < old.length; slot += wordsPerSlot) {
      if (old[slot + valueWord] === 0) continue;
      writeKey(key, 0, old, slot);
      if (keep(key, old[slot + valueWord]!)) kept.push(slot);
    }
    const slots = Math.max(slotsAtLeast, Math.ceil(((kept.length + 1) / loadHighest) * growth));
    Object.assign(bucket, emptyBucket(slots));
    for (const slot of kept) {
      this.#key.set(old.subarray(slot, slot + 4));
      bucket.words.set(old.subarray(slot, slot + wordsPerSlot), this.#slotOf(bucket));
    }
    bucket.used = kept.length;
    this.#size += kept.length - used;
  }
}

function emptyBucket(slots: number): Bucket {
  return { words: new Uint32Array(slots * wordsPerSlot), slots, used: 0 };
}

/** Spreads bytes 1 to 4 of the key over the slots. */
function startOf(k0: number, k1: number, slots: number): number {
  const hash = ((k0 << 8) | (k1 >>> 24)) >>> 0;
  return Math.floor((hash / 2 ** 32) * slots);
}

function wordAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

function writeKey(into: Uint8Array, at: number, words: Uint32Array, slot: number): void {
  for (let word = 0; word < 4; word++) {
    const value = words[slot + word]!;
    into[at + word * 4] = value >>> 24;
    into[at + word * 4 + 1] = value >>> 16;
    into[at + word * 4 + 2] = value >>> 8;
    into[at + word * 4 + 3] = value;
  }
}
