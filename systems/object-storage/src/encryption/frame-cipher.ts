// One frame of an encrypted blob, sealed and opened: AES-256-GCM (NIST SP 800-38D) under the blob's own data key.
//
//   nonce, 12 bytes = number of the frame u32 big-endian, 7 bytes of 0, 1 for the blob's last frame or 0
//
// A data key is drawn at random for one blob, and each of its frames has a nonce of its own: none repeats under a key. What
// a frame is follows from its tag: under another key it is a frame of another blob, under another number one that was
// moved, and without a last one the blob was cut off. So no associated data is needed to say these things again.

import { createCipheriv, createDecipheriv } from 'node:crypto';
import { tagBytes } from './frame-layout.ts';

const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
export const dataKeyBytes = 32;
const options = { authTagLength: tagBytes };

export type FramePlace = { readonly index: number; readonly final: boolean };

/** A frame that is not what was sealed under this key in this place. */
export class FrameDamagedError extends Error {
  constructor({ index }: FramePlace, cause: unknown) {
    super(`frame ${index} of an encrypted object does not match its tag`, { cause });
    this.name = 'FrameDamagedError';
  }
}

/** Calls `give` with the ciphertext of each part in order, then with the tag. */
export function sealFrame(
  parts: readonly Uint8Array[],
  { key, place, give }: { key: Uint8Array; place: FramePlace; give: (sealed: Uint8Array) => void },
): void {
  const cipher = createCipheriv(algorithm, key, nonceOf(place), options);
  for (const part of parts) give(cipher.update(part));
  cipher.final();
  give(cipher.getAuthTag());
}

/** The plaintext of a whole frame. Throws FrameDamagedError, and then gives no byte of it. */
export function openFrame(
  frame: Uint8Array,
  { key, place }: { key: Uint8Array; place: FramePlace },
): Uint8Array {
  const plainBytes = frame.byteLength - tagBytes;
  try {
    const decipher = createDecipheriv(algorithm, key, nonceOf(place), options);
    decipher.setAuthTag(frame.subarray(plainBytes));
    const plain = decipher.update(frame.subarray(0, plainBytes));
    decipher.final();
    return plain;
  } catch (error) {
    throw new FrameDamagedError(place, error);
  }
}

/** Used by the call that it is made for, and no longer. */
const nonce = Buffer.alloc(nonceBytes);

function nonceOf({ index, final }: FramePlace): Buffer {
  nonce.writeUInt32BE(index, 0);
  nonce[nonceBytes - 1] = final ? 1 : 0;
  return nonce;
}
