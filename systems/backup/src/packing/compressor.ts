// Whether and how a chunk is compressed. The room given to zstd is what compression has to stay below to be worth its
// decompression: where the frame does not fit, the chunk is stored as it is.
//
// What looks random is not tried at all. Slow levels are not content with a look: level 1 is asked about the whole.

import { zstd } from '../native/zstd.ts';
import { looksRandom } from './looks-random.ts';

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
  const hopeless = level >= slowLevel ? zstd.compress(chunk, room, 1) === undefined : looksRandom(chunk);
  if (hopeless) return undefined;
  return zstd.compress(chunk, room, level);
}
