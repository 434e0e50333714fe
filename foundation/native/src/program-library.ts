// Functions of the libraries inside the program that runs this, called where they lie (node:ffi): OpenSSL, zstd.
//
// node:crypto makes a buffer for every update, node:zlib a context and a buffer for every call: on 4 KiB that is most of
// the time, and on 1 MiB the fresh memory costs ten times what AES-GCM does. Called directly, contexts are reused, and
// results land where they are wanted. The program exports these libraries for its addons; where a build does not, there
// is no library, and who wants one goes through node:crypto or node:zlib.

import type { FunctionSignature } from 'node:ffi';
import { isMainThread } from 'node:worker_threads';
import { foreignFunctions } from './foreign-functions.ts';

/** An address; 0n is none. */
export type Pointer = bigint;
/** Memory that a call reads or writes: a view is passed by the address of its first byte. */
export type Memory = Pointer | Uint8Array | Int32Array;

/** Kept, because functions are those of a library that is open. */
const opened: object[] = [];

/**
 * The functions with these signatures, typed by the caller: the types of node:ffi do not know that a pointer may be given
 * as a view. Undefined where one is missing.
 */
export function openProgramLibrary<Library extends object>(
  signatures: Readonly<Record<keyof Library, FunctionSignature>>,
): Library | undefined {
  try {
    const library = foreignFunctions?.dlopen(null, signatures);
    if (library === undefined) return undefined;
    opened.push(library);
    return library.functions as unknown as Library;
  } catch {
    // A symbol is missing: not an error, as the portable way does the same.
    return undefined;
  }
}

/** Runs `free` when a function is done with the memory of libraries: see `freeAtThreadsEnd`. */
export type FreeLater = (free: () => void) => void;

/**
 * What libraries hold outlives the thread that asked for it: a process that starts threads for months would gather
 * megabytes with each. The main thread's goes with the process.
 */
export const freeAtThreadsEnd: FreeLater = (free) => {
  if (!isMainThread) process.once('exit', free);
};
