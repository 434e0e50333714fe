// Writes the types of Kafka's protocol: the counterpart of `Reader`.
//
// Long bytes (batches of records) are not copied: the message is a list of pieces, for one call of writev.

import assert from 'node:assert/strict';
import type { Records, Uuid } from './values.ts';

export type Encode<T> = (writer: Writer, value: T, version: number) => void;

/** From here on a piece of its own is cheaper than a copy. */
const copiedBytesMax = 1_024;
const firstBytes = 512;

export class Writer {
  #pieces: Uint8Array[] = [];
  #buffer: Buffer = Buffer.allocUnsafe(firstBytes);
  /** Where the bytes of the buffer begin that are in no piece yet. */
  #start = 0;
  #at = 0;
  #sizeBytes = 0;

  /** Everything that was written, and a writer that must not be used any more. */
  finish(): readonly Uint8Array[] {
    this.#cut();
    return this.#pieces;
  }

  get sizeBytes(): number {
    return this.#sizeBytes + this.#at - this.#start;
  }

  bool(value: boolean): void {
    this.int8(value ? 1 : 0);
  }

  int8(value: number): void {
    const at = this.#reserve(1);
    this.#buffer.writeInt8(value, at);
  }

  int16(value: number): void {
    const at = this.#reserve(2);
    this.#buffer.writeInt16BE(value, at);
  }

  uint16(value: number): void {
    const at = this.#reserve(2);
    this.#buffer.writeUInt16BE(value, at);
  }

  int32(value: number): void {
    const at = this.#reserve(4);
    this.#buffer.writeInt32BE(value, at);
  }

  uint32(value: number): void {
    const at = this.#reserve(4);
    this.#buffer.writeUInt32BE(value, at);
  }

  int64(value: number): void {
    const at = this.#reserve(8);
    if (value >= 2 ** 63) {
      this.#buffer.writeUInt32BE(0x7fff_ffff, at);
      this.#buffer.writeUInt32BE(0xffff_ffff, at + 4);
      return;
    }
    const high = Math.floor(value / 2 ** 32);
    this.#buffer.writeInt32BE(high, at);
    this.#buffer.writeUInt32BE(value - high * 2 ** 32, at + 4);
  }

  float64(value: number): void {
    const at = this.#reserve(8);
    this.#buffer.writeDoubleBE(value, at);
  }

  uuid(value: Uuid): void {
    const at = this.#reserve(16);
    const written = this.#buffer.write(value, at, 'base64url');
    assert(written === 16, 'a UUID has 16 bytes');
  }

  unsignedVarint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.#byte((rest % 0x80) + 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.#byte(rest);
  }

  string(flexible: boolean, value: string): void {
    const length = Buffer.byteLength(value);
    if (flexible) this.unsignedVarint(length + 1);
    else this.int16(length);
    const at = this.#reserve(length);
    this.#buffer.write(value, at, 'utf8');
  }

  nullableString(flexible: boolean, value: string | null): void {
    if (value !== null) this.string(flexible, value);
    else if (flexible) this.unsignedVarint(0);
    else this.int16(-1);
  }

  bytes(flexible: boolean, value: Uint8Array): void {
    this.#length(flexible, value.length);
    this.raw(value);
  }

  nullableBytes(flexible: boolean, value: Uint8Array | null): void {
    if (value !== null) this.bytes(flexible, value);
    else this.#length(flexible, -1);
  }

  nullableRecords(flexible: boolean, value: Records | null): void {
    this.#length(flexible, value === null ? -1 : value.reduce((sum, piece) => sum + piece.length, 0));
    for (const piece of value ?? []) this.raw(piece);
  }

  array<T>(flexible: boolean, values: readonly T[], encode: Encode<T>, version: number): void {
    this.#length(flexible, values.length);
    for (const value of values) encode(this, value, version);
  }

  nullableArray<T>(flexible: boolean, values: readonly T[] | null, encode: Encode<T>, version: number): void {
    if (values !== null) this.array(flexible, values, encode, version);
    else this.#length(flexible, -1);
  }

  nullableStruct<T>(value: T | null, encode: Encode<T>, version: number): void {
    this.int8(value === null ? -1 : 1);
    if (value !== null) encode(this, value, version);
  }

  noTaggedFields(): void {
    this.unsignedVarint(0);
  }

  /** `write` adds those that are not at their defaults, in the order of their tags. */
  taggedFields(write: (fields: TaggedFields) => void): void {
    const fields = new TaggedFields();
    write(fields);
    this.unsignedVarint(fields.count);
    for (const piece of fields.pieces) this.raw(piece);
  }

  /** The bytes as they are, without a length. */
  raw(value: Uint8Array): void {
    if (value.length <= copiedBytesMax) {
      const at = this.#reserve(value.length);
      this.#buffer.set(value, at);
      return;
    }
    this.#cut();
    this.#pieces.push(value);
    this.#sizeBytes += value.length;
  }

  /** A field that a version lacks and that says something, or a null that it has no form for. */
  refuse(field: string, version: number): never {
    assert.fail(`${field} cannot be said in version ${version}`);
  }

  #length(flexible: boolean, length: number): void {
    if (flexible) this.unsignedVarint(length + 1);
    else this.int32(length);
  }

  #byte(value: number): void {
    const at = this.#reserve(1);
    this.#buffer[at] = value;
  }

  /** Room for so many bytes in one buffer, which may be another one afterwards. */
  #reserve(length: number): number {
    if (length > this.#buffer.length - this.#at) {
      this.#cut();
      this.#buffer = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, length));
      this.#start = 0;
      this.#at = 0;
    }
    const at = this.#at;
    this.#at += length;
    return at;
  }

  #cut(): void {
    if (this.#at === this.#start) return;
    this.#pieces.push(this.#buffer.subarray(this.#start, this.#at));
    this.#sizeBytes += this.#at - this.#start;
    this.#start = this.#at;
  }
}

class TaggedFields {
  readonly pieces: Uint8Array[] = [];
  count = 0;

  field(tag: number, write: (writer: Writer) => void): void {
    const content = new Writer();
    write(content);
    const head = new Writer();
    head.unsignedVarint(tag);
    head.unsignedVarint(content.sizeBytes);
    this.pieces.push(...head.finish(), ...content.finish());
    this.count++;
  }
}

export const writeInt8: Encode<number> = (writer, value) => writer.int8(value);
export const writeInt16: Encode<number> = (writer, value) => writer.int16(value);
export const writeInt32: Encode<number> = (writer, value) => writer.int32(value);
export const writeInt64: Encode<number> = (writer, value) => writer.int64(value);
export const writeUuid: Encode<Uuid> = (writer, value) => writer.uuid(value);
export const writeString: Encode<string> = (writer, value) => writer.string(false, value);
export const writeCompactString: Encode<string> = (writer, value) => writer.string(true, value);
