// Parameters and secrets of a repository that tests of chunking, packing and archiving share. Chunks are small, so that
// small contents have several.

import { createHash } from 'node:crypto';
import type { Keyring, RepositoryConfig } from '../src/format/repository-config.ts';

export const testConfig: RepositoryConfig = {
  version: 1,
  id: '00'.repeat(16),
  created: '2026-01-01T00:00:00.000000000Z',
  fingerprint: 'blake3',
  cipher: 'aes-256-gcm',
  compressionLevel: 3,
  chunkBytes: { min: 4_096, average: 16_384, max: 65_536 },
  packBytes: 1024 * 1024,
  concurrency: 'optimistic',
  leaseMs: 1_800_000,
};

export const testKeyring: Keyring = {
  epochs: new Map([
    [1, keyNamed('epoch 1')],
    [2, keyNamed('epoch 2')],
  ]),
  current: 2,
  fingerprintKey: keyNamed('fingerprints'),
  chunkerSecret: keyNamed('chunker'),
};

/** Salts in a row: another one at each call. */
export function saltsInARow(): () => Uint8Array {
  let count = 0;
  return () => {
    count += 1;
    return keyNamed(`salt ${count}`);
  };
}

function keyNamed(name: string): Buffer {
  return createHash('sha256').update(name).digest();
}
