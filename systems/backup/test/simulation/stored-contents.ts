// What the packs held when they were put, by the checker's own eyes: so it knows what rots with them, and what a tree reaches that nobody
// but a repair has built.

import type { Repository } from '../../src/core/repository.ts';
import { TreeCursor } from '../../src/format/tree-cursor.ts';
import { entryTypes } from '../../src/format/tree-entry.ts';
import { chunkLocation, PackReader } from '../../src/packing/open-pack.ts';
import { hex } from './model-backup.ts';

/** A chunk in a pack, by its fingerprint in hex. */
export type StoredChunk = { readonly chunk: string; readonly offset: number };

const fingerprintBytes = 32;

export class StoredContents {
  readonly #reader: PackReader;
  readonly #packs = new Map<string, readonly StoredChunk[]>();
  /** Of manifests. */
  readonly #trees = new Map<string, Uint8Array>();

  constructor({ config, keyring }: Pick<Repository, 'config' | 'keyring'>) {
    this.#reader = new PackReader(config, keyring);
  }

  /** A pack was put, whole. */
  put(id: string, bytes: Uint8Array): void {
    if (this.#packs.has(id)) return;
    const { contents, ...summary } = this.#reader.openPack(id, bytes);
    const chunks = Array.from({ length: contents.count }, (_, ordinal) => {
      const location = chunkLocation(summary, contents, ordinal);
      const { offset, storedBytes } = location;
      const start = ordinal * fingerprintBytes;
      const chunk = hex(contents.fingerprints.subarray(start, start + fingerprintBytes));
      if (summary.type === 'manifest')
        this.#trees.set(
          chunk,
          this.#reader.openChunk(location, bytes.subarray(offset, offset + storedBytes)),
        );
      return { chunk, offset };
    });
    this.#packs.set(id, chunks);
  }

  chunksOf(packId: string): readonly StoredChunk[] {
    return this.#packs.get(packId) ?? [];
  }

  /**
   * All that is below a root, itself included, in hex. What `passes` says no to is left out, and a directory of which it says so of any
   * chunk is left out with all below it.
   */
  reach(root: Uint8Array, passes: (chunk: string) => boolean = () => true): readonly string[] {
    const found = new Set<string>();
    const open = [chunksIn(root)];
    for (let tree = open.pop(); tree !== undefined; tree = open.pop()) {
      if (tree.some((chunk) => found.has(chunk) || !passes(chunk))) continue;
      for (const chunk of tree) found.add(chunk);
      const bytes = Buffer.concat(tree.map((chunk) => this.#trees.get(chunk)!));
      for (const { isTree, chunks } of namedIn(bytes)) {
        if (isTree) open.push(chunks);
        else for (const chunk of chunks) if (passes(chunk)) found.add(chunk);
      }
    }
    return [...found];
  }

  /** Whether it is a part of a directory. */
  isTree(chunk: string): boolean {
    return this.#trees.has(chunk);
  }
}

function* namedIn(bytes: Uint8Array): Generator<{ isTree: boolean; chunks: readonly string[] }> {
  const cursor = new TreeCursor(bytes, 'a directory');
  while (cursor.next()) {
    if (cursor.type !== entryTypes.file && cursor.type !== entryTypes.directory) continue;
    const isTree = cursor.type === entryTypes.directory;
    if (cursor.chunkCount > 0) yield { isTree, chunks: chunksIn(cursor.fingerprints()) };
    else if (isTree) yield* namedIn(bytes.slice(cursor.inlineStart, cursor.inlineStart + cursor.lengthBytes));
  }
}

function chunksIn(fingerprints: Uint8Array): readonly string[] {
  const count = fingerprints.length / fingerprintBytes;
  return Array.from({ length: count }, (_, i) =>
    hex(fingerprints.subarray(i * fingerprintBytes, (i + 1) * fingerprintBytes)),
  );
}
