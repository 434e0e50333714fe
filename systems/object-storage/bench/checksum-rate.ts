// How fast this machine computes the CRC-32 that every block is verified by: goals of large reads depend on it.

import { crc32 } from 'node:zlib';

const blockBytes = 64 * 1024;
const rounds = 5;
const blocksPerRound = 2_000;

/** GB per second of the fastest of several rounds: what the machine can, not what others left of it. */
export function checksumGigabytesPerSecond(): number {
  const block = Buffer.alloc(blockBytes, 'x');
  let best = 0;
  for (let round = 0; round < rounds; round++) {
    const startMs = performance.now();
    for (let done = 0; done < blocksPerRound; done++) crc32(block);
    const seconds = (performance.now() - startMs) / 1000;
    best = Math.max(best, (blockBytes * blocksPerRound) / seconds / 1e9);
  }
  return best;
}
