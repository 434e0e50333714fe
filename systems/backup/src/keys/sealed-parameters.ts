// The two objects that open a repository. The keyring is sealed by the root key; `config` by an epoch's key, so that `key rotate`,
// which makes a new root key, puts one object (the keyring's next version) and nothing is ever sealed by a key that no key file
// wraps. Both take AES-256-GCM, for the cipher stands in the config.

import { configName, keyringVersionName } from '../format/object-names.ts';
import { decodeConfig, encodeConfig } from '../format/records/config.ts';
import { decodeKeyring, encodeKeyring } from '../format/records/keyring.ts';
import type { Keyring, RepositoryConfig } from '../format/repository-config.ts';
import { openEnvelope, sealEnvelope } from './envelope.ts';
import { epochKeyOf, rootKeyOf } from './keyring.ts';

const cipher = 'aes-256-gcm';

/** `salt`: 32 random bytes. `version` is in the object's name. */
export function sealKeyring(keyring: Keyring, rootKey: Uint8Array, salt: Uint8Array, version = 1): Buffer {
  const payload = encodeKeyring(keyring);
  const name = keyringVersionName(version);
  return sealEnvelope({
    kind: 'keyring',
    epoch: 0,
    key: rootKey,
    cipher,
    name,
    payload,
    salt,
    compress: false,
  });
}

/**
 * Throws `damaged` also where the root key is another: that of a key file which a `key rotate` left behind. Whoever holds
 * several key files tries the next.
 */
export function openKeyring(bytes: Uint8Array, rootKey: Uint8Array, version = 1): Keyring {
  const name = keyringVersionName(version);
  return decodeKeyring(
    openEnvelope(bytes, { kind: 'keyring', name, cipher, keyOf: rootKeyOf(rootKey) }),
    name,
  );
}

/** Under the current epoch. `salt`: 32 random bytes. */
export function sealConfig(config: RepositoryConfig, keyring: Keyring, salt: Uint8Array): Buffer {
  const epoch = keyring.current;
  const key = keyring.epochs.get(epoch)!;
  const payload = encodeConfig(config);
  const name = configName;
  return sealEnvelope({ kind: 'config', epoch, key, cipher, name, payload, salt, compress: false });
}

/** Throws `damaged`, `unknown-format`. */
export function openConfig(bytes: Uint8Array, keyring: Keyring): RepositoryConfig {
  const name = configName;
  return decodeConfig(
    openEnvelope(bytes, { kind: 'config', name, cipher, keyOf: epochKeyOf(keyring) }),
    name,
  );
}
