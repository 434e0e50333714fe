// Opens a repository: password, key file, root key, keyring, config. Nothing is written, also where one of the last two is hurt and its second
// copy is read.

import assert from 'node:assert/strict';
import type { Blobs } from '@cairn/engines';
import type { World } from '@cairn/world';
import { BackupError } from '../errors.ts';
import { configName } from '../format/object-names.ts';
import { openConfig } from '../keys/sealed-parameters.ts';
import type { StretchPassword } from '../keys/stretch-password.ts';
import { cacheBytesDefault } from '../limits.ts';
import { listKeyFiles } from './keys/key-files.ts';
import { readEither } from './keys/read-either.ts';
import { unlock } from './keys/unlock.ts';
import type { Repository } from './repository.ts';
import type { ObjectCache } from './store/object-cache.ts';
import { RetryingBlobs } from './store/retrying-blobs.ts';
import { StorePatience } from './store/store-patience.ts';

export type OpenOptions = {
  /** Closed with the repository; if it cannot be opened, still the caller's to close. */
  readonly blobs: Blobs;
  readonly world: World;
  readonly password: string;
  /** The key file to try first. */
  readonly keyId?: string;
  /** Where index, snapshots and manifests are kept between runs: worth it for a repository behind a network. */
  readonly cache?: CacheOptions;
  /** How long a call is tried again while the store is away, once it has answered; two minutes when absent. */
  readonly patienceMs?: number;
  readonly stretch?: StretchPassword;
};

export type CacheOptions = {
  readonly directory: string;
  /** Of one repository; 2 GiB when absent. */
  readonly bytesMax?: number;
};

/**
 * Throws `no-repository`, `wrong-password`, `damaged` with the name of what is hurt, `unknown-format` for a newer
 * version's, `store`.
 *
 * ```ts
 * const repository = await openRepository({ blobs: await openStore({ url, world }), world, password });
 * ```
 */
export async function openRepository(options: OpenOptions): Promise<Repository> {
  const { world, patienceMs } = options;
  const blobs = new RetryingBlobs(options.blobs, new StorePatience({ world, patienceMs }));
  const unlocking = unlock({ ...options, blobs });
  // Why it failed is of interest only where there is a config.
  const keyring = unlocking.then(
    (unlocked) => unlocked.keyring,
    () => undefined,
  );
  const read = await readEither({ blobs, world }, configName, async (bytes) => {
    const keys = await keyring;
    return keys && openConfig(bytes, keys);
  });
  if (read === undefined) throw await noRepository(blobs);
  const unlocked = await unlocking;
  const { opened: config, bytes: sealedConfig } = read;
  assert(config !== undefined, 'what was unlocked has a keyring');
  // Loaded only now: stretching a password takes 64 MiB, and what lies beside those decides how much a short command takes.
  const { OpenedRepository } = await import('./opened-repository.ts');
  const cache = await cacheOf(options, config.id);
  return new OpenedRepository({ blobs, world, config, sealedConfig, ...unlocked, cache });
}

async function noRepository(blobs: Blobs): Promise<BackupError> {
  const keys = await listKeyFiles(blobs);
  const detail = 'there are keys, but no config: its making was cut off, or the config was lost';
  return new BackupError('no-repository', {
    attempted: 'open the repository',
    ...(keys.length > 0 && { detail }),
  });
}

async function cacheOf(
  { world, cache }: OpenOptions,
  repositoryId: string,
): Promise<ObjectCache | undefined> {
  if (cache === undefined) return undefined;
  const { ObjectCache } = await import('./store/object-cache.ts');
  const { directory, bytesMax = cacheBytesDefault } = cache;
  return new ObjectCache({ world, directory, repositoryId, bytesMax });
}
