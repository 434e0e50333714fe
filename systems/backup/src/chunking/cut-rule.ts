// Where a chunk may end: the rule that every implementation has to follow to the byte, or contents are stored twice.
//
// The gear hash at a byte depends on it and the 63 before: h = 2h + gear[byte] mod 2^64. A chunk ends behind the first byte,
// from its minimum on, whose hash is below a threshold: a strict one first, from the switch on a loose one; at the latest at
// its maximum (normalized chunking: Xia et al., "FastCDC", USENIX ATC 2016). As the hash of a byte does not depend on where
// the chunk began, cuts fall into place again soon after an edit.
//
//   0 ........ min ............. switch ................................. max
//     no cut       1 of 4 average      4 of 1 average                     cut
//
// Thresholds instead of masks: any average is possible, not powers of two only. `switch` is placed so that the mean of all
// lengths is `average` (without regard to the maximum, which one chunk in 40,000 reaches): behind min a chunk survives x
// bytes of the strict part with probability exp(-x / 4a), then goes on for a/4 in the mean, so
// average - min = 4a (1 - s) + s a/4, where s is the part of chunks that reach the switch.

import type { RepositoryConfig } from '../format/repository-config.ts';

export type ChunkBytes = RepositoryConfig['chunkBytes'];

/** The bytes that a hash depends on: less than any minimum. */
export const windowBytes = 64;

const normalization = 4;

export type CutRule = {
  /** The length from which on a chunk may end. */
  readonly minBytes: number;
  /** Lengths up to this one need a hash below `strictThreshold`, longer ones below `looseThreshold`. */
  readonly switchBytes: number;
  readonly maxBytes: number;
  readonly strictThreshold: bigint;
  readonly looseThreshold: bigint;
};

export function cutRule({ min, average, max }: ChunkBytes): CutRule {
  const strictMean = average * normalization;
  const looseMean = average / normalization;
  const reachSwitch = (strictMean - (average - min)) / (strictMean - looseMean);
  const strictBytes = Math.max(0, Math.round(-strictMean * Math.log(reachSwitch)));
  return {
    minBytes: min,
    switchBytes: Math.min(min + strictBytes, max),
    maxBytes: max,
    strictThreshold: thresholdFor(strictMean),
    looseThreshold: thresholdFor(looseMean),
  };
}

/** One hash in `mean` is below it. */
function thresholdFor(mean: number): bigint {
  return 2n ** 64n / BigInt(Math.round(mean));
}
