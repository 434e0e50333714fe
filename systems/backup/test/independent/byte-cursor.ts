// Reads bytes, varints (7 bits a byte, the lowest first) and zigzag numbers, as the independent reader needs them.

import assert from 'node:assert/strict';

export class ByteCursor {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  byte(): number {
    return this.bytes(1)[0]!;
  }

  bytes(count: number): Buffer {
    assert(count <= this.left, `${count} bytes are asked for, ${this.left} are left`);
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }

  /** Length first. */
  prefixed(): Buffer {
    return this.bytes(this.varint());
  }

  bigVarint(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.byte();
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  }

  varint(): number {
    return Number(this.bigVarint());
  }

  /** 0, -1, 1, -2 ... as 0, 1, 2, 3 ... */
  zigzag(): bigint {
    const value = this.bigVarint();
    return value % 2n === 0n ? value / 2n : -(value + 1n) / 2n;
  }
}
