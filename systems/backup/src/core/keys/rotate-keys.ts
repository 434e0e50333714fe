// A new root key and a new epoch (DESIGN.md, "Keys"): who had an old password cannot read what is written from now on.
//
// The order, and what a crash after each step leaves to the password:
//
//   1 key file of the new root key      it opens this one, which opens no keyring, then the old one
//   2 keyring of the next version,      it opens both; the new key file is tried first. The copy may be lacking: `gc` puts it
//     then its second copy
//   3 older key files are deleted       the others' passwords open nothing any more
//
// Older are those that were listed before step 2, and those of the old root key, which somebody may have added since. All others were made by who
// opened the keyring of step 2: for another password, or by the next rotation, whose key file is then the only one that opens anything.
//
// Step 2 is put if absent: of two rotations one wins, and takes over every epoch there was. Older keyrings stay, so that no
// name is free again for who was slow; what they hold was known to whoever can open them.

import { BackupError } from '../../errors.ts';
import { copyName, keyringVersionName, objectName } from '../../format/object-names.ts';
import { openKeyFile, rootKeyBytes, verifyKeyFile } from '../../keys/key-file.ts';
import { rotateKeyring } from '../../keys/keyring.ts';
import { openKeyring } from '../../keys/sealed-parameters.ts';
import type { Repository } from '../repository.ts';
import { readWhole } from '../store/read-whole.ts';
import { isDamage, onStore } from '../store/store-error.ts';
import {
  deleteKeyFile,
  type KeyOwner,
  listKeyFiles,
  type PasswordOptions,
  putKeyFile,
  readKeyFile,
} from './key-files.ts';
import { putKeyring } from './keyring-versions.ts';
import { checkMayManage, describeKey, type ListedKey, rotatedMeanwhile } from './manage-keys.ts';
import { undoneUnlessSame } from './undone-unless-same.ts';

export type RotateKeysOptions = KeyOwner &
  PasswordOptions & {
    /** Of the key in use; the new key has it, too. */
    readonly password: string;
  };

export type Rotation = {
  readonly keyId: string;
  readonly epoch: number;
  /** Keys whose passwords open nothing any more: they have to be added again. */
  readonly removed: readonly ListedKey[];
};

const attempted = 'rotate keys';

/**
 * `repository` goes on under the old epoch, which stays readable: open it anew to write under the new one. Throws
 * `wrong-password` when it is not that of the key in use, `denied` for an append-only key, `store` also when another
 * rotation won.
 */
export async function rotateKeys(repository: Repository, options: RotateKeysOptions): Promise<Rotation> {
  checkMayManage(repository, attempted);
  await checkPassword(repository, options);
  const { blobs, world, root } = repository;
  const rootKey = world.random.bytes(rootKeyBytes);
  const keyring = rotateKeyring(repository.keyring, world.random);
  const keyId = await putKeyFile({ ...options, blobs, world, rootKey, appendOnly: false });
  await undoneUnlessSame(repository, attempted, () => deleteKeyFile(blobs, keyId));
  const version = root.keyringVersion + 1;
  const before = new Set((await listKeyFiles(blobs)).map(({ id }) => id));
  if ((await putKeyring(repository, { version, keyring, rootKey })) === 'exists') {
    await deleteKeyFile(blobs, keyId);
    throw rotatedMeanwhile(attempted);
  }
  const removed = await removeOlderKeys(repository, { keyId, version, rootKey, before });
  return { keyId, epoch: keyring.current, removed };
}

async function checkPassword(repository: Repository, options: RotateKeysOptions): Promise<void> {
  const object = objectName('keys', repository.key.id);
  const bytes = await readKeyFile(repository, repository.key.id);
  const opened = bytes && (await openKeyFile(bytes, { ...options, object }));
  if (opened === undefined) throw rotatedMeanwhile(attempted);
  if (opened === 'wrong-password') throw new BackupError('wrong-password', { attempted });
}

type RotatedKeys = {
  readonly keyId: string;
  readonly version: number;
  readonly rootKey: Uint8Array;
  /** Ids of the key files that were there when no keyring of that version was. */
  readonly before: ReadonlySet<string>;
};

/**
 * Named are those of other passwords. In a repository that was made anew meanwhile the key files would be its own, without which it
 * is lost: so the list is known to be of this one before anything of it is deleted.
 */
async function removeOlderKeys(
  repository: Repository,
  { keyId, version, rootKey, before }: RotatedKeys,
): Promise<readonly ListedKey[]> {
  const { blobs } = repository;
  const removed: ListedKey[] = [];
  const listed = await listKeyFiles(blobs);
  await undoneUnlessSame(repository, attempted, async () => {
    const first = keyringVersionName(version);
    for (const name of [copyName(first), first])
      if (await opens(repository, { name, version, rootKey }))
        await onStore(`delete ${name}`, () => blobs.delete([name]));
    await deleteKeyFile(blobs, keyId);
  });
  for (const { id } of listed) {
    const isOlder = before.has(id) || (await isOfRootKey(repository, id));
    if (id === keyId || !isOlder) continue;
    const key = await describeKey(repository, id);
    await deleteKeyFile(blobs, id);
    if (key !== undefined && id !== repository.key.id) removed.push(key);
  }
  return removed;
}

/** Whether a keyring is the one that was put under this root key, and not one of a repository that was made anew since, and rotated. */
async function opens(
  { blobs, world }: Repository,
  { name, version, rootKey }: { name: string; version: number; rootKey: Uint8Array },
): Promise<boolean> {
  try {
    const bytes = await readWhole({ blobs, world, name });
    return bytes !== undefined && openKeyring(bytes, rootKey, version) !== undefined;
  } catch (error) {
    if (!isDamage(error)) throw error;
    return false;
  }
}

/** Of the root key that `repository` was opened with. */
async function isOfRootKey(repository: Repository, id: string): Promise<boolean> {
  const object = objectName('keys', id);
  try {
    const bytes = await readKeyFile(repository, id);
    const rootKey = repository.root.key;
    return bytes !== undefined && verifyKeyFile(bytes, { object, id, rootKey }) === 'sound';
  } catch (error) {
    if (!isDamage(error)) throw error;
    return false;
  }
}
