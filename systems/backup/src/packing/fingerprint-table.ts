// The set of fingerprints that all threads of a backup share, so that a chunk is stored once even when two meet it at once.
//
// Open addressing with linear probing on shared memory: 16 bytes of each fingerprint (of a keyed hash, so nobody can aim
// for collisions; two of 10^9 chunks agree with probability 10^-21), and no more. 27 bytes a chunk where a segment is full,
// 0.6 of its slots; nothing of a segment takes memory before its pages are touched.
//
//   header   by segment: tickets, finished       A segment has twice the slots of the one before. Where tickets of the
//   segment  slot slot slot ...                   last run out, the memory grows in place: every thread sees the next
//   segment  slot slot slot ... (2x)              segment without being told.
//
// Invariants, whatever threads do at once:
// - A slot is empty (0), busy (1: words 1-3 are being written), or holds a fingerprint; it never changes again.
// - At most `limit` tickets of a segment insert. Once as many have finished, it is frozen: what is not in it now never is.
// - A thread goes on to a segment only after it looked through the frozen one before. So two threads that claim the same
//   fingerprint meet in one segment, where one compare-and-exchange decides.

import assert from 'node:assert/strict';
import { BackupError } from '../errors.ts';
import { fingerprintBytes } from './fingerprinter.ts';

/** Crosses threads as it is; `FingerprintTable.attach` makes a table of it there. */
export type FingerprintTableHandle = { readonly buffer: SharedArrayBuffer };

export type Claim = 'known' | 'claimed';

const wordsPerSlot = 4;
const wordBytes = Int32Array.BYTES_PER_ELEMENT;
const slotBytes = wordsPerSlot * wordBytes;
const loadHighest = 0.6;
/** `bytesHighest` is address space, not memory: room for 200 to 300 million chunks. */
export type TableLimits = { readonly slotsLowest: number; readonly bytesHighest: number };
const defaultLimits: TableLimits = { slotsLowest: 2 ** 14, bytesHighest: 8 * 2 ** 30 };

// Words of the header.
const firstSlotsLog2Word = 0;
const segmentWords = 8;
const wordsPerSegment = 2;
const segmentsMax = 28;
const headerBytes = 256;
assert((segmentWords + wordsPerSegment * segmentsMax) * wordBytes <= headerBytes);

const empty = 0;
const busy = 1;
/** A thread that was ended while a slot was busy leaves it so: after this it counts as another's fingerprint. */
const spinsMax = 10_000_000;

export class FingerprintTable {
  readonly handle: FingerprintTableHandle;
  readonly #header: Int32Array;
  readonly #firstSlots: number;
  readonly #segments: Segment[] = [];
  readonly #words = new Int32Array(wordsPerSlot);

  private constructor(buffer: SharedArrayBuffer) {
    this.handle = { buffer };
    this.#header = new Int32Array(buffer, 0, headerBytes / wordBytes);
    this.#firstSlots = 2 ** Atomics.load(this.#header, firstSlotsLog2Word);
  }

  /** An empty table in which `expected` fingerprints fit without growth. */
  static create(expected = 0, { slotsLowest, bytesHighest } = defaultLimits): FingerprintTable {
    const slotsLog2 = Math.ceil(Math.log2(Math.max(slotsLowest, expected / loadHighest)));
    const buffer = new SharedArrayBuffer(headerBytes, { maxByteLength: bytesHighest });
    new Int32Array(buffer, 0, segmentWords)[firstSlotsLog2Word] = slotsLog2;
    return new FingerprintTable(buffer);
  }

  /** The table of another thread. */
  static attach(handle: FingerprintTableHandle): FingerprintTable {
    return new FingerprintTable(handle.buffer);
  }

  /**
   * Adds the fingerprint at `offset` of `bytes`; says `claimed` to one caller of all threads, `known` to all others. Throws
   * `invalid-argument` when the table is full.
   */
  claim(bytes: Uint8Array, offset = 0): Claim {
    const words = this.#wordsOf(bytes, offset);
    for (let index = 0; ; index += 1) {
      const segment = this.#segments[index] ?? this.#openOrGrow(index);
      const frozen = segment.isFrozen();
      if (segment.has(words)) return 'known';
      if (frozen) continue;
      if (segment.takeTicket()) return segment.insert(words);
      segment.waitUntilFrozen();
      if (segment.has(words)) return 'known';
    }
  }

  /** Whether the fingerprint at `offset` of `bytes` was claimed before. */
  has(bytes: Uint8Array, offset = 0): boolean {
    const words = this.#wordsOf(bytes, offset);
    for (let index = 0; ; index += 1) {
      const segment = this.#segments[index] ?? this.#open(index);
      if (segment === undefined) return false;
      if (segment.has(words)) return true;
    }
  }

  /** Adds fingerprints, n x 32 bytes. */
  addAll(fingerprints: Uint8Array): void {
    for (let offset = 0; offset < fingerprints.length; offset += fingerprintBytes)
      this.claim(fingerprints, offset);
  }

  /** How many were added, and a few more where threads met at the same one. */
  get count(): number {
    let count = 0;
    for (let index = 0; ; index += 1) {
      const segment = this.#segments[index] ?? this.#open(index);
      if (segment === undefined) return count;
      count += segment.inserted;
    }
  }

