// The nonces of packs are numbers, written as 12 bytes, little-endian: the ordinal of a chunk, or the footer's own.

import assert from 'node:assert/strict';
import { nonceBytes } from '@cairn/native';

/** One nonce after the other in the same memory. */
const bytes = new Uint8Array(nonceBytes);
const view = new DataView(bytes.buffer);

/** To be used by the call that it is made for, and no longer. */
export function packNonce(nonce: number): Uint8Array {
  assert(Number.isSafeInteger(nonce) && nonce >= 0, 'a nonce is a whole number');
  view.setUint32(0, nonce >>> 0, true);
  view.setUint32(4, Math.floor(nonce / 2 ** 32), true);
  return bytes;
}
