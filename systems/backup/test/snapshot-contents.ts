// What a snapshot holds, read back through the repository, to compare with what was backed up.

import type { Repository } from '../src/core/repository.ts';
import type { Snapshot } from '../src/format/snapshot-record.ts';
import type { TreeEntry } from '../src/format/tree-entry.ts';
import { openTree } from '../src/manifest/read-tree.ts';

/** Every entry by its path, one character per byte. */
export async function entriesOfSnapshot(
  repository: Repository,
  snapshot: Snapshot,
): Promise<Map<string, TreeEntry>> {
  const entries = new Map<string, TreeEntry>();
  for await (const { path, entry } of openTree(repository, snapshot).walk()) {
    entries.set(Buffer.from(path).toString('latin1'), entry);
  }
  return entries;
}

export async function contentOf(repository: Repository, entry: TreeEntry | undefined): Promise<Buffer> {
  if (entry?.content.kind !== 'file') throw new Error('this is not a file');
  return Buffer.concat(await Array.fromAsync(repository.readChunks(entry.content.fingerprints)));
}
