// Small files that are replaced whole: a new one beside it, synced, renamed, the folder synced.

import { type Disk, DiskError } from '@cairn/world';

export async function replaceFile(
  disk: Disk,
  file: { directory: string; name: string; bytes: Buffer },
): Promise<void> {
  const { directory, name, bytes } = file;
  const path = `${directory}/${name}`;
  const next = `${path}.new`;
  await removeFile(disk, next);
  const made = await disk.open(next, 'create');
  try {
    await made.write([bytes], 0);
    await made.sync();
  } finally {
    await made.close();
  }
  await disk.rename(next, path);
  await disk.syncDirectory(directory);
}

/** Undefined when there is none. */
export async function readFile(disk: Disk, path: string): Promise<Buffer | undefined> {
  try {
    const file = await disk.open(path, 'read');
    try {
      const bytes = Buffer.allocUnsafe(await file.sizeBytes());
      return bytes.subarray(0, await file.read(bytes, 0));
    } finally {
      await file.close();
    }
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/**
 * Of a file that is made again where it is damaged. Undefined when there is none; empty, as no sound one is, when the disk
 * cannot read it a second time either. Throws DiskError but for `io`.
 */
export async function readDerivedFile(disk: Disk, path: string): Promise<Buffer | undefined> {
  for (let attemptsLeft = 1; ; attemptsLeft--) {
    try {
      return await readFile(disk, path);
    } catch (error) {
      if (!(error instanceof DiskError && error.code === 'io')) throw error;
      if (attemptsLeft === 0) return Buffer.alloc(0);
    }
  }
}

/** Of what `readDerivedFile` gave, and is not whole and sound. */
export function faultOfFile(bytes: Buffer | undefined): string {
  return bytes?.length === 0 ? 'is empty, or the disk cannot read it' : 'is damaged';
}

/** Does nothing when there is none. */
export async function removeFile(disk: Disk, path: string): Promise<void> {
  try {
    await disk.remove(path);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof DiskError && error.code === 'not-found';
}
