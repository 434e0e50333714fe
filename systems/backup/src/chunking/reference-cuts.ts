// The cut rule in plain TypeScript, a hundred times slower than `Chunker`: what that is compared with, cut for cut.

import { type CutRule, windowBytes } from './cut-rule.ts';
import { gearWordBytes } from './gear-table.ts';

/** The lengths of the chunks of `bytes`, in order. */
export function referenceCuts(bytes: Uint8Array, gear: Uint8Array, rule: CutRule): readonly number[] {
  const words = wordsOf(gear);
  const lengths: number[] = [];
  for (let start = 0; start < bytes.length; ) {
    const length = chunkLength(bytes.subarray(start, start + rule.maxBytes), words, rule);
    lengths.push(length);
    start += length;
  }
  return lengths;
}

function chunkLength(bytes: Uint8Array, words: readonly bigint[], rule: CutRule): number {
  let hash = 0n;
  for (let index = Math.max(0, rule.minBytes - windowBytes); index < bytes.length; index += 1) {
    hash = BigInt.asUintN(64, 2n * hash + words[bytes[index]!]!);
    const length = index + 1;
    const threshold = length <= rule.switchBytes ? rule.strictThreshold : rule.looseThreshold;
    if (length >= rule.minBytes && hash < threshold) return length;
  }
  return bytes.length;
}

function wordsOf(gear: Uint8Array): readonly bigint[] {
  const view = new DataView(gear.buffer, gear.byteOffset, gear.byteLength);
  return Array.from({ length: gear.length / gearWordBytes }, (_, index) =>
    view.getBigUint64(index * gearWordBytes, true),
  );
}
