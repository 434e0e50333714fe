// What of fingerprints crosses to the index: the first half of each.

import { fingerprintBytes } from '../../packing/fingerprinter.ts';
import { keyBytes } from '../index/fingerprint-map.ts';

/** The keys of the fingerprints (n x 32 bytes) at some positions. */
export function keysAt(fingerprints: Uint8Array, positions: Uint32Array): Uint8Array {
  const keys = new Uint8Array(positions.length * keyBytes);
  positions.forEach((position, index) => {
    const start = position * fingerprintBytes;
    keys.set(fingerprints.subarray(start, start + keyBytes), index * keyBytes);
  });
  return keys;
}
