// The XXH family (https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md), without a seed: XXH64 as `xxhash64`,
// XXH3 with 64 and 128 bits as `xxhash3` and `xxhash128`. Digests are in canonical form: big-endian, the high half first.
//
// One WebAssembly instance of each serves every caller: what runs in pieces is taken out of it after each, and put back
// before the next. Its state is 84 or 580 bytes. Why these implementations: README.md has the measurements.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import type { IHasher } from 'hash-wasm/dist/lib/WASMInterface.js';

export type XxhashAlgorithm = 'xxhash64' | 'xxhash3' | 'xxhash128';

type HashWasm = typeof import('hash-wasm');

// Their own files: the package's index holds every algorithm there is, 280 KB of source.
const require = createRequire(import.meta.url);
const { createXXHash64 } = require('hash-wasm/dist/xxhash64.umd.min.js') as HashWasm;
const { createXXHash3 } = require('hash-wasm/dist/xxhash3.umd.min.js') as HashWasm;
const { createXXHash128 } = require('hash-wasm/dist/xxhash128.umd.min.js') as HashWasm;

const [xxhash64, xxhash3, xxhash128] = await Promise.all([
  createXXHash64(),
  createXXHash3(),
  createXXHash128(),
]);
const hashers: Readonly<Record<XxhashAlgorithm, IHasher>> = { xxhash64, xxhash3, xxhash128 };

/** The hash of bytes that are all there. */
export function xxhash(algorithm: XxhashAlgorithm, bytes: Uint8Array): Buffer {
  return digestOf(hashers[algorithm].init().update(bytes));
}

/** A hash over bytes that come in pieces. */
export class RunningXxhash {
  readonly #hasher: IHasher;
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
    return digestOf(this.#resumed());
  }

  #resumed(): IHasher {
    return this.#state === undefined ? this.#hasher.init() : this.#hasher.load(this.#state);
  }
}

function digestOf(hasher: IHasher): Buffer {
  const digest = hasher.digest('binary');
  return Buffer.from(digest.buffer, digest.byteOffset, digest.length);
}
