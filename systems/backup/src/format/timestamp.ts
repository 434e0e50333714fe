// Times of files: whole seconds since 1970, floored, and nanoseconds 0 to 999,999,999.

import type { Timestamp } from './tree-entry.ts';

/** 71 million years either way: so that differences of two fit a zigzag integer of 53 bits. */
export const secondsHighest = 2 ** 51 - 1;

/**
 * From what `lstat` says in nanoseconds. A time beyond `secondsHighest` (some file systems take any 64 bits) becomes that
 * bound: compare what both sides give through this function.
 */
export function timestampOf(nanoseconds: bigint): Timestamp {
  const below = ((nanoseconds % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  const seconds = Number((nanoseconds - below) / 1_000_000_000n);
  const bounded = Math.min(Math.max(seconds, -secondsHighest), secondsHighest);
  return { seconds: bounded, nanoseconds: Number(below) };
}

/** The inverse, for `utimensat` and for printing. */
export function nanosecondsOf(time: Timestamp): bigint {
  return BigInt(time.seconds) * 1_000_000_000n + BigInt(time.nanoseconds);
}
