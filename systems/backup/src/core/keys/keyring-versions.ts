// The keyring in the store: `keyring`, and after rotations `keyring.2` and so on. The highest version that a root key opens is
// the one in force for it. Each has a second copy (`second-copies.ts`), which holds its name as well.
//
// A version is put if absent, never overwritten and never deleted, so of two rotations at once one wins, and no key that
// somebody sealed with is lost. It is put when a key file that wraps its root key is there: a crash leaves a key file too many, no keyring
// that nobody can open.

import type { Blobs } from '@cairn/engines';
import type { World } from '@cairn/world';
import { envelopeSaltBytes } from '../../format/envelope-header.ts';
import {
  copiedName,
  copyName,
  keyringName,
  keyringVersionName,
  keyringVersionOf,
} from '../../format/object-names.ts';
import type { Keyring } from '../../format/repository-config.ts';
import { sealKeyring } from '../../keys/sealed-parameters.ts';
import { listAll } from '../store/list-all.ts';
import { onStore } from '../store/store-error.ts';
import { putCopy } from './second-copies.ts';

type Store = { readonly blobs: Blobs; readonly world: World };

/** Highest first; also those of which only the second copy is there. */
export async function listKeyringVersions(blobs: Blobs): Promise<readonly number[]> {
  const listed = await listAll(blobs, keyringName);
  const versions = listed.flatMap(({ name }) => keyringVersionOf(copiedName(name) ?? name) ?? []);
  return [...new Set(versions)].sort((left, right) => right - left);
}

/** `exists` also where only the second copy of that version is left: who comes late must not take its place. */
export async function putKeyring(
  { blobs, world }: Store,
  options: { readonly version: number; readonly keyring: Keyring; readonly rootKey: Uint8Array },
): Promise<'stored' | 'exists'> {
  const { keyring, rootKey, version } = options;
  const name = keyringVersionName(version);
  const copy = copyName(name);
  if ((await onStore(`look up ${copy}`, () => blobs.head(copy))) !== undefined) return 'exists';
  const bytes = sealKeyring(keyring, rootKey, world.random.bytes(envelopeSaltBytes), version);
  const put = await onStore(`put ${name}`, () => blobs.put(name, bytes, { ifAbsent: true }));
  if (put === 'stored') await putCopy(blobs, { name, bytes });
  return put;
}
