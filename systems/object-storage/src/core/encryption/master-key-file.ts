// The file of the master keys on the disk: replaced whole, synced before its name and after.

import { type Disk, readReplacedFile, replaceFile } from '@cairn/world';
import { encodeMasterKeys, type MasterKey, parseMasterKeys } from '../../encryption/master-key-file.ts';

/** Undefined when there is none. Throws MasterKeyFileError, DiskError. */
export async function readMasterKeys(disk: Disk, path: string): Promise<readonly MasterKey[] | undefined> {
  const bytes = await readReplacedFile(disk, path);
  return bytes && parseMasterKeys(bytes);
}

/** Durable when it resolves; before that the old file is there. What this process makes only its owner may read. */
export async function writeMasterKeys(
  disk: Disk,
  path: string,
  masterKeys: readonly MasterKey[],
): Promise<void> {
  await replaceFile(disk, path, encodeMasterKeys(masterKeys));
}

/** Out of the way of a new file, and kept: somebody may be able to read more of it. */
export async function setAsideMasterKeys(disk: Disk, path: string, nowMs: number): Promise<string> {
  const kept = `${path}.damaged-${nowMs}`;
  await disk.rename(path, kept);
  await disk.syncDirectory(folderOf(path));
  return kept;
}

function folderOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash === -1 ? '.' : path.slice(0, slash);
}
