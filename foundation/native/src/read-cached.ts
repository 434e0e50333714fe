// Reads what the page cache has of a file, on the calling thread, without ever waiting for the disk: preadv2(2) with
// RWF_NOWAIT. Node has no such call. Where the C library or the file system has none (tmpfs, macOS) nothing is at hand, and
// the caller reads as it always could.

import type { FunctionSignature } from 'node:ffi';
import { foreignFunctions } from './foreign-functions.ts';
import { type Memory, openProgramLibrary } from './program-library.ts';

type ReadLibrary = {
  readonly preadv2: (
    descriptor: number,
    vectors: Memory,
    vectorCount: number,
    position: bigint,
    flags: number,
  ) => number;
};

// What it returns is at most `bytesPerReadMax`, or -1: an int32 is enough, and no bigint is made of it.
const library = openProgramLibrary<ReadLibrary>({
  preadv2: { return: 'int32', arguments: ['int32', 'pointer', 'int32', 'int64', 'int32'] } as const,
} satisfies Readonly<Record<keyof ReadLibrary, FunctionSignature>>);

/** `RWF_NOWAIT` of linux/fs.h; only Linux has the call. */
const noWait = 8;
/** Smaller views may lie in the collector's own memory, which moves. */
const bytesPerReadMin = 4_096;
const bytesPerReadMax = 2 ** 30;

/** One `struct iovec`: address, length. */
const vector = new BigUint64Array(2);
const vectorMemory = new Uint8Array(vector.buffer);

/**
 * Bytes of the file, from `position` on, that `into` has now: fewer than its length when the others are not in memory, or
 * behind the file's end; 0 when none is, when the disk has an error to tell, or when this cannot be done here.
 */
export function readCached(descriptor: number, into: Uint8Array, position: number): number {
  const { byteLength } = into;
  if (library === undefined || byteLength < bytesPerReadMin || byteLength > bytesPerReadMax) return 0;
  vector[0] = foreignFunctions!.getRawPointer(into);
  vector[1] = BigInt(byteLength);
  return Math.max(0, library.preadv2(descriptor, vectorMemory, 1, BigInt(position), noWait));
}
