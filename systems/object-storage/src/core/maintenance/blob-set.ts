// A set of blob ids that takes 9 bytes for each, half full: what a search for orphans holds in memory.
//
// It keeps 64 of an id's 80 bits of chance. Two ids that agree in these count as one; a blob would then be taken for one
// that is needed, and stay: the mistake that does no harm, once in 2^64 pairs.

import assert from 'node:assert/strict';

const slotsMin = 1_024;
const empty = 0;
const present = 1;
const removed = 2;

export class BlobSet {
  #size = 0;
  #used = 0;
  #state: Uint8Array = new Uint8Array(slotsMin);
  #high: Uint32Array = new Uint32Array(slotsMin);
  #low: Uint32Array = new Uint32Array(slotsMin);

  get size(): number {
    return this.#size;
  }

  add(blob: string): void {
    if (this.#used * 2 >= this.#state.length) this.#grow();
    const slot = this.#slotOf(blob);
    if (this.#state[slot] === empty) this.#used++;
    if (this.#state[slot] !== present) this.#size++;
    this.#state[slot] = present;
    this.#high[slot] = highOf(blob);
    this.#low[slot] = lowOf(blob);
  }

  has(blob: string): boolean {
    return this.#state[this.#slotOf(blob)] === present;
  }

  delete(blob: string): void {
    const slot = this.#slotOf(blob);
    if (this.#state[slot] !== present) return;
    this.#state[slot] = removed;
    this.#size--;
  }

  /** Where the id is, was, or would be. */
  #slotOf(blob: string): number {
    return this.#find(highOf(blob), lowOf(blob));
  }

  #find(high: number, low: number): number {
    const mask = this.#state.length - 1;
    for (let slot = low & mask; ; slot = (slot + 1) & mask) {
      const same = this.#high[slot] === high && this.#low[slot] === low;
      if (this.#state[slot] === empty || same) return slot;
    }
  }

  #grow(): void {
    const { length } = this.#state;
    const [state, high, low] = [this.#state, this.#high, this.#low];
    this.#state = new Uint8Array(length * 2);
    this.#high = new Uint32Array(length * 2);
    this.#low = new Uint32Array(length * 2);
    this.#used = this.#size;
    for (let at = 0; at < length; at++) {
      if (state[at] !== present) continue;
      const slot = this.#find(high[at]!, low[at]!);
      this.#state[slot] = present;
      this.#high[slot] = high[at]!;
      this.#low[slot] = low[at]!;
    }
  }
}

/** The last 16 of an id's 32 digits are chance. */
function highOf(blob: string): number {
  assert.equal(blob.length, 32, `'${blob}' is no blob's id`);
  return Number.parseInt(blob.slice(16, 24), 16);
}

function lowOf(blob: string): number {
  return Number.parseInt(blob.slice(24), 16);
}
