// Checksums by name, whole or in pieces. Which implementation stands behind each name was measured: see README.md.

import assert from 'node:assert/strict';
import { createHash, hash } from 'node:crypto';
import { crc32, crc32c, crc64nvme } from './crc.ts';
import { RunningXxhash, xxhash } from './xxhash.ts';

/** An incremental checksum; `digest` may be called once. Digests are big-endian, as S3 writes them in base64. */
export type Checksum = {
  update(bytes: Uint8Array): void;
  digest(): Buffer;
};

export const checksumAlgorithms = {
  crc32: { bytes: 4 },
  crc32c: { bytes: 4 },
  crc64nvme: { bytes: 8 },
  md5: { bytes: 16 },
  sha1: { bytes: 20 },
  sha256: { bytes: 32 },
  sha512: { bytes: 64 },
  xxhash64: { bytes: 8 },
  xxhash3: { bytes: 8 },
  xxhash128: { bytes: 16 },
} as const satisfies Record<string, { bytes: number }>;

export type ChecksumAlgorithm = keyof typeof checksumAlgorithms;

/**
 * Starts an incremental checksum.
 *
 * @example
 * const checksum = createChecksum('crc32c');
 * checksum.update(Buffer.from('12345'));
 * checksum.update(Buffer.from('6789'));
 * checksum.digest().toString('hex'); // 'e3069283'
 */
export function createChecksum(algorithm: ChecksumAlgorithm): Checksum {
  switch (algorithm) {
    case 'crc32':
      return new RunningCrc32(crc32);
    case 'crc32c':
      return new RunningCrc32(crc32c);
    case 'crc64nvme':
      return new RunningCrc64();
    case 'md5':
    case 'sha1':
    case 'sha256':
    case 'sha512':
      return createHash(algorithm);
    case 'xxhash64':
    case 'xxhash3':
    case 'xxhash128':
      return new RunningXxhash(algorithm);
  }
}

/** The checksum of bytes that are all there; for short inputs clearly faster than an incremental one. */
export function checksumOf(algorithm: ChecksumAlgorithm, bytes: Uint8Array): Buffer {
  switch (algorithm) {
    case 'crc32':
      return crc32Digest(crc32(bytes));
    case 'crc32c':
      return crc32Digest(crc32c(bytes));
    case 'crc64nvme':
      return crc64Digest(crc64nvme(bytes));
    case 'md5':
    case 'sha1':
    case 'sha256':
    case 'sha512':
      return hash(algorithm, bytes, 'buffer');
    case 'xxhash64':
    case 'xxhash3':
    case 'xxhash128':
      return xxhash(algorithm, bytes);
  }
}

/** A 32-bit CRC in the form of a digest. */
export function crc32Digest(crc: number): Buffer {
  const digest = Buffer.allocUnsafe(4);
  digest.writeUInt32BE(crc);
  return digest;
}

/** A 64-bit CRC in the form of a digest. */
export function crc64Digest(crc: bigint): Buffer {
  const digest = Buffer.allocUnsafe(8);
  digest.writeBigUInt64BE(crc);
  return digest;
}

class RunningCrc32 implements Checksum {
  readonly #compute: (bytes: Uint8Array, initial: number) => number;
  #crc = 0;
  #finished = false;

  constructor(compute: (bytes: Uint8Array, initial: number) => number) {
    this.#compute = compute;
  }

  update(bytes: Uint8Array): void {
    assert(!this.#finished, 'a checksum takes no bytes after its digest');
    this.#crc = this.#compute(bytes, this.#crc);
  }

  digest(): Buffer {
    assert(!this.#finished, 'a checksum has one digest');
    this.#finished = true;
    return crc32Digest(this.#crc);
  }
}

class RunningCrc64 implements Checksum {
  #crc = 0n;
  #finished = false;

  update(bytes: Uint8Array): void {
    assert(!this.#finished, 'a checksum takes no bytes after its digest');
    this.#crc = crc64nvme(bytes, this.#crc);
  }

  digest(): Buffer {
    assert(!this.#finished, 'a checksum has one digest');
    this.#finished = true;
    return crc64Digest(this.#crc);
  }
}
