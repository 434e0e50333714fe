// How much a folder holds: the sum of the sizes of its files.

import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

export async function directoryBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true });
  let bytes = 0;
  for (const entry of entries) {
    const stat = await lstat(join(folder, entry));
    if (stat.isFile()) bytes += stat.size;
  }
  return bytes;
}
