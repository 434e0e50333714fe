// A second codec for the tests, which reads the schemas while it works: random messages as values, and as bytes.
//
// It shares the parsed schemas with the generator and nothing else. Values are made so that every version can say them.

import { defaultOf, isNullable } from './field-type.ts';
import type { Field, MessageSchema, Struct } from './schema.ts';
import type { VersionRange } from './version-range.ts';

export type Value = number | string | boolean | null | undefined | Uint8Array | readonly Value[] | Message;
export type Message = { readonly [name: string]: Value };
/** A number from 0 to `below` - 1. */
export type Random = (below: number) => number;

const has = (range: VersionRange, version: number) => version >= range.from && version <= range.to;

export class ModelCodec {
  readonly #schema: MessageSchema;
  readonly #version: number;
  readonly #random: Random;

  constructor(schema: MessageSchema, options: { version: number; random: Random }) {
    this.#schema = schema;
    this.#version = options.version;
    this.#random = options.random;
  }

  /** What a decoder has to make of the bytes that `encode` makes of it. */
  message(struct: Struct = this.#schema.root): Message {
    return Object.fromEntries(struct.fields.map((field) => [field.name, this.#value(field, struct)]));
  }

  encode(message: Message, struct: Struct = this.#schema.root): Buffer {
    const present = struct.fields.filter((field) => has(field.versions, this.#version));
    const isTagged = (field: Field) => has(field.tagged, this.#version);
    const placed = present.filter((field) => !isTagged(field));
    const parts = placed.map((field) =>
      this.#encodeField(field, message[field.name], this.#isFlexible(field)),
    );
    if (has(this.#schema.flexible, this.#version)) {
      const tags = present
        .filter((field) => isTagged(field) && !this.#isDefault(field, struct, message[field.name]))
        .toSorted((a, b) => a.tag! - b.tag!)
        .map((field) => {
          const bytes = this.#encodeField(field, message[field.name], true);
          return Buffer.concat([varint(field.tag!), varint(bytes.length), bytes]);
        });
      parts.push(varint(tags.length), ...tags);
    }
    return Buffer.concat(parts);
  }

  #isFlexible(field: Field): boolean {
    return has(this.#schema.flexible, this.#version) && !field.neverFlexible;
  }

  #value(field: Field, struct: Struct): Value {
    if (!has(field.versions, this.#version)) return this.#default(field, struct);
    if (has(field.tagged, this.#version) && this.#random(2) === 0) return this.#default(field, struct);
    const mayBeNull = isNullable(field, struct) && has(field.nullable, this.#version);
    if ((mayBeNull || field.type === 'records') && this.#random(4) === 0) return null;
    if (!field.isArray) return this.#single(field);
    return Array.from({ length: this.#random(3) }, () => this.#single(field));
  }

  #default(field: Field, struct: Struct): Value {
    const text = defaultOf(field, struct);
    const known: Readonly<Record<string, Value>> = {
      ...{ null: null, undefined, true: true, false: false, '[]': [] },
      ...{ noBytes: new Uint8Array(0), zeroUuid: 'A'.repeat(22), '2 ** 63': 2 ** 63 },
    };
    if (text in known) return known[text];
    return text.startsWith("'") ? text.slice(1, -1) : Number(text);
  }

  #isDefault(field: Field, struct: Struct, value: Value): boolean {
    if (Array.isArray(value) || value instanceof Uint8Array) return value.length === 0;
    return value === this.#default(field, struct);
  }

  #single(field: Field): Value {
    if (field.isStruct) return this.message(this.#structOf(field));
    const bytes = () =>
      Uint8Array.from({ length: this.#random(5) * this.#random(400) }, () => this.#random(256));
    switch (field.type) {
      case 'bool':
        return this.#random(2) === 1;
      case 'string':
        return ['', 'a', 'name', 'näme €', '𝒳'.repeat(this.#random(40))][this.#random(5)]!;
      case 'uuid':
        return Buffer.from(Array.from({ length: 16 }, () => this.#random(256))).toString('base64url');
      case 'bytes':
        return bytes();
      case 'records':
        return [bytes()];
      case 'float64':
        return this.#random(1_000) / 8 - 50;
      case 'int64':
        return (this.#random(2 ** 21) - 2 ** 20) * 2 ** 32 + this.#random(2 ** 32);
      default: {
        const bits = Number(/\d+/.exec(field.type)![0]);
        return this.#random(2 ** bits) - (field.type.startsWith('u') ? 0 : 2 ** (bits - 1));
      }
    }
  }

  #encodeField(field: Field, value: Value, flexible: boolean): Buffer {
    if (field.isArray) {
      if (value === null) return length(-1, flexible);
      const elements = value as readonly Value[];
      return Buffer.concat([
        length(elements.length, flexible),
        ...elements.map((element) => this.#encodeSingle(field, element, flexible)),
      ]);
    }
    if (field.isStruct && has(field.nullable, this.#version)) {
      if (value === null) return Buffer.from([255]);
      return Buffer.concat([Buffer.from([1]), this.#encodeSingle(field, value, flexible)]);
    }
    return this.#encodeSingle(field, value, flexible);
  }

  #encodeSingle(field: Field, value: Value, flexible: boolean): Buffer {
    if (field.isStruct) return this.encode(value as Message, this.#structOf(field));
    switch (field.type) {
      case 'bool':
        return Buffer.from([value === true ? 1 : 0]);
      case 'uuid':
        return Buffer.from(value as string, 'base64url');
      case 'string': {
        if (value === null) return flexible ? varint(0) : Buffer.from([255, 255]);
        const text = Buffer.from(value as string);
        const short = Buffer.from([text.length >> 8, text.length & 255]);
        return Buffer.concat([flexible ? varint(text.length + 1) : short, text]);
      }
      case 'records':
      case 'bytes': {
        if (value === null) return length(-1, flexible);
        const bytes = field.type === 'records' ? (value as readonly Uint8Array[])[0]! : (value as Uint8Array);
        return Buffer.concat([length(bytes.length, flexible), bytes]);
      }
      case 'float64': {
        const bytes = Buffer.alloc(8);
        bytes.writeDoubleBE(value as number);
        return bytes;
      }
      default: {
        const size = Number(/\d+/.exec(field.type)![0]) / 8;
        const number = BigInt.asUintN(size * 8, BigInt(value as number));
        return Buffer.from(number.toString(16).padStart(size * 2, '0'), 'hex');
      }
    }
  }

  #structOf(field: Field): Struct {
    return this.#schema.structs.find((struct) => struct.name === field.type)!;
  }
}

function length(value: number, flexible: boolean): Buffer {
  if (flexible) return varint(value + 1);
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Buffer.from([...bytes, rest]);
}
