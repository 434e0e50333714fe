// The functions of OpenSSL that ciphers are made of.

import type { FunctionSignature } from 'node:ffi';
import { type Memory, openProgramLibrary, type Pointer } from './program-library.ts';

export type CipherLibrary = {
  readonly EVP_CIPHER_CTX_new: () => Pointer;
  readonly EVP_CIPHER_CTX_free: (context: Pointer) => void;
  readonly EVP_aes_256_gcm: () => Pointer;
  readonly EVP_chacha20_poly1305: () => Pointer;
  readonly EVP_CipherInit_ex: (
    context: Pointer,
    cipher: Pointer,
    engine: Pointer,
    key: Memory,
    nonce: Memory,
    encrypt: number,
  ) => number;
  readonly EVP_CipherUpdate: (
    context: Pointer,
    target: Memory,
    targetBytes: Memory,
    source: Memory,
    sourceBytes: number,
  ) => number;
  readonly EVP_CipherFinal_ex: (context: Pointer, target: Memory, targetBytes: Memory) => number;
  readonly EVP_CIPHER_CTX_ctrl: (
    context: Pointer,
    command: number,
    argument: number,
    memory: Memory,
  ) => number;
};

const signatures = {
  EVP_CIPHER_CTX_new: { return: 'pointer', arguments: [] },
  EVP_CIPHER_CTX_free: { return: 'void', arguments: ['pointer'] },
  EVP_aes_256_gcm: { return: 'pointer', arguments: [] },
  EVP_chacha20_poly1305: { return: 'pointer', arguments: [] },
  EVP_CipherInit_ex: {
    return: 'int32',
    arguments: ['pointer', 'pointer', 'pointer', 'pointer', 'pointer', 'int32'],
  },
  EVP_CipherUpdate: { return: 'int32', arguments: ['pointer', 'pointer', 'pointer', 'pointer', 'int32'] },
  EVP_CipherFinal_ex: { return: 'int32', arguments: ['pointer', 'pointer', 'pointer'] },
  EVP_CIPHER_CTX_ctrl: { return: 'int32', arguments: ['pointer', 'int32', 'int32', 'pointer'] },
} as const satisfies Readonly<Record<keyof CipherLibrary, FunctionSignature>>;

export const cipherLibrary = openProgramLibrary<CipherLibrary>(signatures);
