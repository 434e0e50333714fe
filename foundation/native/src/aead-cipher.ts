// Two ciphers that encrypt and authenticate, AES-256-GCM (NIST SP 800-38D) and ChaCha20-Poly1305 (RFC 8439), from memory to
// memory.
//
// A key may seal one message per nonce; who calls sees to that.

import assert from 'node:assert/strict';
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { type CipherLibrary, cipherLibrary } from './cipher-library.ts';
import type { Pointer } from './program-library.ts';
import { type FreeLater, freeAtThreadsEnd } from './program-library.ts';

export const keyBytes = 32;
export const nonceBytes = 12;
export const tagBytes = 16;

export type CipherName = 'aes-256-gcm' | 'chacha20-poly1305';

export type AeadCipher = {
  /** Ciphertext and tag of `parts`, one after the other, into `target`, 16 bytes longer. One part may begin where `target` does. */
  seal(message: MessagePlace & { readonly parts: readonly Uint8Array[] }): void;
  /**
   * The plaintext of `source` into `target`, 16 bytes shorter. Both may begin at the same address. False when the tag is
   * wrong: `target` is of no use then.
   */
  open(message: MessagePlace & { readonly source: Uint8Array }): boolean;
};

/** Keys are 32 bytes, and are told apart by identity: nobody changes one in place. A nonce is read before the call returns. */
export type MessagePlace = {
  readonly key: Uint8Array;
  readonly nonce: Uint8Array;
  readonly target: Uint8Array;
};

/** Through node:crypto: on every build of Node, with buffers of its own for every message. */
export function portableCipher(name: CipherName): AeadCipher {
  // The one signature of ChaCha20-Poly1305 serves both.
  const algorithm = name as 'chacha20-poly1305';
  const options = { authTagLength: tagBytes };
  return {
    seal({ key, nonce, parts, target }) {
      const cipher = createCipheriv(algorithm, key, nonce, options);
      let length = 0;
      for (const part of parts) {
        target.set(cipher.update(part), length);
        length += part.length;
      }
      assert(target.length === length + tagBytes, 'the target of seal has room for the tag');
      cipher.final();
      target.set(cipher.getAuthTag(), length);
    },

    open({ key, nonce, source, target }) {
      if (source.length !== target.length + tagBytes) return false;
      const cipher = createDecipheriv(algorithm, key, nonce, options);
      cipher.setAuthTag(source.subarray(target.length));
      target.set(cipher.update(source.subarray(0, target.length)));
      try {
        cipher.final();
        return true;
      } catch {
        return false;
      }
    },
  };
}

/** Through the functions of the program itself, with one context for sealing and one for opening. */
export function directCipher(
  library: CipherLibrary,
  name: CipherName,
  freeLater: FreeLater = freeAtThreadsEnd,
): AeadCipher {
  const sealing = new CipherContext(library, name, 'seal');
  const opening = new CipherContext(library, name, 'open');
  freeLater(() => {
    sealing.free();
    opening.free();
  });
  return {
    seal({ key, nonce, parts, target }) {
      const bytes = parts.reduce((sum, part) => sum + part.length, 0);
      assert(target.length === bytes + tagBytes, 'the target of seal has room for the tag');
      sealing.begin(key, nonce);
      let length = 0;
      for (const part of parts) {
        sealing.update(part, length === 0 ? target : target.subarray(length), part.length);
        length += part.length;
      }
      assert(sealing.finish(), 'a cipher refused to finish');
      sealing.readTag(target.subarray(length));
    },

    open({ key, nonce, source, target }) {
      if (source.length !== target.length + tagBytes) return false;
      opening.begin(key, nonce);
      opening.expectTag(source.subarray(target.length));
      opening.update(source, target, target.length);
      return opening.finish();
    },
  };
}

// Commands of EVP_CIPHER_CTX_ctrl, from openssl/evp.h.
const controlGetTag = 0x10;
const controlSetTag = 0x11;

class CipherContext {
  readonly #library: CipherLibrary;
  readonly #context: Pointer;
  readonly #encrypt: number;
  readonly #written = new Int32Array(1);
  readonly #nothing = new Uint8Array(tagBytes);
  #key: Uint8Array | undefined;

  constructor(library: CipherLibrary, name: CipherName, direction: 'seal' | 'open') {
    this.#library = library;
    this.#context = library.EVP_CIPHER_CTX_new();
    this.#encrypt = direction === 'seal' ? 1 : 0;
    assert(this.#context !== 0n, 'OpenSSL has no memory for a cipher');
    const cipher = name === 'aes-256-gcm' ? library.EVP_aes_256_gcm() : library.EVP_chacha20_poly1305();
    this.#check(library.EVP_CipherInit_ex(this.#context, cipher, 0n, 0n, 0n, this.#encrypt));
  }

  /** A key is expanded once for all messages in a row. */
  begin(key: Uint8Array, nonce: Uint8Array): void {
    const newKey = key === this.#key ? 0n : key;
    assert(key.length === keyBytes, 'a key of a cipher has 32 bytes');
    assert(nonce.length === nonceBytes, 'a nonce of a cipher has 12 bytes');
    this.#check(this.#library.EVP_CipherInit_ex(this.#context, 0n, 0n, newKey, nonce, this.#encrypt));
    this.#key = key;
  }

  update(source: Uint8Array, target: Uint8Array, bytes: number): void {
    if (bytes === 0) return;
    this.#check(this.#library.EVP_CipherUpdate(this.#context, target, this.#written, source, bytes));
    assert(this.#written[0] === bytes, 'a stream cipher gives as much as it takes');
  }

  /** False when it opens and the tag is wrong. */
  finish(): boolean {
    return this.#library.EVP_CipherFinal_ex(this.#context, this.#nothing, this.#written) > 0;
  }

  readTag(target: Uint8Array): void {
    this.#check(this.#library.EVP_CIPHER_CTX_ctrl(this.#context, controlGetTag, tagBytes, target));
  }

  expectTag(tag: Uint8Array): void {
    this.#check(this.#library.EVP_CIPHER_CTX_ctrl(this.#context, controlSetTag, tagBytes, tag));
  }

  /** Wipes its keys, too. */
  free(): void {
    this.#library.EVP_CIPHER_CTX_free(this.#context);
  }

  #check(result: number): void {
    assert(result === 1, 'OpenSSL refused a step of a cipher');
  }
}

const made = new Map<CipherName, AeadCipher>();

/** The better of both; every thread that loads this module has contexts of its own. */
export function aeadCipher(name: CipherName): AeadCipher {
  const existing = made.get(name);
  if (existing !== undefined) return existing;
  const cipher = cipherLibrary === undefined ? portableCipher(name) : directCipher(cipherLibrary, name);
  made.set(name, cipher);
  return cipher;
}
