// What is left of a repository that is being removed: its objects on the blobs engine, then the files of its index. Cut off
// anywhere it is done again, by whoever finds the repository still marked.

import type { Blobs } from '@cairn/engines';
import type { Disk } from '@cairn/world';

/** Resolves to how many there were when none is left. Rejects with the signal's reason between pages. */
export async function removeAllBlobs(blobs: Blobs, signal: AbortSignal): Promise<number> {
  let removed = 0;
  for (;;) {
    signal.throwIfAborted();
    const { blobs: found } = await blobs.list({ prefix: '' });
    if (found.length === 0) return removed;
    await blobs.delete(found.map(({ name }) => name));
    removed += found.length;
  }
}

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
