// One codec for each pair of numbers, as long as the process lives: their rows are computed once.

import { openReedSolomon, type ReedSolomon } from '../../erasure/reed-solomon.ts';
import type { Scheme } from './redundancy.ts';

const opened = new Map<string, ReedSolomon>();

export function reedSolomonOf(scheme: Scheme): ReedSolomon {
  return opened.getOrInsertComputed(`${scheme.dataShards}+${scheme.parityShards}`, () =>
    openReedSolomon(scheme),
  );
}
