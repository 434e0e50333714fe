// How the key of an object is kept: wrapped under a key that is not, a master key or a customer's.
//
//   wrapping key = HMAC-SHA256(master or customer key, "cairn object key 1" 0 salt 0 owner)
//   wrapped      = AES-256-GCM(wrapping key, nonce 0, object key), 32 + 16 bytes
//
// The salt is random, so a wrapping key wraps once, and its nonce cannot repeat; a master key may wrap more often than
// random nonces would allow. The owner is whose key it is: wrapped keys cannot be exchanged between objects. Opening is
// proof of the key: nothing else is kept of a customer's.
//
//   key of a part = HMAC-SHA256(object key, "cairn part key 1" 0 salt of the part)
//
// What was a single object until something was appended is a part that keeps its bytes, and so its key, that of the object:
// its salt is empty.

import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import { dataKeyBytes } from './frame-cipher.ts';
import { tagBytes } from './frame-layout.ts';

export const saltBytes = 16;

export type WrappedKey = {
  /** Base64. */
  readonly salt: string;
  readonly wrapped: string;
};

export type KeyOwner = {
  /** The bucket's own id: one that is made anew under an old name is another. */
  readonly bucketId: number;
  readonly key: string;
};

const nonce = Buffer.alloc(12);

/** `salt` must be fresh. */
export function wrapKey(
  objectKey: Uint8Array,
  { under, owner, salt }: { under: Uint8Array; owner: KeyOwner; salt: Buffer },
): WrappedKey {
  const text = salt.toString('base64');
  const cipher = createCipheriv('aes-256-gcm', wrappingKey(under, owner, text), nonce);
  const wrapped = Buffer.concat([cipher.update(objectKey), cipher.final(), cipher.getAuthTag()]);
  return { salt: text, wrapped: wrapped.toString('base64') };
}

/** Undefined under another key, for another owner, or when it is damaged. */
export function unwrapKey(
  { salt, wrapped }: WrappedKey,
  { under, owner }: { under: Uint8Array; owner: KeyOwner },
): Buffer | undefined {
  const sealed = Buffer.from(wrapped, 'base64');
  if (sealed.byteLength !== dataKeyBytes + tagBytes) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', wrappingKey(under, owner, salt), nonce, {
    authTagLength: tagBytes,
  });
  decipher.setAuthTag(sealed.subarray(dataKeyBytes));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(0, dataKeyBytes)), decipher.final()]);
  } catch {
    return undefined;
  }
}

function wrappingKey(under: Uint8Array, { bucketId, key }: KeyOwner, salt: string): Buffer {
  return createHmac('sha256', under).update(`cairn object key 1\0${salt}\0${bucketId}\0${key}`).digest();
}

/** The salt of a part that was a single object before something was appended. */
export const saltOfWhole = '';

export function partKey(objectKey: Uint8Array, salt: string): Buffer {
  if (salt === saltOfWhole) return Buffer.from(objectKey);
  return createHmac('sha256', objectKey).update(`cairn part key 1\0${salt}`).digest();
}
