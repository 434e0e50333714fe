// Decodings by loss: as long as the same drives are away, every read needs the same few.

import { type Decoding, decodingOf, type ErasureCode, type Loss } from './decoding.ts';

/** Each is at most 16 KiB of rows, and 32 bytes for 8+4. */
export const decodingsMax = 64;

export class DecodingCache {
  readonly #code: ErasureCode;
  /** What was used longest ago comes first. */
  readonly #decodings = new Map<string, Decoding>();

  constructor(code: ErasureCode) {
    this.#code = code;
  }

  get size(): number {
    return this.#decodings.size;
  }

  decodingOf(loss: Loss): Decoding {
    const key = `${loss.lost.join()}/${loss.wanted.join()}`;
    const decoding = this.#decodings.get(key) ?? decodingOf(this.#code, loss);
    this.#decodings.delete(key);
    this.#decodings.set(key, decoding);
    if (this.size > decodingsMax) this.#decodings.delete(this.#decodings.keys().next().value!);
    return decoding;
  }
}
