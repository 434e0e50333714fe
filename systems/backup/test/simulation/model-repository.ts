// The repository of the simulation: real formats and keys, with packs of 4 KiB so that a few chunks fill one. It is opened with its
// keyring at hand: what a password opens is tested elsewhere.

import type { Blobs } from '@cairn/engines';
import { retry } from '@cairn/resilience';
import type { World } from '@cairn/world';
import { SeededRandom } from '@cairn/world/simulated';
import { OpenedRepository } from '../../src/core/opened-repository.ts';
import type { Repository } from '../../src/core/repository.ts';
import { RetryingBlobs } from '../../src/core/store/retrying-blobs.ts';
import type { RepositoryConfig } from '../../src/format/repository-config.ts';
import { createKeyring } from '../../src/keys/keyring.ts';

export const modelLeaseMs = 10 * 60_000;
/** Fewer tries than a real client has, so that calls are given up, too. */
const attemptsMax = 7;
const pauseMs = 200;

const config: RepositoryConfig = {
  version: 1,
  id: '0'.repeat(32),
  created: '2026-01-01T00:00:00Z',
  fingerprint: 'blake3',
  cipher: 'aes-256-gcm',
  compressionLevel: 0,
  chunkBytes: { min: 4096, average: 8192, max: 16_384 },
  packBytes: 4096,
  concurrency: 'optimistic',
  leaseMs: modelLeaseMs,
};
const keyring = createKeyring(new SeededRandom(1, 'model-repository'));

/** What the store has as `config` and `keyring`: compared, and never opened here, for no repository has packs so small. */
export const sealedConfig = new SeededRandom(1, 'model-config').bytes(400);
export const sealedKeyring = new SeededRandom(1, 'model-keyring').bytes(400);

export function openModelRepository({ blobs, world }: { blobs: Blobs; world: World }): Repository {
  return new OpenedRepository({
    blobs: new RetryingBlobs(blobs, {
      retry: (work, options) => retry(() => work(), { world, attemptsMax, pauseMs, ...options }),
    }),
    world,
    config,
    sealedConfig,
    keyring,
    keyId: '1'.repeat(32),
    keyFile: {
      version: 1,
      kdf: { name: 'argon2id', memoryKiB: 8, passes: 1, lanes: 1, salt: '00'.repeat(16) },
      created: config.created,
      ...{ host: 'model', user: 'model', label: '', appendOnly: false, sealed: '00'.repeat(48) },
    },
    rootKey: new Uint8Array(32),
    keyringVersion: 1,
    sealedKeyring,
    cache: undefined,
  });
}
