// Authenticated encryption of one message under a key that seals nothing else, so the nonce is zero. Packs, which seal
// many chunks under one key, have their own in `packing/`.

import assert from 'node:assert/strict';
import {
  type CipherGCM,
  type CipherGCMTypes,
  createCipheriv,
  createDecipheriv,
  type DecipherGCM,
} from 'node:crypto';
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

/** node:crypto gives each piece in memory of its own: an index object of megabytes would be there several times. */
const bytesAtOnce = 64 * 1024;

/** The ciphertext, then 16 bytes of tag. */
export function seal(plaintext: Uint8Array, options: SealOptions): Buffer {
  const sealed = Buffer.allocUnsafeSlow(plaintext.length + tagBytes);
  sealInto(sealed, [plaintext], options);
  return sealed;
}

/** The same of `parts`, one after the other, into `target`, which has 16 bytes more. */
export function sealInto(target: Uint8Array, parts: readonly Uint8Array[], options: SealOptions): void {
  const cipher = createCipheriv(typed(options.cipher), options.key, onlyNonce, { authTagLength: tagBytes });
  cipher.setAAD(options.additionalData);
  let length = 0;
  for (const part of parts) length = throughCipher(cipher, part, target, length);
  assert(target.length === length + tagBytes, 'the target of seal has room for the tag');
  cipher.final(); // nothing is left: both ciphers give as much as they take
  target.set(cipher.getAuthTag(), length);
}

/** Returns where in `target` the next byte goes. */
function throughCipher(
  cipher: CipherGCM | DecipherGCM,
  source: Uint8Array,
  target: Uint8Array,
  start: number,
): number {
  for (let at = 0; at < source.length; at += bytesAtOnce)
    target.set(cipher.update(source.subarray(at, at + bytesAtOnce)), start + at);
  return start + source.length;
}

/** `undefined` when key, additional data or a bit of `sealed` are not what they were. */
export function unseal(sealed: Uint8Array, options: SealOptions): Buffer | undefined {
  if (sealed.length < tagBytes) return undefined;
  const decipher = createDecipheriv(typed(options.cipher), options.key, onlyNonce, {
    authTagLength: tagBytes,
  });
  decipher.setAAD(options.additionalData);
  decipher.setAuthTag(sealed.subarray(-tagBytes));
  const plaintext = Buffer.allocUnsafeSlow(sealed.length - tagBytes);
  throughCipher(decipher, sealed.subarray(0, -tagBytes), plaintext, 0);
  try {
    decipher.final();
    return plaintext;
  } catch {
    return undefined;
  }
}

// node:crypto has one signature for all ciphers with tags, but types them apart by name.
function typed(cipher: Cipher): CipherGCMTypes {
  return cipher as CipherGCMTypes;
}
