// The fingerprint of a chunk: a keyed hash of its raw bytes, so that who lacks the key cannot test for content (DESIGN.md,
// "Chunking and fingerprints"). BLAKE3 in keyed mode, or HMAC-SHA256 where the repository was made so.

import { createHmac } from 'node:crypto';
import { Blake3Hasher } from '@napi-rs/blake-hash';
import type { Keyring, RepositoryConfig } from '../format/repository-config.ts';

export { fingerprintBytes } from '../format/chunk-entry.ts';

/** Writes the 32 bytes of the fingerprint of `chunk` to `target` at `offset`. Not shared between threads. */
export type Fingerprinter = (chunk: Uint8Array, target: Uint8Array, offset?: number) => void;

export function createFingerprinter(
  config: Pick<RepositoryConfig, 'fingerprint'>,
  keyring: Pick<Keyring, 'fingerprintKey'>,
): Fingerprinter {
  const key = Buffer.from(keyring.fingerprintKey);
  return config.fingerprint === 'blake3' ? blake3Fingerprinter(key) : sha256Fingerprinter(key);
}

/** One hasher for all: a new one costs four times what 4 KiB do. Hex, because its buffers cost more than decoding it. */
function blake3Fingerprinter(key: Buffer): Fingerprinter {
  const hasher = Blake3Hasher.newKeyed(key);
  return (chunk, target, offset = 0) => {
    hasher.reset();
    hasher.update(asBuffer(chunk));
    asBuffer(target).write(hasher.digest('hex'), offset, 'hex');
  };
}

function sha256Fingerprinter(key: Buffer): Fingerprinter {
  return (chunk, target, offset = 0) => {
    target.set(createHmac('sha256', key).update(chunk).digest(), offset);
  };
}

/** The same memory. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
