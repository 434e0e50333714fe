// What the killed writer stores, computable again from its name.

import { createHash } from 'node:crypto';

export const bucket = 'killed';

export function contentOf(seed: string, sizeBytes: number): Buffer {
  const digest = createHash('shake256', { outputLength: Math.max(1, sizeBytes) })
    .update(seed)
    .digest();
  return digest.subarray(0, sizeBytes);
}

/** Mostly small, some of several blocks. */
export function sizeOf(step: number): number {
  const sizes = [0, 100, 4_096, 65_536, 1_000, 300_000, 20_000];
  return sizes[step % sizes.length]!;
}
