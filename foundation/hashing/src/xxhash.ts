// The XXH family (https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md), without a seed: XXH64 as `xxhash64`,
// XXH3 with 64 and 128 bits as `xxhash3` and `xxhash128`. Digests are in canonical form: big-endian, the high half first.
//
// One WebAssembly instance of each serves every caller: what runs in pieces is taken out of it after each, and put back
// before the next. Its state is 80 or 576 bytes. Why these implementations: README.md has the measurements.

import assert from 'node:assert/strict';
import { WasmHash } from './wasm-hash.ts';

export type XxhashAlgorithm = 'xxhash64' | 'xxhash3' | 'xxhash128';

const seed = new Uint8Array(8);
const hashers: Readonly<Record<XxhashAlgorithm, WasmHash>> = {
  xxhash64: new WasmHash({ file: 'xxhash64.umd.min.js', digestBytes: 8, seed }),
  xxhash3: new WasmHash({ file: 'xxhash3.umd.min.js', digestBytes: 8, seed }),
  xxhash128: new WasmHash({ file: 'xxhash128.umd.min.js', digestBytes: 16, seed }),
};

/** The hash of bytes that are all there. */
export function xxhash(algorithm: XxhashAlgorithm, bytes: Uint8Array): Buffer {
  return hashers[algorithm].init().update(bytes).digest();
}

/** A hash over bytes that come in pieces. */
export class RunningXxhash {
  readonly #hasher: WasmHash;
  /** What the hasher was when this one left it; undefined before the first piece and after the digest. */
  #state: Uint8Array | undefined;
  #finished = false;

  constructor(algorithm: XxhashAlgorithm) {
    this.#hasher = hashers[algorithm];
  }

  update(bytes: Uint8Array): void {
    assert(!this.#finished, 'a checksum takes no bytes after its digest');
    this.#state = this.#resumed().update(bytes).save();
  }

  digest(): Buffer {
    assert(!this.#finished, 'a checksum has one digest');
    this.#finished = true;
    return this.#resumed().digest();
  }

  #resumed(): WasmHash {
    return this.#state === undefined ? this.#hasher.init() : this.#hasher.load(this.#state);
  }
}
