// Functions of zstd and OpenSSL in the program that runs this, called where they lie (node:ffi).
//
// node:zlib makes a context and a buffer for every call, node:crypto a buffer for every update: on 4 KiB that is most of
// the time, and on 1 MiB the fresh memory costs ten times what AES-GCM does. Called directly, contexts are reused, and
// results land where they are wanted. The program exports both libraries for its addons; where a build does not,
// `programLibrary` is undefined and `zstd.ts` and `aead-cipher.ts` go through node:zlib and node:crypto: what one
// writes the other reads.

import type { FunctionSignature } from 'node:ffi';
import { isMainThread } from 'node:worker_threads';
import { foreignFunctions } from './foreign-functions.ts';

/** An address; 0n is none. */
export type Pointer = bigint;
/** Memory that the call reads or writes: a view is passed by the address of its first byte. */
type Memory = Pointer | Uint8Array | Int32Array;

export type ProgramLibrary = {
  readonly ZSTD_createCCtx: () => Pointer;
  readonly ZSTD_compressCCtx: (
    context: Pointer,
    target: Memory,
    targetBytes: bigint,
    source: Memory,
    sourceBytes: bigint,
    level: number,
  ) => bigint;
  readonly ZSTD_freeCCtx: (context: Pointer) => bigint;
  readonly ZSTD_createDCtx: () => Pointer;
  readonly ZSTD_freeDCtx: (context: Pointer) => bigint;
  readonly ZSTD_decompressDCtx: (
    context: Pointer,
    target: Memory,
    targetBytes: bigint,
    source: Memory,
    sourceBytes: bigint,
  ) => bigint;
  readonly EVP_CIPHER_CTX_new: () => Pointer;
  readonly EVP_CIPHER_CTX_free: (context: Pointer) => void;
  readonly EVP_aes_256_gcm: () => Pointer;
  readonly EVP_chacha20_poly1305: () => Pointer;
  readonly EVP_CipherInit_ex: (
    context: Pointer,
    cipher: Pointer,
    engine: Pointer,
    key: Memory,
    nonce: Memory,
    encrypt: number,
  ) => number;
  readonly EVP_CipherUpdate: (
    context: Pointer,
    target: Memory,
    targetBytes: Memory,
    source: Memory,
    sourceBytes: number,
  ) => number;
  readonly EVP_CipherFinal_ex: (context: Pointer, target: Memory, targetBytes: Memory) => number;
  readonly EVP_CIPHER_CTX_ctrl: (
    context: Pointer,
    command: number,
    argument: number,
    memory: Memory,
  ) => number;
};

const signatures = {
  ZSTD_createCCtx: { return: 'pointer', arguments: [] },
  ZSTD_compressCCtx: {
    return: 'uint64',
    arguments: ['pointer', 'pointer', 'uint64', 'pointer', 'uint64', 'int32'],
  },
  ZSTD_freeCCtx: { return: 'uint64', arguments: ['pointer'] },
  ZSTD_createDCtx: { return: 'pointer', arguments: [] },
  ZSTD_freeDCtx: { return: 'uint64', arguments: ['pointer'] },
  ZSTD_decompressDCtx: { return: 'uint64', arguments: ['pointer', 'pointer', 'uint64', 'pointer', 'uint64'] },
  EVP_CIPHER_CTX_new: { return: 'pointer', arguments: [] },
  EVP_CIPHER_CTX_free: { return: 'void', arguments: ['pointer'] },
  EVP_aes_256_gcm: { return: 'pointer', arguments: [] },
  EVP_chacha20_poly1305: { return: 'pointer', arguments: [] },
  EVP_CipherInit_ex: {
    return: 'int32',
    arguments: ['pointer', 'pointer', 'pointer', 'pointer', 'pointer', 'int32'],
  },
  EVP_CipherUpdate: { return: 'int32', arguments: ['pointer', 'pointer', 'pointer', 'pointer', 'int32'] },
  EVP_CipherFinal_ex: { return: 'int32', arguments: ['pointer', 'pointer', 'pointer'] },
  EVP_CIPHER_CTX_ctrl: { return: 'int32', arguments: ['pointer', 'int32', 'int32', 'pointer'] },
} as const satisfies Readonly<Record<keyof ProgramLibrary, FunctionSignature>>;

/** Kept, because functions are those of a library that is open. */
const opened = openProgram();

// Pointers may be given as views, which the types of node:ffi do not know of.
export const programLibrary = opened?.functions as unknown as ProgramLibrary | undefined;

function openProgram() {
  try {
    return foreignFunctions?.dlopen(null, signatures);
  } catch {
    // A symbol is missing: not an error, as the portable way does the same.
    return undefined;
  }
}

/** Runs `free` when a function is done with the memory of libraries: see `freeAtThreadsEnd`. */
export type FreeLater = (free: () => void) => void;

/**
 * What libraries hold outlives the thread that asked for it: a process that makes backups for months would gather megabytes
 * with each. The main thread's goes with the process.
 */
export const freeAtThreadsEnd: FreeLater = (free) => {
  if (!isMainThread) process.once('exit', free);
};
