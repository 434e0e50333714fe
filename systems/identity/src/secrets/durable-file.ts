// Small files that are written once, whole or not at all: the key file and the root credentials.
//
// Written beside its place, synced, renamed, and the folder synced: after a crash at any point the file is absent or
// complete, and once `createFile` resolved it stays.

import type { Disk } from '@cairn/world';

/** Creates or replaces the file, durably. Its folder exists. The world's disk makes files for their owner only. */
export async function createFile(disk: Disk, path: string, bytes: Uint8Array): Promise<void> {
  const beside = `${path}.new`;
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

/** All of a file, undefined when there is none. */
export async function readFile(disk: Disk, path: string): Promise<Buffer | undefined> {
  if ((await disk.stat(path)) === undefined) return undefined;
  const file = await disk.open(path, 'read');
  try {
    const bytes = Buffer.alloc(await file.sizeBytes());
    const length = await file.read(bytes, 0);
    return bytes.subarray(0, length);
  } finally {
    await file.close();
  }
}

function folderOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash === -1 ? '.' : path.slice(0, Math.max(slash, 1));
}
