// The files of the service below a folder, when they are of no use any more: of a repository that is removed, of an index that is damaged.

import type { Disk } from '@cairn/world';

/** Files below a folder, those of folders in it first; empty folders stay. `except` is of the folder itself. */
export async function removeFiles(
  disk: Disk,
  directory: string,
  { except }: { readonly except?: string } = {},
): Promise<void> {
  for (const name of await disk.list(directory)) {
    if (name === except) continue;
    const path = `${directory}/${name}`;
    if ((await disk.stat(path)) === undefined) await removeFiles(disk, path);
    else await disk.remove(path);
  }
}
