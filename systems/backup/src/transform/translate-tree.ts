// A tree of one repository under the fingerprints of another. Contents are the same, chunk by chunk; directories are written
// anew, because fingerprints are part of their bytes, and cut by the target's rule.

import { keyOf } from '../check/chunk-copies.ts';
import { fileChunks } from '../check/visit-entries.ts';
import type { Repository } from '../core/repository.ts';
import { entryAt } from '../format/decode-directory.ts';
import type { TreeCursor } from '../format/tree-cursor.ts';
import { entryTypes, type TreeEntry } from '../format/tree-entry.ts';
import { DirectoryLoader } from '../manifest/directory-loader.ts';
import { fingerprintBytes } from '../packing/fingerprinter.ts';
import type { CarryTreeOptions } from './carry-tree.ts';
import { type DirectoryReference, type EntryDecision, rewriteTree } from './rewrite-tree.ts';

/** Remembers the target's fingerprint of every chunk that was read: some 200 bytes a chunk. */
export class TreeTranslator {
  readonly #source: Repository;
  readonly #names = new Map<string, Uint8Array>();

  constructor(source: Repository) {
    this.#source = source;
  }

  /** Stores what the target lacks of a tree; resolves to its root there. */
  async translate(root: DirectoryReference, options: CarryTreeOptions): Promise<DirectoryReference> {
    const { store, signal } = options;
    const loader = new DirectoryLoader(this.#source);
    const tree = await rewriteTree(root, {
      storesAll: true,
      sameEverywhere: true,
      decide: (cursor) => this.#translateEntry(cursor),
      descends: () => true,
      async read(reference) {
        signal?.throwIfAborted();
        return loader.load(reference);
      },
      prepare: (bytes) => this.#translateChunks(fileChunks(bytes), options),
      store: (bytes) => store.putDirectory(bytes),
    });
    return tree.outcome === 'changed' ? tree.root : root;
  }

  /** Afterwards every chunk has a name in the target, and the session may refer to it. */
  async #translateChunks(fingerprints: Uint8Array, options: CarryTreeOptions): Promise<void> {
    const { store, signal, onChunk } = options;
    // Of the snapshots before: this session has not asked for them.
    await store.known.learn(this.#namesMet(fingerprints));
    const unknown: Uint8Array[] = [];
    const met = new Set<string>();
    for (let offset = 0; offset < fingerprints.length; offset += fingerprintBytes) {
      const fingerprint = fingerprints.subarray(offset, offset + fingerprintBytes);
      const key = keyOf(fingerprint);
      const name = this.#names.get(key);
      if (met.has(key) || (name !== undefined && store.known.has(name))) continue;
      met.add(key);
      unknown.push(fingerprint);
    }
    if (unknown.length === 0) return;
    const keys = met.values();
    const wanted = Buffer.concat(unknown);
    const chunks = this.#source.readChunks(wanted, signal === undefined ? {} : { signal });
    for await (const batch of batches(chunks)) {
      const names = await store.put('data', ...batch);
      for (let at = 0; at < names.length; at += fingerprintBytes) {
        this.#names.set(keys.next().value!, names.slice(at, at + fingerprintBytes));
        onChunk?.();
      }
    }
  }

  /** In the target, of those that have one. */
  #namesMet(fingerprints: Uint8Array): Uint8Array {
    const names: Uint8Array[] = [];
    for (let offset = 0; offset < fingerprints.length; offset += fingerprintBytes)
      names.push(
        this.#names.get(keyOf(fingerprints.subarray(offset, offset + fingerprintBytes))) ?? new Uint8Array(),
      );
    return Buffer.concat(names);
  }

  #translateEntry(cursor: TreeCursor): EntryDecision {
    if (cursor.type !== entryTypes.file || cursor.chunkCount === 0) return 'keep';
    const entry = entryAt(cursor);
    return { ...entry, content: { ...entry.content, fingerprints: this.#translated(cursor) } } as TreeEntry;
  }

  #translated(cursor: TreeCursor): Uint8Array {
    const source = cursor.fingerprints();
    const target = new Uint8Array(source.length);
    for (let offset = 0; offset < source.length; offset += fingerprintBytes)
      target.set(this.#names.get(keyOf(source.subarray(offset, offset + fingerprintBytes)))!, offset);
    return target;
  }
}

/** Of so many raw bytes: a service is asked about a batch at once. */
const batchBytes = 4 * 1024 * 1024;
const batchChunksMax = 1024;

async function* batches(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<readonly Uint8Array[]> {
  let batch: Uint8Array[] = [];
  let bytes = 0;
  for await (const raw of chunks) {
    batch.push(raw);
    bytes += raw.length;
    if (bytes < batchBytes && batch.length < batchChunksMax) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}
