// The two ciphers of packs, AES-256-GCM (NIST SP 800-38D) and ChaCha20-Poly1305 (RFC 8439), from memory to memory.
//
// A nonce is a number: as 12 bytes, little-endian. A key may seal one message per nonce; who calls sees to that.

import assert from 'node:assert/strict';
import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { RepositoryConfig } from '../format/repository-config.ts';
import {
  type FreeLater,
  freeAtThreadsEnd,
  type Pointer,
  type ProgramLibrary,
  programLibrary,
} from './program-library.ts';

export const tagBytes = 16;
export const nonceBytes = 12;

export type CipherName = RepositoryConfig['cipher'];

/** Keys are 32 bytes, and are told apart by identity: nobody changes one in place. */
export type AeadCipher = {
  /** Ciphertext and tag of `source` into `target`, 16 bytes longer. Both may begin at the same address. */
  seal(message: SealedMessage): void;
  /** The plaintext of `source` into `target`, 16 bytes shorter. False when the tag is wrong: `target` is of no use then. */
  open(message: SealedMessage): boolean;
};

export type SealedMessage = {
  readonly key: Uint8Array;
  readonly nonce: number;
  readonly source: Uint8Array;
  readonly target: Uint8Array;
};

/** Through node:crypto: on every build of Node, with buffers of its own for every message. */
export function portableCipher(name: CipherName): AeadCipher {
  const nonceMemory = new NonceMemory();
  return {
    seal({ key, nonce, source, target }) {
      assert(target.length === source.length + tagBytes, 'the target of seal has room for the tag');
      // The one signature of ChaCha20-Poly1305 serves both.
      const options = { authTagLength: tagBytes };
      const cipher = createCipheriv(name as 'chacha20-poly1305', key, nonceMemory.of(nonce), options);
      target.set(cipher.update(source));
      cipher.final();
      target.set(cipher.getAuthTag(), source.length);
    },

    open({ key, nonce, source, target }) {
      if (source.length !== target.length + tagBytes) return false;
      const options = { authTagLength: tagBytes };
      const cipher = createDecipheriv(name as 'chacha20-poly1305', key, nonceMemory.of(nonce), options);
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
  library: ProgramLibrary,
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
    seal({ key, nonce, source, target }) {
      assert(target.length === source.length + tagBytes, 'the target of seal has room for the tag');
      sealing.begin(key, nonce);
      sealing.update(source, target, source.length);
      assert(sealing.finish(), 'a cipher refused to finish');
      sealing.readTag(target.subarray(source.length));
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
  readonly #library: ProgramLibrary;
  readonly #context: Pointer;
  readonly #encrypt: number;
  readonly #nonce = new NonceMemory();
  readonly #written = new Int32Array(1);
  readonly #nothing = new Uint8Array(tagBytes);
  #key: Uint8Array | undefined;

  constructor(library: ProgramLibrary, name: CipherName, direction: 'seal' | 'open') {
    this.#library = library;
    this.#context = library.EVP_CIPHER_CTX_new();
    this.#encrypt = direction === 'seal' ? 1 : 0;
    assert(this.#context !== 0n, 'OpenSSL has no memory for a cipher');
    const cipher = name === 'aes-256-gcm' ? library.EVP_aes_256_gcm() : library.EVP_chacha20_poly1305();
    this.#check(library.EVP_CipherInit_ex(this.#context, cipher, 0n, 0n, 0n, this.#encrypt));
  }

  /** A key is expanded once for all messages in a row. */
  begin(key: Uint8Array, nonce: number): void {
    const newKey = key === this.#key ? 0n : key;
    assert(key.length === 32, 'a key of a cipher has 32 bytes');
    this.#check(
      this.#library.EVP_CipherInit_ex(this.#context, 0n, 0n, newKey, this.#nonce.of(nonce), this.#encrypt),
    );
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

/** One nonce after the other in the same memory. */
class NonceMemory {
  readonly #bytes = new Uint8Array(nonceBytes);
  readonly #view = new DataView(this.#bytes.buffer);

  of(nonce: number): Uint8Array {
    assert(Number.isSafeInteger(nonce) && nonce >= 0, 'a nonce is a whole number');
    this.#view.setUint32(0, nonce >>> 0, true);
    this.#view.setUint32(4, Math.floor(nonce / 2 ** 32), true);
    return this.#bytes;
  }
}

const direct = new Map<CipherName, AeadCipher>();

/** The better of both; every thread that loads this module has contexts of its own. */
export function aeadCipher(name: CipherName): AeadCipher {
  const existing = direct.get(name);
  if (existing !== undefined) return existing;
  const made = programLibrary === undefined ? portableCipher(name) : directCipher(programLibrary, name);
  direct.set(name, made);
  return made;
}
