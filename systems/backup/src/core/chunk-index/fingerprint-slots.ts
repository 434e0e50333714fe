// A hash table over a column of fingerprints: open addressing, linear probing, four bytes a slot. A fingerprint is a keyed
// hash, so its first bytes are as good a hash as any. The same fingerprint may be inserted several times: whoever looks for
// it finds the numbers in the order in which they were inserted.

const wordsEach = 8;
const bytesEach = wordsEach * 4;
/** Slots per number at least; with powers of two the load is a third to two thirds. */
const slotsPerNumber = 1.5;

export class FingerprintSlots {
  /** Number + 1; 0 is free. */
  readonly #slots: Uint32Array;
  readonly #mask: number;
  readonly #words: Uint32Array;
  readonly #wanted = new Uint32Array(wordsEach);
  readonly #wantedBytes = new Uint8Array(this.#wanted.buffer);

  /** `fingerprints` begins its memory; `countMax` numbers will be inserted at most. */
  constructor(fingerprints: Uint8Array, countMax: number) {
    this.#words = new Uint32Array(fingerprints.buffer, 0, fingerprints.length >>> 2);
    const slots = 2 ** Math.ceil(Math.log2(Math.max(2, countMax * slotsPerNumber)));
    this.#slots = new Uint32Array(slots);
    this.#mask = slots - 1;
  }

  insertRange(first: number, end: number): void {
    const slots = this.#slots;
    const words = this.#words;
    const mask = this.#mask;
    for (let number = first; number < end; number += 1) {
      let slot = words[number * wordsEach]! & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = number + 1;
    }
  }

  /** The first that was inserted; -1 when there is none. */
  find(fingerprint: Uint8Array): number {
    let slot = this.#slotOf(fingerprint);
    for (;;) {
      const number = this.#slots[slot]! - 1;
      if (number < 0 || this.#isWanted(number)) return number;
      slot = (slot + 1) & this.#mask;
    }
  }

  findAll(fingerprint: Uint8Array): number[] {
    const found: number[] = [];
    let slot = this.#slotOf(fingerprint);
    for (;;) {
      const number = this.#slots[slot]! - 1;
      if (number < 0) return found;
      if (this.#isWanted(number)) found.push(number);
      slot = (slot + 1) & this.#mask;
    }
  }

  #slotOf(fingerprint: Uint8Array): number {
    if (fingerprint.length !== bytesEach) throw new RangeError(`a fingerprint has ${bytesEach} bytes`);
    this.#wantedBytes.set(fingerprint);
    return this.#wanted[0]! & this.#mask;
  }

  #isWanted(number: number): boolean {
    const start = number * wordsEach;
    for (let word = 0; word < wordsEach; word += 1) {
      if (this.#words[start + word] !== this.#wanted[word]) return false;
    }
    return true;
  }
}
