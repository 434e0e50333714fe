// Random bytes that a seed repeats: the output of SHAKE-256 over the seed and a counter.

import { createHash } from 'node:crypto';

export function seededBytes(seed: number) {
  let counter = 0;
  const bytes = (length: number): Buffer =>
    createHash('shake256', { outputLength: length }).update(`${seed} ${counter++}`).digest();
  return {
    bytes,
    /** From 0, below `below`. */
    integer: (below: number) => bytes(6).readUIntBE(0, 6) % below,
  };
}