  /** Memory that the table may take, were all its pages touched. */
  get sizeBytes(): number {
    return this.handle.buffer.byteLength;
  }

  #wordsOf(bytes: Uint8Array, offset: number): Int32Array {
    assert(offset + fingerprintBytes <= bytes.length, 'a fingerprint has 32 bytes');
    for (let word = 0; word < wordsPerSlot; word += 1) {
      const place = offset + word * wordBytes;
      const low = bytes[place]! | (bytes[place + 1]! << 8);
      this.#words[word] = low | (bytes[place + 2]! << 16) | (bytes[place + 3]! << 24);
    }
    // 0 and 1 are states of a slot.
    const first = this.#words[0]!;
    if (first === empty || first === busy) this.#words[0] = first + 2;
    return this.#words;
  }

  #open(index: number): Segment | undefined {
    const { start, slots } = this.#placeOf(index);
    const { buffer } = this.handle;
    if (index >= segmentsMax || buffer.byteLength < start + slots * slotBytes) return undefined;
    const words = new Int32Array(buffer, start, slots * wordsPerSlot);
    const segment = new Segment(this.#header, segmentWords + wordsPerSegment * index, words);
    this.#segments[index] = segment;
    return segment;
  }

  #openOrGrow(index: number): Segment {
    const { start, slots } = this.#placeOf(index);
    this.#grow(start + slots * slotBytes);
    return this.#open(index)!;
  }

  /** Another thread may do the same at the same time, and even be a segment ahead. */
  #grow(bytes: number): void {
    const { buffer } = this.handle;
    if (bytes > buffer.maxByteLength) throw tooMany();
    try {
      if (buffer.byteLength < bytes) buffer.grow(bytes);
    } catch (error) {
      if (buffer.byteLength < bytes) throw error;
    }
  }

  #placeOf(index: number): { readonly start: number; readonly slots: number } {
    const slotsBefore = this.#firstSlots * (2 ** index - 1);
    return { start: headerBytes + slotsBefore * slotBytes, slots: this.#firstSlots * 2 ** index };
  }
}

function tooMany(): BackupError {
  return new BackupError('invalid-argument', {
    attempted: 'remember another fingerprint',
    detail: 'one backup can know 200 million chunks',
  });
}

class Segment {
  readonly #header: Int32Array;
  readonly #ticketsWord: number;
  readonly #finishedWord: number;
  readonly #slots: Int32Array;
  readonly #mask: number;
  readonly #limit: number;

  constructor(header: Int32Array, firstWord: number, slots: Int32Array) {
    this.#header = header;
    this.#ticketsWord = firstWord;
    this.#finishedWord = firstWord + 1;
    this.#slots = slots;
    const count = slots.length / wordsPerSlot;
    this.#mask = count - 1;
    this.#limit = Math.floor(count * loadHighest);
  }

  get inserted(): number {
    return Atomics.load(this.#header, this.#finishedWord);
  }

  isFrozen(): boolean {
    return this.inserted >= this.#limit;
  }

  takeTicket(): boolean {
    return Atomics.add(this.#header, this.#ticketsWord, 1) < this.#limit;
  }

  waitUntilFrozen(): void {
    for (let spin = 0; !this.isFrozen() && spin < spinsMax; spin += 1) Atomics.pause();
  }

  has(words: Int32Array): boolean {
    for (let place = this.#home(words); ; place = this.#next(place)) {
      const state = this.#settled(place);
      if (state === empty) return false;
      if (state === words[0] && this.#holds(place, words)) return true;
    }
  }

  /** With a ticket. */
  insert(words: Int32Array): Claim {
    try {
      return this.#insert(words);
    } finally {
      Atomics.add(this.#header, this.#finishedWord, 1);
    }
  }

  #insert(words: Int32Array): Claim {
    const slots = this.#slots;
    for (let place = this.#home(words); ; ) {
      const state = this.#settled(place);
      if (state === empty) {
        if (Atomics.compareExchange(slots, place, empty, busy) !== empty) continue;
        for (let word = 1; word < wordsPerSlot; word += 1) slots[place + word] = words[word]!;
        Atomics.store(slots, place, words[0]!);
        return 'claimed';
      }
      if (state === words[0] && this.#holds(place, words)) return 'known';
      place = this.#next(place);
    }
  }

  #home(words: Int32Array): number {
    return (words[1]! & this.#mask) * wordsPerSlot;
  }

  #next(place: number): number {
    return (place + wordsPerSlot) % this.#slots.length;
  }

  /** The state of a slot once nobody is writing it. */
  #settled(place: number): number {
    let state = Atomics.load(this.#slots, place);
    for (let spin = 0; state === busy && spin < spinsMax; spin += 1) {
      Atomics.pause();
      state = Atomics.load(this.#slots, place);
    }
    return state;
  }

  #holds(place: number, words: Int32Array): boolean {
    const slots = this.#slots;
    return slots[place + 1] === words[1] && slots[place + 2] === words[2] && slots[place + 3] === words[3];
  }
}
