// Marks what snapshots reach: the chunks of their manifests and of the files these name (DESIGN.md, C1 and C5).
//
// Marks only grow: what a snapshot reached that was forgotten meanwhile stays marked, which errs to the safe side, and C5 walks no more
// than what is new since C1. A directory that many snapshots share is read once. Memory: `ReachableChunks`, and 100 bytes for each
// directory that is stored on its own.

import type { Repository } from '../core/repository.ts';
import { BackupError } from '../errors.ts';
import { fingerprintBytes } from '../format/chunk-entry.ts';
import { damaged } from '../format/damaged.ts';
import type { Snapshot } from '../format/snapshot-record.ts';
import { TreeCursor } from '../format/tree-cursor.ts';
import { entryTypes } from '../format/tree-entry.ts';
import { ReachableChunks } from './reachable-chunks.ts';

type StoredTree = { readonly fingerprints: Uint8Array; readonly lengthBytes: number };

const hurts: ReadonlySet<string> = new Set(['damaged', 'unknown-format']);

/** Directories asked for in one go: neighbours in a pack come with one request. */
const treesAtOnce = 64;

export class SnapshotMarks {
  readonly chunks = new ReachableChunks();
  readonly #repository: Pick<Repository, 'readChunks'>;
  readonly #onNew: (fingerprints: Uint8Array, at: number) => void;
  /** Fingerprints of trees that are read, or in `#open`; whole, for a tree passed over by mistake would be lost. */
  readonly #seen = new Set<string>();
  #open: StoredTree[] = [];

  /** `onNew` is told of each chunk that is marked, once; the bytes are only lent. */
  constructor(
    repository: Pick<Repository, 'readChunks'>,
    onNew: (fingerprints: Uint8Array, at: number) => void,
  ) {
    this.#repository = repository;
    this.#onNew = onNew;
  }

  /** Rejects with `damaged`, naming the snapshot, when a part of its manifest cannot be read; the marks are of no use then. */
  async add(snapshot: Pick<Snapshot, 'id' | 'root'>, signal?: AbortSignal): Promise<void> {
    this.#push(snapshot.root);
    try {
      while (this.#open.length > 0) {
        signal?.throwIfAborted();
        await this.#read(this.#open.splice(-treesAtOnce), signal);
      }
    } catch (error) {
      this.#open = [];
      if (!(error instanceof BackupError) || !hurts.has(error.code)) throw error;
      throw damaged(`snapshots/${snapshot.id}`, 'its manifest cannot be read', error);
    }
  }

  #push(tree: StoredTree): void {
    const key = Buffer.from(tree.fingerprints).toString('latin1');
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.#mark(tree.fingerprints, 0, tree.fingerprints.length);
    this.#open.push(tree);
  }

  async #read(trees: readonly StoredTree[], signal: AbortSignal | undefined): Promise<void> {
    const wanted = Buffer.concat(trees.map(({ fingerprints }) => fingerprints));
    const pending = trees.values();
    let tree = pending.next().value!;
    let pieces: Uint8Array[] = [];
    for await (const piece of this.#repository.readChunks(wanted, signal && { signal })) {
      pieces.push(piece);
      if (pieces.length * fingerprintBytes < tree.fingerprints.length) continue;
      this.#walk(wholeOf(pieces, tree));
      pieces = [];
      const next = pending.next();
      if (!next.done) tree = next.value;
    }
  }

  #walk(bytes: Uint8Array): void {
    const directories = [bytes];
    for (let next = directories.pop(); next !== undefined; next = directories.pop()) {
      const cursor = new TreeCursor(next, 'a directory');
      while (cursor.next()) {
        if (cursor.type === entryTypes.file) this.#markFile(cursor);
        else if (cursor.type === entryTypes.directory) this.#enter(cursor, directories);
      }
    }
  }

  #markFile({ bytes, fingerprintsStart, chunkCount }: TreeCursor): void {
    this.#mark(bytes, fingerprintsStart, fingerprintsStart + chunkCount * fingerprintBytes);
  }

  #enter(cursor: TreeCursor, directories: Uint8Array[]): void {
    const { lengthBytes, inlineStart } = cursor;
    // Its own memory: the bytes of the directory it is named in are gone when it is read.
    if (cursor.chunkCount > 0) this.#push({ fingerprints: cursor.fingerprints().slice(), lengthBytes });
    else directories.push(cursor.bytes.subarray(inlineStart, inlineStart + lengthBytes));
  }

  #mark(bytes: Uint8Array, start: number, end: number): void {
    for (let at = start; at < end; at += fingerprintBytes) {
      if (this.chunks.add(bytes, at)) this.#onNew(bytes, at);
    }
  }
}

function wholeOf(pieces: readonly Uint8Array[], { lengthBytes }: StoredTree): Uint8Array {
  const bytes = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
  if (bytes.length === lengthBytes) return bytes;
  throw damaged('a directory', `it has ${bytes.length} bytes, not ${lengthBytes}`);
}
