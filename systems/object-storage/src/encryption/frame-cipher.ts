// One frame of an encrypted blob, sealed and opened: AES-256-GCM (NIST SP 800-38D) under the blob's own data key.
//
//   nonce, 12 bytes = number of the frame u32 big-endian, 7 bytes of 0, 1 for the blob's last frame or 0
//
// A data key is drawn at random for one blob, and each of its frames has a nonce of its own: none repeats under a key. What
// a frame is follows from its tag: under another key it is a frame of another blob, under another number one that was
// moved, and without a last one the blob was cut off. So no associated data is needed to say these things again.

import { aeadCipher, keyBytes, nonceBytes } from '@cairn/native';

const cipher = aeadCipher('aes-256-gcm');
export const dataKeyBytes = keyBytes;

export type FramePlace = { readonly index: number; readonly final: boolean };

/** A frame that is not what was sealed under this key in this place. */
export class FrameDamagedError extends Error {
  constructor({ index }: FramePlace) {
    super(`frame ${index} of an encrypted object does not match its tag`);
    this.name = 'FrameDamagedError';
  }
}

type Frame = { readonly key: Uint8Array; readonly place: FramePlace; readonly target: Uint8Array };

/** Ciphertext and tag of all parts into `target`, which has room for exactly these. */
export function sealFrame(parts: readonly Uint8Array[], { key, place, target }: Frame): void {
  cipher.seal({ key, nonce: nonceOf(place), parts, target });
}

/** The plaintext of a whole frame into `target`, which has exactly its size. Throws FrameDamagedError; `target` is of no use then. */
export function openFrame(frame: Uint8Array, { key, place, target }: Frame): void {
  if (!cipher.open({ key, nonce: nonceOf(place), source: frame, target })) throw new FrameDamagedError(place);
}

/** Used by the call that it is made for, and no longer. */
const nonce = Buffer.alloc(nonceBytes);

function nonceOf({ index, final }: FramePlace): Buffer {
  nonce.writeUInt32BE(index, 0);
  nonce[nonceBytes - 1] = final ? 1 : 0;
  return nonce;
}
