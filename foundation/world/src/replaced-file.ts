// Small files that are replaced whole: keys, labels, settings.
//
// The new one is written and synced beside its place, renamed, and the folder synced: after a crash at any point the file is
// that of before or that of after, and once `replaceFile` resolved it stays.

import type { Disk } from './disk.ts';

/** Creates or replaces the file, durably. Its folder exists. Throws DiskError; until it resolves the old file may be there. */
export async function replaceFile(disk: Disk, path: string, bytes: Uint8Array): Promise<void> {
  const beside = `${path}.new`;
  // Of a process that died in between.
  if ((await disk.stat(beside)) !== undefined) await disk.remove(beside);
  const file = await disk.open(beside, 'create');
  try {
    await file.write([bytes], 0);
    await file.sync();
  } finally {
    await file.close();
  }
  await disk.rename(beside, path);
  await disk.syncDirectory(folderOf(path));
}

/**
 * All of such a file, undefined when there is none. Throws DiskError.
 *
 * What it gives stays: a process that was killed may have renamed the file and not synced its folder, and whatever is written
 * by what stands in the file (secrets under a key, for example) must not outlive it when the power fails.
 */
export async function readReplacedFile(disk: Disk, path: string): Promise<Buffer | undefined> {
  if ((await disk.stat(path)) === undefined) return undefined;
  const file = await disk.open(path, 'read');
  try {
    const bytes = Buffer.alloc(await file.sizeBytes());
    const length = await file.read(bytes, 0);
    await disk.syncDirectory(folderOf(path));
    return bytes.subarray(0, length);
  } finally {
    await file.close();
  }
}

function folderOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash === -1 ? '.' : path.slice(0, Math.max(slash, 1));
}
