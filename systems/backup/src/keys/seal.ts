// Authenticated encryption of one message under a key that seals nothing else, so the nonce is zero. Packs, which seal
// many chunks under one key, have their own in `packing/`.

import { type CipherGCMTypes, createCipheriv, createDecipheriv } from 'node:crypto';
import type { RepositoryConfig } from '../format/repository-config.ts';

export type Cipher = RepositoryConfig['cipher'];

export const tagBytes = 16;
const onlyNonce = Buffer.alloc(12);

export type SealOptions = {
  readonly cipher: Cipher;
  /** 32 bytes, used for this message alone. */
  readonly key: Uint8Array;
  readonly additionalData: Uint8Array;
};

/** The ciphertext, then 16 bytes of tag. */
export function seal(plaintext: Uint8Array, options: SealOptions): Buffer {
  const cipher = createCipheriv(typed(options.cipher), options.key, onlyNonce, { authTagLength: tagBytes });
  cipher.setAAD(options.additionalData);
  const body = cipher.update(plaintext);
  return Buffer.concat([body, cipher.final(), cipher.getAuthTag()]);
}

/** `undefined` when key, additional data or a bit of `sealed` are not what they were. */
export function unseal(sealed: Uint8Array, options: SealOptions): Buffer | undefined {
  if (sealed.length < tagBytes) return undefined;
  const decipher = createDecipheriv(typed(options.cipher), options.key, onlyNonce, {
    authTagLength: tagBytes,
  });
  decipher.setAAD(options.additionalData);
  decipher.setAuthTag(sealed.subarray(-tagBytes));
  const body = decipher.update(sealed.subarray(0, -tagBytes));
  try {
    return Buffer.concat([body, decipher.final()]);
  } catch {
    return undefined;
  }
}

// node:crypto has one signature for all ciphers with tags, but types them apart by name.
function typed(cipher: Cipher): CipherGCMTypes {
  return cipher as CipherGCMTypes;
}
