// The file of the master keys on the disk: replaced whole, synced before its name and after.

import { type Disk, DiskError } from '@cairn/world';
import { encodeMasterKeys, type MasterKey, parseMasterKeys } from '../../encryption/master-key-file.ts';

/** Undefined when there is none. Throws MasterKeyFileError, DiskError. */
export async function readMasterKeys(disk: Disk, path: string): Promise<readonly MasterKey[] | undefined> {
  const file = await disk.open(path, 'read').catch((error: unknown) => {
    if (error instanceof DiskError && error.code === 'not-found') return undefined;
    throw error;
  });
  if (file === undefined) return undefined;
  try {
    const bytes = Buffer.alloc(await file.sizeBytes());
    return parseMasterKeys(bytes.subarray(0, await file.read(bytes, 0)));
  } finally {
    await file.close();
  }
}

/** Durable when it resolves; before that the old file is there. What this process makes only its owner may read. */
export async function writeMasterKeys(
  disk: Disk,
  path: string,
  masterKeys: readonly MasterKey[],
): Promise<void> {
  const next = `${path}.new`;
  // Of a process that died in between.
  if ((await disk.stat(next)) !== undefined) await disk.remove(next);
  const file = await disk.open(next, 'create');
  try {
    await file.write([encodeMasterKeys(masterKeys)], 0);
    await file.sync();
  } finally {
    await file.close();
  }
  await disk.rename(next, path);
  await disk.syncDirectory(folderOf(path));
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
