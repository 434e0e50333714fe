// What was asked for lately, as notes without memory of their own: what is asked for again is worth keeping, and what is
// asked for once, as a copy of everything does, must not cost the collector anything. A note is the name itself, in the slot
// that the name says, until another takes it. Two names that look alike make something be kept too early, and no more.

import assert from 'node:assert/strict';

export class SeenLately {
  readonly #notes: Uint32Array;

  /** `slots` is a power of two: so many names at most are noted. */
  constructor({ slots }: { readonly slots: number }) {
    assert(slots > 0 && (slots & (slots - 1)) === 0, `${slots} is no power of two`);
    this.#notes = new Uint32Array(slots);
  }

  /** Whether the name, any number of 32 bits by chance, was noted lately. It is from now on. */
  note(name: number): boolean {
    const slot = name & (this.#notes.length - 1);
    // 0 is an empty slot.
    const noted = name >>> 0 || 1;
    const known = this.#notes[slot] === noted;
    this.#notes[slot] = noted;
    return known;
  }
}
