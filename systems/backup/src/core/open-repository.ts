// Opens a repository: password, key file, root key, keyring, config. Nothing is written.

import type { Blobs } from '@cairn/engines';
import type { World } from '@cairn/world';
import { BackupError } from '../errors.ts';
import { configName } from '../format/object-names.ts';
import { openConfig } from '../keys/sealed-parameters.ts';
import type { StretchPassword } from '../keys/stretch-password.ts';
import { cacheBytesDefault } from '../limits.ts';
import { listKeyFiles } from './keys/key-files.ts';
import { unlock } from './keys/unlock.ts';
import type { Repository } from './repository.ts';
import type { ObjectCache } from './store/object-cache.ts';
import { readWhole } from './store/read-whole.ts';
import { RetryingBlobs } from './store/retrying-blobs.ts';

export type OpenOptions = {
  /** Closed with the repository; if it cannot be opened, still the caller's to close. */
  readonly blobs: Blobs;
  readonly world: World;
  readonly password: string;
  /** The key file to try first. */
  readonly keyId?: string;
  /** Where index, snapshots and manifests are kept between runs: worth it for a repository behind a network. */
  readonly cache?: CacheOptions;
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
  const { world } = options;
  const blobs = new RetryingBlobs(options.blobs, world);
  const unlocking = unlock({ ...options, blobs });
  unlocking.catch(() => {}); // of interest only where there is a config
  const sealed = await readWhole({ blobs, world, name: configName });
  if (sealed === undefined) throw await noRepository(blobs);
  const unlocked = await unlocking;
  const config = openConfig(sealed, unlocked.keyring);
  // Loaded only now: stretching a password takes 64 MiB, and what lies beside those decides how much a short command takes.
  const { OpenedRepository } = await import('./opened-repository.ts');
  const cache = await cacheOf(options, config.id);
  return new OpenedRepository({ blobs, world, config, sealedConfig: sealed, ...unlocked, cache });
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
