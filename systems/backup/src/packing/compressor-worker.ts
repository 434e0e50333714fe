// A worker that compresses chunks for a thread that must not stand still: from shared memory to shared memory, so nothing but
// the length crosses.

import type { OpenExecutor, Result } from '@cairn/world';
import { compressChunk } from './compressor.ts';

export type CompressorInit = { readonly level: number };
/** `target` is at least as long as `source`. */
export type CompressorInput = { readonly source: Uint8Array; readonly target: Uint8Array };
/** As of `compressChunk`. */
export type CompressorOutput = number | undefined;

export const openExecutor: OpenExecutor<CompressorInit, CompressorInput, CompressorOutput> = ({ level }) => ({
  handle: (inputs) => inputs.map((input) => compress(input, level)),
  close() {},
});

function compress({ source, target }: CompressorInput, level: number): Result<CompressorOutput> {
  try {
    return { ok: true, value: compressChunk(source, target, level) };
  } catch (error) {
    return { ok: false, error };
  }
}
