// A hash of hash-wasm, whose WebAssembly is compiled when it is first asked for.
//
// The package's own loader compiles asynchronously: its hashes would all have to be there before the first call of a
// synchronous function, which cost every thread that imported this package 10 ms of CPU. So the module is taken out of the
// package's file, where it is text (`data:"..."` in base64), and called as that loader calls it:
//
//   Hash_GetBuffer()    where seed, input and digest go, 16 KiB
//   Hash_Init(0)        the seed is in the buffer
//   Hash_Update(bytes)  so many are in the buffer
//   Hash_Final(0)       the digest is in the buffer
//   Hash_GetState()     where what it holds between calls is, as many bytes as the word at STATE_SIZE says
//
// The package is pinned, and the vectors of each hash are tested. Not safe to share between threads.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

export type WasmHashOptions = {
  /** Of hash-wasm's `dist`, one for each algorithm: its index holds all there are, 280 KB of source. */
  readonly file: string;
  readonly digestBytes: number;
  /** Eight bytes. */
  readonly seed: Uint8Array;
};

const bufferBytes = 16 * 1024;

export class WasmHash {
  readonly #options: WasmHashOptions;
  #loaded: Loaded | undefined;

  constructor(options: WasmHashOptions) {
    this.#options = options;
  }

  /** Forgets what it took. */
  init(): this {
    const { exports, buffer } = this.#use();
    buffer.set(this.#options.seed);
    exports.Hash_Init(0);
    return this;
  }

  update(bytes: Uint8Array): this {
    const { exports, buffer } = this.#use();
    for (let at = 0; at < bytes.length; at += bufferBytes) {
      const piece = bytes.subarray(at, at + bufferBytes);
      buffer.set(piece);
      exports.Hash_Update(piece.length);
    }
    return this;
  }

  /** In memory of its own. */
  digest(): Buffer {
    const { exports, buffer } = this.#use();
    exports.Hash_Final(0);
    return Buffer.from(buffer.subarray(0, this.#options.digestBytes));
  }

  /** What it took so far, for `load`. */
  save(): Uint8Array {
    return this.#use().state.slice();
  }

  load(saved: Uint8Array): this {
    this.#use().state.set(saved);
    return this;
  }

  #use(): Loaded {
    this.#loaded ??= load(this.#options);
    return this.#loaded;
  }
}

type Exports = {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly STATE_SIZE: { readonly value: number };
  readonly Hash_GetBuffer: () => number;
  readonly Hash_Init: (unused: number) => void;
  readonly Hash_Update: (bytes: number) => void;
  readonly Hash_Final: (unused: number) => void;
  readonly Hash_GetState: () => number;
};

/** The memory of a module never grows, so views of it stay. */
type Loaded = { readonly exports: Exports; readonly buffer: Uint8Array; readonly state: Uint8Array };

// TypeScript has the types of WebAssembly only together with those of browsers.
const { WebAssembly: webAssembly } = globalThis as unknown as {
  readonly WebAssembly: {
    readonly Module: new (bytes: Uint8Array) => object;
    readonly Instance: new (module: object) => { readonly exports: unknown };
  };
};

function load({ file, seed }: WasmHashOptions): Loaded {
  const module = new webAssembly.Module(moduleIn(file));
  const exports = new webAssembly.Instance(module).exports as Exports;
  const { buffer: memory } = exports.memory;
  const buffer = new Uint8Array(memory, exports.Hash_GetBuffer(), bufferBytes);
  // Tables that follow from the seed are no part of the state.
  buffer.set(seed);
  exports.Hash_Init(0);
  const stateBytes = new DataView(memory).getUint32(exports.STATE_SIZE.value, true);
  return { exports, buffer, state: new Uint8Array(memory, exports.Hash_GetState(), stateBytes) };
}

function moduleIn(file: string): Uint8Array {
  const path = createRequire(import.meta.url).resolve(`hash-wasm/dist/${file}`);
  const text = /\bdata:"([A-Za-z0-9+/=]+)"/.exec(readFileSync(path, 'latin1'))?.[1];
  assert(text !== undefined, `${path} holds a module of WebAssembly in base64`);
  return Buffer.from(text, 'base64');
}
