// What makes cuts depend on a secret of the repository: 256 random 64-bit words (DESIGN.md, "Chunking and fingerprints").
//
// Who does not know them cannot tell from the sizes of chunks which known file was stored.

import { deriveKey } from '../keys/derive-key.ts';

export const gearWords = 256;
export const gearWordBytes = 8;

/** 2048 bytes: word i, little-endian, is what byte value i adds to the hash. `chunkerSecret` is the keyring's. */
export function gearTable(chunkerSecret: Uint8Array): Uint8Array {
  const salt = new Uint8Array(0);
  return deriveKey({ key: chunkerSecret, salt, purpose: 'chunker', bytes: gearWords * gearWordBytes });
}
