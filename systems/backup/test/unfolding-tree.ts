// Trees that a hostile writer with the repository's keys could store: forty directories that unfold to 2^40 paths, since each holds the next
// under two names; and directories that lie in each other deeper than any path goes.

import assert from 'node:assert/strict';
import type { Repository } from '../src/core/repository.ts';
import type { Snapshot } from '../src/format/snapshot-record.ts';
import type { TreeEntry } from '../src/format/tree-entry.ts';
import { TreeWriter, type WrittenDirectory } from '../src/format/tree-writer.ts';
import { ChunkCompression } from '../src/transform/chunk-compression.ts';
import { ChunkStore } from '../src/transform/chunk-store.ts';
import { testSnapshot } from './memory-repository.ts';

export type UnfoldingTree = {
  readonly depth: number;
  /** Names of each directory in the one above: with two there are 2^depth paths. */
  readonly names: readonly string[];
  /** Directories lie in the one above, not on their own: with one name only. */
  readonly inline?: boolean;
  /** What the file `leaf`, which is at the bottom, holds. */
  readonly contents: string;
  readonly inode?: bigint;
};

/** Commits a snapshot of it. */
export async function storeUnfoldingTree(repository: Repository, tree: UnfoldingTree): Promise<Snapshot> {
  const session = await repository.openSession({ purpose: 'create', host: 'h', user: 'u' });
  const store = new ChunkStore(repository, session, { compression: new ChunkCompression(repository) });
  const raw = Buffer.from(tree.contents);
  const fingerprints = await store.put('data', raw);
  const content = {
    kind: 'file',
    sizeBytes: raw.length,
    sparse: false,
    readable: true,
    fingerprints,
  } as const;
  let directory = written([
    { ...plain, type: 'file', name: Buffer.from('leaf'), inode: tree.inode ?? 1n, content },
  ]);
  for (let level = 0; level < tree.depth; level += 1) {
    const { bytes, summary } = directory;
    const reference = tree.inline
      ? ({ kind: 'inline', bytes } as const)
      : ({
          kind: 'chunks',
          fingerprints: await store.putDirectory(bytes),
          lengthBytes: bytes.length,
        } as const);
    const below = { kind: 'directory', summary, tree: reference } as const;
    directory = written(
      tree.names.map((name) => ({ ...plain, type: 'directory', name: Buffer.from(name), content: below })),
    );
  }
  const { bytes, summary } = directory;
  const root = {
    kind: 'chunks',
    fingerprints: await store.putDirectory(bytes),
    lengthBytes: bytes.length,
  } as const;
  await store.finish();
  const snapshot = testSnapshot(root.fingerprints, { root });
  const counts = { ...snapshot.summary, ...summary };
  assert.equal(await session.commit({ ...snapshot, summary: counts }), 'committed');
  const { snapshots } = await repository.snapshots();
  return snapshots.find(({ id }) => id === session.id)!;
}

const plain = {
  ...{ mode: 0o755, uid: 0, gid: 0, inode: 1n },
  mtime: { seconds: 0, nanoseconds: 0 },
  ctime: { seconds: 0, nanoseconds: 0 },
};

function written(entries: readonly TreeEntry[]): WrittenDirectory {
  const writer = new TreeWriter();
  for (const entry of entries) writer.append(entry);
  return writer.finish();
}
