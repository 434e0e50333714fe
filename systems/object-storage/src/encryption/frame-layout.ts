// How the plaintext of an encrypted blob lies in its frames. Pure arithmetic, also for who only compares sizes.
//
//   blob  = frame 0, frame 1, ... frame n - 1         n >= 1: an empty plaintext is one empty frame
//   frame = ciphertext, then its tag of 16 bytes      65,536 bytes together, but for the last
//
// A frame with its tag is a block of the data store: a range reads the blocks that it needs and no other, and a block
// that was read is opened where it lies. Frames of 65,536 bytes of plaintext would straddle blocks.

import assert from 'node:assert/strict';
import { blockBytesMax } from '../limits.ts';

export const tagBytes = 16;
/** Of ciphertext and tag. */
export const frameBytesMax = blockBytesMax;
export const framePlainBytesMax = frameBytesMax - tagBytes;

function frameCount(plainBytes: number): number {
  return Math.max(1, Math.ceil(plainBytes / framePlainBytesMax));
}

/** The size of the blob. */
export function sealedBytes(plainBytes: number): number {
  return plainBytes + frameCount(plainBytes) * tagBytes;
}

export type FrameRange = {
  readonly first: number;
  readonly last: number;
  /** Of the frame that ends the blob. */
  readonly final: number;
  /** Where these frames lie in the blob. */
  readonly sealed: { readonly start: number; readonly length: number };
};

/** The frames that hold a range of the plaintext, which has `plainBytes`. An empty range needs the frame it starts in. */
export function framesOf(
  { start, length }: { readonly start: number; readonly length: number },
  plainBytes: number,
): FrameRange {
  assert(start >= 0 && length >= 0 && start + length <= plainBytes, `${start}+${length} of ${plainBytes}`);
  const final = frameCount(plainBytes) - 1;
  const first = Math.min(final, Math.floor(start / framePlainBytesMax));
  const last = Math.max(first, Math.floor((start + length - 1) / framePlainBytesMax));
  const end = last === final ? sealedBytes(plainBytes) : (last + 1) * frameBytesMax;
  return {
    first,
    last,
    final,
    sealed: { start: first * frameBytesMax, length: end - first * frameBytesMax },
  };
}
