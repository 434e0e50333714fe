// The two ciphers and the derivation of keys, for the independent reader.

import { type CipherGCMTypes, createDecipheriv, hkdfSync } from 'node:crypto';

export type Cipher = 'aes-256-gcm' | 'chacha20-poly1305';

export const tagBytes = 16;

export function derive(key: Buffer, salt: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key, salt, purpose, 32));
}

type Options = {
  readonly cipher: Cipher;
  readonly key: Buffer;
  readonly nonce: Buffer;
  readonly additionalData?: Buffer;
};

/** The plaintext; undefined when the tag says that it is not what was sealed. */
export function unseal(sealed: Buffer, { cipher, key, nonce, additionalData }: Options): Buffer | undefined {
  // Both take a tag of 16 bytes; the types know it of GCM alone.
  const opener = createDecipheriv(cipher as CipherGCMTypes, key, nonce, { authTagLength: tagBytes });
  if (additionalData !== undefined) opener.setAAD(additionalData);
  opener.setAuthTag(sealed.subarray(sealed.length - tagBytes));
  const opened = opener.update(sealed.subarray(0, sealed.length - tagBytes));
  try {
    return Buffer.concat([opened, opener.final()]);
  } catch {
    return undefined;
  }
}
