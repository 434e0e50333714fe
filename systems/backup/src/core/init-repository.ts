// Makes a repository: a key file, the keyring, and last the config, whose put decides (DESIGN.md, "Objects of a repository"); of the last two each
// is followed by its second copy.
//
// The order: a keyring is put when a key file opens it, the config when the keyring is there. Of two that make a repository in
// one place at once, one puts the keyring; the other leaves without a trace. A making that was cut off before the config
// is taken up by the next one with the same password.

import type { Blobs } from '@cairn/engines';
import type { World } from '@cairn/world';
import { BackupError } from '../errors.ts';
import { envelopeSaltBytes } from '../format/envelope-header.ts';
import { configName, copyName, keyringVersionName } from '../format/object-names.ts';
import { configShape } from '../format/records/config.ts';
import { problemOf } from '../format/records/shape.ts';
import type { Keyring, RepositoryConfig } from '../format/repository-config.ts';
import { rootKeyBytes } from '../keys/key-file.ts';
import { createKeyring } from '../keys/keyring.ts';
import { sealConfig } from '../keys/sealed-parameters.ts';
import {
  chunkBytesAverageDefault,
  chunkBytesMaxDefault,
  chunkBytesMinDefault,
  leaseMsDefault,
  packBytesDefault,
} from '../limits.ts';
import { deleteKeyFile, type KeyOwner, type PasswordOptions, putKeyFile } from './keys/key-files.ts';
import { putKeyring } from './keys/keyring-versions.ts';
import { putCopy } from './keys/second-copies.ts';
import { unlock } from './keys/unlock.ts';
import { probeStore } from './probe-store.ts';
import { rfc3339 } from './rfc3339.ts';
import { RetryingBlobs } from './store/retrying-blobs.ts';
import { isDamage, onStore } from './store/store-error.ts';
import { StorePatience } from './store/store-patience.ts';

export type InitOptions = KeyOwner &
  PasswordOptions & {
    readonly blobs: Blobs;
    readonly world: World;
    readonly password: string;
    readonly parameters?: RepositoryParameters;
    /** Of another repository: copies from it and backups of the same files then share chunks (`transform/copy-snapshots`). */
    readonly secrets?: ChunkSecrets;
    /** As of `OpenOptions`. */
    readonly patienceMs?: number | undefined;
  };

/** What decides cuts and fingerprints; no key that opens anything. */
export type ChunkSecrets = Pick<Keyring, 'fingerprintKey' | 'chunkerSecret'>;

/** What a repository is made with; the rest has defaults. */
export type RepositoryParameters = Partial<Omit<RepositoryConfig, 'version' | 'id' | 'created'>>;

const idBytes = 16;

/**
 * Makes a repository in an empty place; the id of it and of its first key. Throws `repository-exists`, `unsafe-store`,
 * `invalid-argument` for parameters out of bounds and for an empty password, `store`. What was there is not touched.
 *
 * ```ts
 * await initRepository({ blobs, world, password, host: hostname(), user: userInfo().username });
 * ```
 */
export async function initRepository(
  options: InitOptions,
): Promise<{ readonly id: string; readonly keyId: string }> {
  const { world } = options;
  const store = { world, blobs: new RetryingBlobs(options.blobs, new StorePatience(options)) };
  const config = configOf(options);
  await refuseExisting(store);
  await probeStore(store);
  const { keyId, keyring } = await putKeys(options, store);
  const bytes = sealConfig(config, keyring, world.random.bytes(envelopeSaltBytes));
  const put = await onStore(`put ${configName}`, () =>
    store.blobs.put(configName, bytes, { ifAbsent: true }),
  );
  if (put === 'exists') throw exists();
  await putCopy(store.blobs, { name: configName, bytes });
  return { id: config.id, keyId };
}

type Store = { readonly blobs: Blobs; readonly world: World };

function configOf({ world, parameters = {} }: InitOptions): RepositoryConfig {
  const config = {
    version: 1,
    id: world.random.bytes(idBytes).toString('hex'),
    created: rfc3339(world.clock.nowMs()),
    ...defaults,
    ...parameters,
  } as const satisfies RepositoryConfig;
  const detail = problemOf(config, configShape);
  if (detail === undefined) return config;
  throw new BackupError('invalid-argument', { attempted: 'make a repository', detail });
}

const defaults = {
  fingerprint: 'blake3',
  cipher: 'aes-256-gcm',
  compressionLevel: 3,
  chunkBytes: {
    min: chunkBytesMinDefault,
    average: chunkBytesAverageDefault,
    max: chunkBytesMaxDefault,
  },
  packBytes: packBytesDefault,
  concurrency: 'optimistic',
  leaseMs: leaseMsDefault,
} as const satisfies Required<RepositoryParameters>;

async function refuseExisting({ blobs }: Store): Promise<void> {
  const isThere = async (name: string) =>
    (await onStore(`look up ${name}`, () => blobs.head(name))) !== undefined;
  if (await isThere(configName)) throw exists();
  const copy = copyName(configName);
  if (await isThere(copy))
    throw exists(`its \`${configName}\` is lost: \`repair\` puts it back from \`${copy}\``);
}

async function putKeys(options: InitOptions, store: Store): Promise<{ keyId: string; keyring: Keyring }> {
  const rootKey = store.world.random.bytes(rootKeyBytes);
  const keyring = keyringOf(options);
  const keyId = await putKeyFile({ ...options, ...store, rootKey, appendOnly: false });
  const put = await putKeyring(store, { version: 1, keyring, rootKey });
  if (put === 'stored') return { keyId, keyring };
  await deleteKeyFile(store.blobs, keyId);
  await refuseExisting(store);
  return takeUp(options, store);
}

/** Goes on with what somebody else began, and perhaps still is at: his config or ours wins, over the same keyring. */
async function takeUp(options: InitOptions, store: Store): Promise<{ keyId: string; keyring: Keyring }> {
  try {
    const found = await unlock({ ...options, ...store });
    if (options.secrets === undefined || isSame(found.keyring, options.secrets)) {
      const name = keyringVersionName(found.keyringVersion);
      await putCopy(store.blobs, { name, bytes: found.sealedKeyring });
      return found;
    }
  } catch (cause) {
    if (!isDamage(cause) && !(cause instanceof BackupError && cause.code === 'wrong-password')) throw cause;
    throw new BackupError('repository-exists', {
      attempted: 'make a repository',
      detail:
        'its making was cut off: go on with the password of then, or remove `keyring`, `keyring.copy` and `keys/`',
      cause,
    });
  }
  throw new BackupError('repository-exists', {
    attempted: 'make a repository',
    detail:
      'its making was cut off with other secrets of chunks: remove `keyring`, `keyring.copy` and `keys/`',
  });
}

/** Of a whole keyring no more is taken: its encryption keys are the other repository's. */
function keyringOf({ world, secrets }: InitOptions): Keyring {
  const keyring = createKeyring(world.random);
  if (secrets === undefined) return keyring;
  const { fingerprintKey, chunkerSecret } = secrets;
  return { ...keyring, fingerprintKey, chunkerSecret };
}

function isSame(one: ChunkSecrets, other: ChunkSecrets): boolean {
  const isEqual = (name: keyof ChunkSecrets) => Buffer.compare(one[name], other[name]) === 0;
  return isEqual('fingerprintKey') && isEqual('chunkerSecret');
}

function exists(detail?: string): BackupError {
  return new BackupError('repository-exists', {
    attempted: 'make a repository',
    ...(detail !== undefined && { detail }),
  });
}
