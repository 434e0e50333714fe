// The set of chunks that snapshots reach, by the first eight bytes of their fingerprints: 11 to 22 bytes of memory a chunk.
//
// Two fingerprints that share those bytes count as one, which errs to the safe side: an unreachable chunk stays. (Of 10 million chunks
// one such pair is there with a probability of 3 in a million.) Eight zero bytes stand for an empty place, so they count as always reached.

import assert from 'node:assert/strict';

const placesAtFirst = 1 << 12;
const loadMax = 0.75;

export class ReachableChunks {
  /** Two words a place. */
  #words = new Uint32Array(2 * placesAtFirst);
  #mask = placesAtFirst - 1;
  #size = 0;

  /** How many were added. */
  get size(): number {
    return this.#size;
  }

  /** Adds the fingerprint that begins at `at`; false when it was there. */
  add(fingerprints: Uint8Array, at: number): boolean {
    const low = wordAt(fingerprints, at);
    const high = wordAt(fingerprints, at + 4);
    if (low === 0 && high === 0) return false;
    const place = this.#find(low, high);
    if (this.#words[place] !== 0 || this.#words[place + 1] !== 0) return false;
    this.#words[place] = low;
    this.#words[place + 1] = high;
    this.#size += 1;
    if (this.#size > (this.#mask + 1) * loadMax) this.#grow();
    return true;
  }

  has(fingerprints: Uint8Array, at = 0): boolean {
    const low = wordAt(fingerprints, at);
    const high = wordAt(fingerprints, at + 4);
    if (low === 0 && high === 0) return true;
    const place = this.#find(low, high);
    return this.#words[place] !== 0 || this.#words[place + 1] !== 0;
  }

  /** The first word of its place, or of the empty one where it would be. */
  #find(low: number, high: number): number {
    // A fingerprint is a keyed hash: its bytes need no further hashing.
    for (let slot = low & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const place = 2 * slot;
      const [word, next] = [this.#words[place], this.#words[place + 1]];
      if ((word === low && next === high) || (word === 0 && next === 0)) return place;
    }
  }

  #grow(): void {
    const old = this.#words;
    assert(this.#mask < 2 ** 29, 'more than 2^29 chunks are reachable');
    this.#mask = this.#mask * 2 + 1;
    this.#words = new Uint32Array(2 * (this.#mask + 1));
    for (let place = 0; place < old.length; place += 2) {
      const [low, high] = [old[place]!, old[place + 1]!];
      if (low === 0 && high === 0) continue;
      const target = this.#find(low, high);
      this.#words[target] = low;
      this.#words[target + 1] = high;
    }
  }
}

function wordAt(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}
