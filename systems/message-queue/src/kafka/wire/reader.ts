// Reads the types of Kafka's protocol from a frame. https://kafka.apache.org/protocol#protocol_types
//
// Strings, arrays and bytes come in two forms: a length of two or four bytes, or, in flexible versions, the length plus one
// as a varint; null is -1 or 0. Every length is held against what is left of the frame before anything is made of it, so
// a frame cannot ask for more memory than a small multiple of its own size. Bytes are views of the frame, not copies.
//
// Numbers of 64 bits are read as doubles: offsets, times and sizes lie far below 2^53. What lies above (2^63 - 1 says "no
// bound") becomes the nearest double, and `Writer.int64` writes that as it was.

import { MalformedMessageError } from './malformed-message.ts';
import type { Records, Uuid } from './values.ts';

export type Decode<T> = (reader: Reader, version: number) => T;

export class Reader {
  readonly #bytes: Buffer;
  #at: number;

  constructor(bytes: Uint8Array, start = 0) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = start;
  }

  get position(): number {
    return this.#at;
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  bool(): boolean {
    return this.#take(1)[0] !== 0;
  }

  int8(): number {
    const at = this.#advance(1);
    return this.#bytes.readInt8(at);
  }

  int16(): number {
    const at = this.#advance(2);
    return this.#bytes.readInt16BE(at);
  }

  uint16(): number {
    const at = this.#advance(2);
    return this.#bytes.readUInt16BE(at);
  }

  int32(): number {
    const at = this.#advance(4);
    return this.#bytes.readInt32BE(at);
  }

  uint32(): number {
    const at = this.#advance(4);
    return this.#bytes.readUInt32BE(at);
  }

  int64(): number {
    const at = this.#advance(8);
    return this.#bytes.readInt32BE(at) * 2 ** 32 + this.#bytes.readUInt32BE(at + 4);
  }

  float64(): number {
    const at = this.#advance(8);
    return this.#bytes.readDoubleBE(at);
  }

  uuid(): Uuid {
    return this.#take(16).toString('base64url') as Uuid;
  }

  /** Up to 32 bits, seven in each byte, the lowest first. */
  unsignedVarint(): number {
    let value = 0;
    for (let shift = 0; shift <= 28; shift += 7) {
      const byte = this.#bytes[this.#advance(1)]!;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) {
        if (value > 0xffff_ffff) break;
        return value;
      }
    }
    throw this.#malformed('a varint of more than 32 bits');
  }

  string(flexible: boolean): string {
    return this.nullableString(flexible) ?? this.#refuseNull('string');
  }

  nullableString(flexible: boolean): string | null {
    const length = flexible ? this.unsignedVarint() - 1 : this.int16();
    if (length < 0) return this.#null(length);
    const at = this.#advance(length);
    return this.#bytes.toString('utf8', at, at + length);
  }

  bytes(flexible: boolean): Uint8Array {
    return this.nullableBytes(flexible) ?? this.#refuseNull('bytes');
  }

  nullableBytes(flexible: boolean): Uint8Array | null {
    const length = this.#length(flexible);
    return length < 0 ? this.#null(length) : this.#take(length);
  }

  nullableRecords(flexible: boolean): Records | null {
    const records = this.nullableBytes(flexible);
    return records === null ? null : [records];
  }

  array<T>(flexible: boolean, decode: Decode<T>, version: number): readonly T[] {
    return this.nullableArray(flexible, decode, version) ?? this.#refuseNull('array');
  }

  nullableArray<T>(flexible: boolean, decode: Decode<T>, version: number): readonly T[] | null {
    const count = this.#length(flexible);
    if (count < 0) return this.#null(count);
    // Every element has at least one byte.
    if (count > this.remaining) throw this.#malformed(`an array of ${count} in ${this.remaining} bytes`);
    const elements: T[] = [];
    for (let index = 0; index < count; index++) elements.push(decode(this, version));
    return elements;
  }

  nullableStruct<T>(decode: Decode<T>, version: number): T | null {
    return this.int8() < 0 ? null : decode(this, version);
  }

  /** `read` reads the field of a tag that it knows; what it does not know (false) is skipped. */
  taggedFields(read: (tag: number) => boolean): void {
    const count = this.unsignedVarint();
    let previous = -1;
    for (let index = 0; index < count; index++) {
      const tag = this.unsignedVarint();
      if (tag <= previous) throw this.#malformed(`tag ${tag} after tag ${previous}`);
      previous = tag;
      const size = this.unsignedVarint();
      if (size > this.remaining) throw this.#malformed(`a field of ${size} bytes in ${this.remaining}`);
      const end = this.#at + size;
      if (!read(tag)) this.#at = end;
      else if (this.#at !== end) throw this.#malformed(`tag ${tag} is not as long as it says`);
    }
  }

  skipTaggedFields(): void {
    this.taggedFields(() => false);
  }

  #length(flexible: boolean): number {
    return flexible ? this.unsignedVarint() - 1 : this.int32();
  }

  #take(length: number): Buffer {
    const at = this.#advance(length);
    return this.#bytes.subarray(at, at + length);
  }

  #advance(length: number): number {
    const at = this.#at;
    if (length > this.#bytes.length - at) {
      throw this.#malformed(`${length} bytes are wanted and ${this.#bytes.length - at} are left`);
    }
    this.#at = at + length;
    return at;
  }

  #null(length: number): null {
    if (length !== -1) throw this.#malformed(`the length ${length}`);
    return null;
  }

  #refuseNull(what: string): never {
    throw this.#malformed(`null where a ${what} has to be`);
  }

  #malformed(detail: string): MalformedMessageError {
    return new MalformedMessageError(detail, { at: this.#at });
  }
}

export const readInt8: Decode<number> = (reader) => reader.int8();
export const readInt16: Decode<number> = (reader) => reader.int16();
export const readInt32: Decode<number> = (reader) => reader.int32();
export const readInt64: Decode<number> = (reader) => reader.int64();
export const readString: Decode<string> = (reader) => reader.string(false);
export const readCompactString: Decode<string> = (reader) => reader.string(true);
export const readUuid: Decode<Uuid> = (reader) => reader.uuid();
