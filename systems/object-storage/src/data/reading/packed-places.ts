// Places of blobs that lie in one run, as numbers in flat memory: 76 bytes for each, where an object with its list and its
// name takes 200, which the collector moves and follows besides. So nearly every small blob that is read now and then is
// found without a lookup in SQLite. Two generations, as in `Generations`.
//
//   slot = id (4 words), log + 1 (0: empty), size, segment, position, name     found from the last word of the id, which is
//                                                                              chance, and on from there

import assert from 'node:assert/strict';
import type { KnownPlace } from '../data-store.ts';
import { blockCount } from '../runs.ts';

const idWords = 4;
const idDigits = 32;
const numbersPerSlot = 4;
const empty = 0;
/** Of a blob that was forgotten: others that were put behind it are still found. */
const forgotten = 0xffff;
const slotsMin = 1_024;

export class PackedPlaces {
  readonly #youngMax: number;
  #young = new Table(slotsMin);
  #old = new Table(slotsMin);

  constructor(options: { readonly entriesMax: number }) {
    this.#youngMax = Math.floor(options.entriesMax / 2);
  }

  get(blob: string): KnownPlace | undefined {
    if (!readId(blob)) return undefined;
    const place = this.#young.get();
    if (place !== undefined) return place;
    const old = this.#old.get();
    if (old !== undefined) this.#put(old);
    return old;
  }

  /** False for what it does not take: a place of several runs, a name that is no id of a blob. */
  set(blob: string, place: KnownPlace): boolean {
    if (this.#youngMax === 0 || place.runs.length !== 1 || place.log + 1 >= forgotten) return false;
    if (!readId(blob)) return false;
    this.#put(place);
    return true;
  }

  delete(blob: string): void {
    if (!readId(blob)) return;
    this.#young.delete();
    this.#old.delete();
  }

  /** Of the id that was read last. */
  #put(place: KnownPlace): void {
    if (this.#young.used >= this.#youngMax) {
      this.#old = this.#young;
      this.#young = new Table(slotsMin);
    }
    this.#young.set(place);
  }
}

/** The id that was read last, which the tables ask for. */
const asked = new Uint32Array(idWords);
const digits = new Uint8Array(0x80).fill(0xff);
for (const [value, digit] of [...'0123456789abcdef'].entries()) digits[digit.charCodeAt(0)] = value;

function readId(blob: string): boolean {
  if (blob.length !== idDigits) return false;
  for (let word = 0; word < idWords; word++) {
    let value = 0;
    for (let at = word * 8; at < word * 8 + 8; at++) {
      const digit = digits[blob.charCodeAt(at)];
      if (digit === undefined || digit === 0xff) return false;
      value = (value << 4) | digit;
    }
    asked[word] = value;
  }
  return true;
}

class Table {
  #slots: number;
  #ids: Uint32Array;
  #logs: Uint16Array;
  #numbers: Float64Array;
  /** Slots that are not empty. */
  used = 0;

  constructor(slots: number) {
    this.#slots = slots;
    this.#ids = new Uint32Array(slots * idWords);
    this.#logs = new Uint16Array(slots);
    this.#numbers = new Float64Array(slots * numbersPerSlot);
  }

  get(): KnownPlace | undefined {
    const slot = this.#slotOf();
    const log = this.#logs[slot]!;
    if (log === empty || log === forgotten) return undefined;
    const at = slot * numbersPerSlot;
    const sizeBytes = this.#numbers[at]!;
    const run = {
      segment: this.#numbers[at + 1]!,
      position: this.#numbers[at + 2]!,
      blocks: blockCount(sizeBytes),
    };
    return { log: log - 1, sizeBytes, runs: [run], name: this.#numbers[at + 3]! };
  }

  set({ log, sizeBytes, runs, name }: KnownPlace): void {
    const [run] = runs;
    assert(run?.blocks === blockCount(sizeBytes), 'one run has all blocks');
    if (this.used * 3 >= this.#slots * 2) this.#grow();
    const slot = this.#slotOf();
    if (this.#logs[slot] === empty) this.used++;
    this.#ids.set(asked, slot * idWords);
    this.#logs[slot] = log + 1;
    const at = slot * numbersPerSlot;
    this.#numbers[at] = sizeBytes;
    this.#numbers[at + 1] = run.segment;
    this.#numbers[at + 2] = run.position;
    this.#numbers[at + 3] = name;
  }

  delete(): void {
    const slot = this.#slotOf();
    if (this.#logs[slot] !== empty) this.#logs[slot] = forgotten;
  }

  /** That of the id that was read last, or the empty one where it would be. */
  #slotOf(): number {
    const mask = this.#slots - 1;
    let slot = asked[idWords - 1]! & mask;
    while (this.#logs[slot] !== empty && !this.#isAt(slot)) slot = (slot + 1) & mask;
    return slot;
  }

  #isAt(slot: number): boolean {
    const ids = this.#ids;
    const at = slot * idWords;
    return (
      ids[at + 3] === asked[3] && ids[at + 2] === asked[2] && ids[at + 1] === asked[1] && ids[at] === asked[0]
    );
  }

  /** Of 43,000 places, the most there are in one, in about two milliseconds. */
  #grow(): void {
    const [slots, ids, logs, numbers] = [this.#slots, this.#ids, this.#logs, this.#numbers];
    const wanted = Uint32Array.from(asked);
    this.#slots = slots * 2;
    this.#ids = new Uint32Array(this.#slots * idWords);
    this.#logs = new Uint16Array(this.#slots);
    this.#numbers = new Float64Array(this.#slots * numbersPerSlot);
    this.used = 0;
    for (let slot = 0; slot < slots; slot++) {
      if (logs[slot] === empty || logs[slot] === forgotten) continue;
      asked.set(ids.subarray(slot * idWords, (slot + 1) * idWords));
      const to = this.#slotOf();
      this.#ids.set(asked, to * idWords);
      this.#logs[to] = logs[slot]!;
      this.#numbers.set(
        numbers.subarray(slot * numbersPerSlot, (slot + 1) * numbersPerSlot),
        to * numbersPerSlot,
      );
      this.used++;
    }
    asked.set(wanted);
  }
}
