// Encrypts secrets for the database: AES-256-GCM (NIST SP 800-38D) with a random nonce.
//
//   offset  bytes
//        0      1  version 1
//        1      8  key id
//        9     12  nonce
//       21      n  ciphertext
//     21+n     16  authentication tag
//
// The additional data is the version, the key id and the context of the secret, so that a secret copied to another row
// does not decrypt there. Nonces are random: 2^32 secrets under one key before a repeat is likelier than 2^-32.

import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { Random } from '@cairn/world';
import { IdentityError } from '../errors.ts';
import { authenticationTagBytes, keyIdBytes, nonceBytes } from '../limits.ts';
import type { MasterKey } from './key-file.ts';

const version = 1;
const headerBytes = 1 + keyIdBytes;
const cipherName = 'aes-256-gcm';

export class SecretBox {
  readonly keyId: string;
  readonly #key: Uint8Array;
  readonly #header: Buffer;

  constructor({ id, key }: MasterKey) {
    this.keyId = id;
    this.#key = key;
    this.#header = Buffer.concat([Buffer.from([version]), Buffer.from(id, 'hex')]);
  }

  /** `context` names what the secret belongs to; the same is needed to open it. */
  seal(secret: string, { context, random }: { context: string; random: Random }): Buffer {
    const nonce = random.bytes(nonceBytes);
    const cipher = createCipheriv(cipherName, this.#key, nonce, { authTagLength: authenticationTagBytes });
    cipher.setAAD(this.#additionalData(context));
    const ciphertext = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
    return Buffer.concat([this.#header, nonce, ciphertext, cipher.getAuthTag()]);
  }

  /** Throws UnreadableSecret: sealed under another key, changed, or moved from where it belongs. */
  open(sealed: Uint8Array, { context }: { context: string }): string {
    const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
    this.#requireOurs(bytes, context);
    const nonce = bytes.subarray(headerBytes, headerBytes + nonceBytes);
    const tag = bytes.subarray(bytes.length - authenticationTagBytes);
    const decipher = createDecipheriv(cipherName, this.#key, nonce, {
      authTagLength: authenticationTagBytes,
    });
    decipher.setAAD(this.#additionalData(context)).setAuthTag(tag);
    try {
      const ciphertext = bytes.subarray(headerBytes + nonceBytes, bytes.length - authenticationTagBytes);
      return decipher.update(ciphertext, undefined, 'utf8') + decipher.final('utf8');
    } catch (error) {
      throw unreadable(context, 'it was changed, or belongs elsewhere', error);
    }
  }

  #requireOurs(bytes: Buffer, context: string): void {
    if (bytes.length < headerBytes + nonceBytes + authenticationTagBytes)
      throw unreadable(context, 'it is cut short');
    if (bytes[0] !== version) throw unreadable(context, `its version is ${bytes[0]}, not ${version}`);
    const keyId = bytes.toString('hex', 1, headerBytes);
    if (keyId !== this.keyId)
      throw unreadable(context, `it was encrypted under the key ${keyId}, the key file holds ${this.keyId}`);
  }

  #additionalData(context: string): Buffer {
    return Buffer.concat([this.#header, Buffer.from(context, 'utf8')]);
  }
}

function unreadable(context: string, reason: string, cause?: unknown): IdentityError {
  return new IdentityError('UnreadableSecret', `could not decrypt the secret of ${context}: ${reason}`, {
    cause,
  });
}
