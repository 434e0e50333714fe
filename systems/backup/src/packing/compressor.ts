// Whether and how a chunk is compressed. The room given to zstd is what compression has to stay below to be worth its
// decompression: where the frame does not fit, the chunk is stored as it is.
//
// No sampling, no guess by name: level 3 passes over a MiB that does not compress in 0.1 ms, a twentieth of what it takes
// otherwise, and slow levels are asked only after a fast one has found something.

import { zstd } from '../native/zstd.ts';

/** Compression must save at least this part of a chunk. */
const savedPart = 1 / 32;
/** Levels from here on cost so much on what does not compress that level 1 (0.06 ms per MiB) is asked first. */
const slowLevel = 5;
/** A zstd frame of anything takes more than this. */
const bytesWorthTrying = 16;

/**
 * Writes `chunk` compressed to the start of `target` (at least as long) and returns the bytes it takes, or `undefined`
 * when it is to be stored raw. Level 0 never compresses; negative levels are zstd's fast ones.
 */
export function compressChunk(chunk: Uint8Array, target: Uint8Array, level: number): number | undefined {
  if (level === 0 || chunk.length < bytesWorthTrying) return undefined;
  const room = target.subarray(0, chunk.length - Math.ceil(chunk.length * savedPart));
  if (level >= slowLevel && zstd.compress(chunk, room, 1) === undefined) return undefined;
  return zstd.compress(chunk, room, level);
}
