// What is left of a repository that is being removed: its objects on the blobs engine. Cut off
// anywhere it is done again, by whoever finds the repository still marked.

import type { Blobs } from '@cairn/engines';

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
