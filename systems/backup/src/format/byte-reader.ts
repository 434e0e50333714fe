// Reads the integers and byte strings that all binary forms of a repository are made of: little-endian, LEB128 varints,
// zigzag for signed ones. Each value has one encoding only (an overlong varint is refused), so that equal contents are
// equal bytes and deduplicate. A read past the end throws `damaged` with the object's name and the place.

import { damaged } from './damaged.ts';

export class ByteReader {
  readonly bytes: Uint8Array;
  /** The object's name in errors. */
  readonly object: string;
  #position: number;

  constructor(bytes: Uint8Array, object: string, position = 0) {
    this.bytes = bytes;
    this.object = object;
    this.#position = position;
  }

  get position(): number {
    return this.#position;
  }

  get remaining(): number {
    return this.bytes.length - this.#position;
  }

  byte(): number {
    const value = this.bytes[this.#position];
    if (value === undefined) throw this.#ended(1);
    this.#position += 1;
    return value;
  }

  uint16(): number {
    return this.byte() + this.byte() * 0x100;
  }

  uint32(): number {
    return this.uint16() + this.uint16() * 0x10000;
  }

  /** A view, not a copy. */
  view(length: number): Uint8Array {
    const start = this.skip(length);
    return this.bytes.subarray(start, start + length);
  }

  /** The place where `length` bytes lie, which are passed over. */
  skip(length: number): number {
    const start = this.#position;
    if (length > this.bytes.length - start) throw this.#ended(length);
    this.#position = start + length;
    return start;
  }

  /** 0 to 2^53 - 1. */
  varint(): number {
    const first = this.bytes[this.#position];
    if (first === undefined || first >= 0x80) return this.#longVarint();
    this.#position += 1;
    return first;
  }

  /** A varint of at most `highest`; `what` names it in the error. */
  varintUpTo(highest: number, what: string): number {
    const value = this.varint();
    if (value > highest) throw this.damage(`${what} is ${value}, at most ${highest} is possible`);
    return value;
  }

  /** A count of things that take at least `bytesEach`: refused before anything is allocated for it. */
  count(bytesEach: number, what: string): number {
    const count = this.varint();
    if (count * bytesEach > this.remaining) throw this.damage(`${count} ${what} do not fit in what follows`);
    return count;
  }

  /** 0 to 2^64 - 1: a number where it is exact, else a bigint (`narrowInteger` makes the same choice). */
  wideVarint(): number | bigint {
    let place = this.#position;
    while ((this.bytes[place] ?? 0) >= 0x80) place += 1;
    return place - this.#position < 7 ? this.varint() : this.#bigVarint();
  }

  /** -2^52 to 2^52 - 1. */
  zigzag(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** Throws unless everything was read. */
  end(): void {
    if (this.remaining > 0) throw this.damage(`${this.remaining} bytes follow the end`);
  }

  damage(problem: string): Error {
    return damaged(this.object, `${problem}, at byte ${this.#position}`);
  }

  #longVarint(): number {
    let value = 0;
    let scale = 1;
    for (let length = 1; length <= 8; length += 1) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return this.#checked(value, byte === 0);
      scale *= 0x80;
    }
    throw this.damage('an integer is longer than 53 bits');
  }

  #checked(value: number, overlong: boolean): number {
    if (overlong) throw this.damage('an integer is longer than it needs to be');
    if (value > Number.MAX_SAFE_INTEGER) throw this.damage('an integer is longer than 53 bits');
    return value;
  }

  #bigVarint(): number | bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return this.#checkedWide(value, byte === 0);
    }
    throw this.damage('an integer is longer than 64 bits');
  }

  #checkedWide(value: bigint, overlong: boolean): number | bigint {
    if (overlong) throw this.damage('an integer is longer than it needs to be');
    if (value >= 1n << 64n) throw this.damage('an integer is longer than 64 bits');
    return narrowInteger(value);
  }

  #ended(wanted: number): Error {
    return this.damage(`it ends where ${wanted} more bytes were expected`);
  }
}

/** A number where that is exact, so that what `wideVarint` read can be compared with `===`. */
export function narrowInteger(value: bigint): number | bigint {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}
