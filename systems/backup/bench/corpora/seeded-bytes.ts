// Bytes and numbers that are the same in every run: an AES-CTR stream under a key made of the seed.

import { createCipheriv, createHash } from 'node:crypto';

export class SeededBytes {
  readonly #stream;

  constructor(seed: string) {
    const key = createHash('sha256').update(seed).digest();
    this.#stream = createCipheriv('aes-256-ctr', key, Buffer.alloc(16));
  }

  bytes(length: number): Buffer {
    return this.#stream.update(Buffer.alloc(length));
  }

  /** 0 <= n < below <= 2^32. */
  integer(below: number): number {
    return Math.floor((this.bytes(4).readUInt32LE() / 2 ** 32) * below);
  }
}
