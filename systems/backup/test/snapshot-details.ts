// What a snapshot holds, to be compared: every path with its kind, its metadata, and what is in its file.

import type { Repository } from '../src/core/repository.ts';
import type { Snapshot } from '../src/format/snapshot-record.ts';
import { pathText } from '../src/manifest/path-text.ts';
import { openTree } from '../src/manifest/read-tree.ts';

/** Paths, and the contents of files. */
export async function snapshotContents(repository: Repository, id: string): Promise<Record<string, string>> {
  const contents: Record<string, string> = {};
  for await (const { path, entry } of openTree(repository, await snapshotOf(repository, id)).walk()) {
    const { content } = entry;
    const parts =
      content.kind === 'file' ? await Array.fromAsync(repository.readChunks(content.fingerprints)) : [];
    contents[pathText(path)] = Buffer.concat(parts).toString();
  }
  return contents;
}

/** The same, with all metadata; without what names chunks. */
export async function snapshotDetails(repository: Repository, id: string): Promise<readonly unknown[]> {
  const details: unknown[] = [];
  const contents = await snapshotContents(repository, id);
  for await (const { path, entry } of openTree(repository, await snapshotOf(repository, id)).walk()) {
    const { content, name: _name, ...metadata } = entry;
    const { tree: _tree, fingerprints: _fingerprints, ...rest } = content as Record<string, unknown>;
    details.push({ path: pathText(path), content: contents[pathText(path)], ...metadata, ...rest });
  }
  return details;
}

export async function snapshotOf(repository: Repository, id: string): Promise<Snapshot> {
  const { snapshots } = await repository.snapshots();
  const found = snapshots.find((snapshot) => snapshot.id === id);
  if (found === undefined) throw new Error(`there is no snapshot ${id}`);
  return found;
}
