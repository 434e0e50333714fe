// The key files of a repository: `keys/<id>`, each the root key wrapped by a password.

import type { Blobs } from '@cairn/engines';
import type { World } from '@cairn/world';
import { objectName } from '../../format/object-names.ts';
import { keyFileBytesHighest } from '../../format/records/key-file.ts';
import { createKeyFile, keyFileId } from '../../keys/key-file.ts';
import type { PasswordCost, StretchPassword } from '../../keys/stretch-password.ts';
import { rfc3339 } from '../rfc3339.ts';
import { type ListedObject, listObjects } from '../store/list-all.ts';
import { readWhole } from '../store/read-whole.ts';
import { onStore } from '../store/store-error.ts';

export type KeyOwner = { readonly host: string; readonly user: string; readonly label?: string };

/** How passwords are stretched: tests take less memory, simulations the calling thread. */
export type PasswordOptions = { readonly cost?: PasswordCost; readonly stretch?: StretchPassword };

export type PutKeyFileOptions = KeyOwner &
  PasswordOptions & {
    readonly blobs: Blobs;
    readonly world: World;
    readonly password: string;
    readonly rootKey: Uint8Array;
    readonly appendOnly: boolean;
  };

/** The new key's id. Throws `invalid-argument` for an empty password, `store`. */
export async function putKeyFile(options: PutKeyFileOptions): Promise<string> {
  const { blobs, world, label = '' } = options;
  const created = rfc3339(world.clock.nowMs());
  const bytes = await createKeyFile({ ...options, label, created, random: world.random });
  const id = keyFileId(bytes);
  const name = objectName('keys', id);
  await onStore(`put ${name}`, () => blobs.put(name, bytes, { ifAbsent: true }));
  return id;
}

/** Newest first, by the store's clock. */
export async function listKeyFiles(blobs: Blobs): Promise<readonly ListedObject[]> {
  const listed = await listObjects(blobs, 'keys');
  return listed.toSorted(
    (left, right) => right.modifiedMs - left.modifiedMs || (left.id < right.id ? -1 : 1),
  );
}

/** Its bytes; undefined when there is no such key. */
export async function readKeyFile(
  store: { readonly blobs: Blobs; readonly world: World },
  id: string,
): Promise<Buffer | undefined> {
  return readWhole({ ...store, name: objectName('keys', id), bytesMax: keyFileBytesHighest });
}

export async function deleteKeyFile(blobs: Blobs, id: string): Promise<void> {
  const name = objectName('keys', id);
  await onStore(`delete ${name}`, () => blobs.delete([name]));
}
