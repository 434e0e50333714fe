// The passwords of a repository: added, listed, removed. A key file of another password is believed as far as it is read: its
// members are authentic only to who opens it.

import { BackupError } from '../../errors.ts';
import { objectName } from '../../format/object-names.ts';
import { decodeKeyFile, type KeyFileRecord } from '../../format/records/key-file.ts';
import type { Repository } from '../repository.ts';
import { isDamage, onStore } from '../store/store-error.ts';
import {
  deleteKeyFile,
  type KeyOwner,
  listKeyFiles,
  type PasswordOptions,
  putKeyFile,
  readKeyFile,
} from './key-files.ts';
import { listKeyringVersions } from './keyring-versions.ts';
import { undoneUnlessSame } from './undone-unless-same.ts';

export type AddKeyOptions = KeyOwner &
  PasswordOptions & {
    readonly password: string;
    /** Whoever opens the repository with it may only add; the service enforces it, a plain store cannot. */
    readonly appendOnly?: boolean;
  };

export type KeyDescription = Pick<KeyFileRecord, 'created' | 'host' | 'user' | 'label' | 'appendOnly'> & {
  readonly id: string;
  /** It opened the repository. */
  readonly inUse: boolean;
};

/** A key file that cannot be read has a `problem` instead. */
export type ListedKey = KeyDescription | { readonly id: string; readonly problem: string };

/** The new key's id. Throws `invalid-argument` for an empty password, `denied` for an append-only key, `store`. */
export async function addKey(repository: Repository, options: AddKeyOptions): Promise<string> {
  const attempted = 'add a key';
  checkMayManage(repository, attempted);
  const { blobs, world, root } = repository;
  const { appendOnly = false } = options;
  const id = await putKeyFile({ ...options, blobs, world, rootKey: root.key, appendOnly });
  // Behind the put: whoever chose the password took his time, and another repository may lie there by now.
  await undoneUnlessSame(repository, attempted, () => deleteKeyFile(blobs, id));
  const [version] = await listKeyringVersions(blobs);
  if (version === root.keyringVersion) return id;
  // A rotation came between: what this file wraps opens nothing any more.
  await deleteKeyFile(blobs, id);
  throw rotatedMeanwhile(attempted);
}

/** Newest first. */
export async function listKeys(repository: Repository): Promise<readonly ListedKey[]> {
  const listed: ListedKey[] = [];
  for (const { id } of await listKeyFiles(repository.blobs)) {
    const key = await describeKey(repository, id);
    if (key !== undefined) listed.push(key);
  }
  return listed;
}

/**
 * Removes the key whose id is or begins with `wanted`. Throws `denied` for the last one, for an append-only key, and for the
 * one in use unless `evenInUse`; `invalid-argument` when there is none or several.
 */
export async function removeKey(
  repository: Repository,
  wanted: string,
  options: { readonly evenInUse?: boolean } = {},
): Promise<string> {
  const attempted = `remove key ${wanted}`;
  checkMayManage(repository, attempted);
  const { blobs, key } = repository;
  const ids = (await listKeyFiles(blobs)).map(({ id }) => id);
  const found = ids.filter((id) => wanted !== '' && id.startsWith(wanted));
  const [id] = found;
  if (id === undefined || found.length > 1) {
    const detail = id === undefined ? 'there is no such key' : `several begin like this: ${found.join(', ')}`;
    throw new BackupError('invalid-argument', { attempted, detail });
  }
  if (ids.length === 1) throw new BackupError('denied', { attempted, detail: 'it is the last one' });
  if (id === key.id && !options.evenInUse) {
    throw new BackupError('denied', { attempted, detail: 'it is the one in use' });
  }
  // Behind the list: ids are hashes, so those of a repository that is made anew from now on are others.
  await repository.identity.check(attempted);
  await removeUnlessLast(repository, id);
  return id;
}

/** Two that remove each other's key at once would leave none: who finds that puts his back. */
async function removeUnlessLast(repository: Repository, id: string): Promise<void> {
  const { blobs } = repository;
  const bytes = await readKeyFile(repository, id);
  await deleteKeyFile(blobs, id);
  if (bytes === undefined || (await listKeyFiles(blobs)).length > 0) return;
  const name = objectName('keys', id);
  await repository.identity.check(`put ${name} back`);
  await onStore(`put ${name} back`, () => blobs.put(name, bytes, { ifAbsent: true }));
  throw new BackupError('denied', {
    attempted: `remove key ${id}`,
    detail: 'it is the last one: another was removed meanwhile',
  });
}

/** Undefined when it was removed meanwhile. */
export async function describeKey(repository: Repository, id: string): Promise<ListedKey | undefined> {
  const bytes = await readKeyFile(repository, id);
  if (bytes === undefined) return undefined;
  try {
    const { created, host, user, label, appendOnly } = decodeKeyFile(bytes, objectName('keys', id));
    return { id, created, host, user, label, appendOnly, inUse: id === repository.key.id };
  } catch (error) {
    if (!isDamage(error)) throw error;
    return { id, problem: error.message };
  }
}

export function checkMayManage({ key }: Repository, attempted: string): void {
  if (!key.appendOnly) return;
  throw new BackupError('denied', { attempted, detail: `key ${key.id} may only add` });
}

export function rotatedMeanwhile(attempted: string): BackupError {
  const detail = 'the keys were rotated meanwhile: open the repository again';
  return new BackupError('store', { attempted, detail });
}
