// The keyring in the store: `keyring`, and after rotations `keyring.2` and so on. The highest version that a root key opens is
// the one in force for it.
//
// A version is put if absent, never overwritten and never deleted, so of two rotations at once one wins, and no key that
// somebody sealed with is lost. It is put when a key file that wraps its root key is there: a crash leaves a key file too many, no keyring
// that nobody can open.

import type { Blobs } from '@cairn/engines';
import type { World } from '@cairn/world';
import { envelopeSaltBytes } from '../../format/envelope-header.ts';
import { keyringName, keyringVersionName, keyringVersionOf } from '../../format/object-names.ts';
import type { Keyring } from '../../format/repository-config.ts';
import { sealKeyring } from '../../keys/sealed-parameters.ts';
import { listAll } from '../store/list-all.ts';
import { readWhole } from '../store/read-whole.ts';
import { onStore } from '../store/store-error.ts';

type Store = { readonly blobs: Blobs; readonly world: World };

/** Highest first. */
export async function listKeyringVersions(blobs: Blobs): Promise<readonly number[]> {
  const listed = await listAll(blobs, keyringName);
  const versions = listed.flatMap(({ name }) => keyringVersionOf(name) ?? []);
  return versions.sort((left, right) => right - left);
}

/** Bytes of one version; undefined when it is gone. */
export function readKeyringVersion(store: Store, version: number): Promise<Buffer | undefined> {
  return readWhole({ ...store, name: keyringVersionName(version) });
}

export async function putKeyring(
  { blobs, world }: Store,
  options: { readonly version: number; readonly keyring: Keyring; readonly rootKey: Uint8Array },
): Promise<'stored' | 'exists'> {
  const { keyring, rootKey, version } = options;
  const name = keyringVersionName(version);
  const bytes = sealKeyring(keyring, rootKey, world.random.bytes(envelopeSaltBytes), version);
  return onStore(`put ${name}`, () => blobs.put(name, bytes, { ifAbsent: true }));
}
