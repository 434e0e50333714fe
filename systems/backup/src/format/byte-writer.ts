// Writes what `ByteReader` reads, into a buffer that grows. The shortest form of every integer.

import assert from 'node:assert/strict';
import { narrowInteger } from './byte-reader.ts';

const bytesAtFirst = 256;

export class ByteWriter {
  #bytes: Buffer;
  #length = 0;

  constructor(capacity = bytesAtFirst) {
    this.#bytes = Buffer.allocUnsafe(capacity);
  }

  get length(): number {
    return this.#length;
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length] = value;
    this.#length += 1;
  }

  uint16(value: number): void {
    this.#reserve(2);
    this.#length = this.#bytes.writeUInt16LE(value, this.#length);
  }

  uint32(value: number): void {
    this.#reserve(4);
    this.#length = this.#bytes.writeUInt32LE(value, this.#length);
  }

  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Its length as a varint, then the bytes. */
  string(bytes: Uint8Array): void {
    this.varint(bytes.length);
    this.raw(bytes);
  }

  /** 0 to 2^53 - 1. */
  varint(value: number): void {
    this.#reserve(8);
    if (value >>> 0 === value) this.#shortVarint(value);
    else this.#longVarint(value);
  }

  /** 0 to 2^64 - 1. */
  wideVarint(value: number | bigint): void {
    const narrow = typeof value === 'bigint' ? narrowInteger(value) : value;
    if (typeof narrow === 'number') this.varint(narrow);
    else this.#bigVarint(narrow);
  }

  /** -2^52 to 2^52 - 1. */
  zigzag(value: number): void {
    this.varint(value >= 0 ? value * 2 : -value * 2 - 1);
  }

  /** What was written, as a view that the next write may overwrite after `clear`. */
  view(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** A copy of its own memory. */
  finish(): Buffer {
    return Buffer.from(this.view());
  }

  clear(): void {
    this.#length = 0;
  }

  #shortVarint(value: number): void {
    const bytes = this.#bytes;
    let at = this.#length;
    let rest = value;
    for (; rest >= 0x80; rest >>>= 7) bytes[at++] = rest | 0x80;
    bytes[at++] = rest;
    this.#length = at;
  }

  #longVarint(value: number): void {
    assert(Number.isSafeInteger(value) && value >= 0, 'not an integer of 0 to 2^53 - 1');
    const low = value % 0x80;
    this.#bytes[this.#length] = low | 0x80;
    this.#length += 1;
    this.varint((value - low) / 0x80);
  }

  #bigVarint(value: bigint): void {
    assert(value < 1n << 64n, 'not an unsigned integer of 64 bits');
    let rest = value;
    for (; rest >= 0x80n; rest >>= 7n) this.byte(Number(rest & 0x7fn) | 0x80);
    this.byte(Number(rest));
  }

  #reserve(length: number): void {
    const needed = this.#length + length;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}
