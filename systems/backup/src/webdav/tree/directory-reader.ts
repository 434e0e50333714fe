// Directories of manifests for many requests at once. Kept are the bytes of those that are stored on their own, up to a bound;
// what lies inline is a view of them. A large directory that is asked for names one after another (a client that copies it) is
// kept decoded, too, so that a name is found by bisection.

import { decodeDirectory, entryAt } from '../../format/decode-directory.ts';
import { TreeCursor } from '../../format/tree-cursor.ts';
import type { TreeEntry, TreeReference } from '../../format/tree-entry.ts';
import { type ChunkSource, DirectoryLoader } from '../../manifest/directory-loader.ts';
import { pathText } from '../../manifest/path-text.ts';
import { referenceOf } from '../../manifest/walk-tree.ts';
import { contentId } from '../../packing/open-pack.ts';
import { WeightedCache } from './weighted-cache.ts';

const MiB = 1024 * 1024;

export type DirectoryReaderLimits = {
  readonly directoryBytesMax: number;
  readonly decodedBytesMax: number;
  /** Directories of fewer entries are searched as they are: that takes less than a tenth of a millisecond. */
  readonly decodedEntriesMin: number;
};

const defaults: DirectoryReaderLimits = {
  directoryBytesMax: 64 * MiB,
  decodedBytesMax: 64 * MiB,
  decodedEntriesMin: 1024,
};

/** An object of each entry, its numbers and its views: 530 were measured for plain files. */
const decodedEntryBytes = 700;

export class DirectoryReader {
  readonly #source: ChunkSource;
  readonly #limits: DirectoryReaderLimits;
  readonly #bytes: WeightedCache<Uint8Array>;
  readonly #decodedKept: WeightedCache<readonly TreeEntry[]>;
  /** Requests that want the same directory wait for one read. */
  readonly #reading = new Map<string, Promise<Uint8Array>>();

  constructor(source: ChunkSource, limits: Partial<DirectoryReaderLimits> = {}) {
    this.#source = source;
    this.#limits = { ...defaults, ...limits };
    this.#bytes = new WeightedCache(this.#limits.directoryBytesMax);
    this.#decodedKept = new WeightedCache(this.#limits.decodedBytesMax);
  }

  /** Entry by entry, in the order of names. `path` is for errors, here and below. Throws `damaged`, `store`. */
  async entries(directory: TreeEntry, path: Uint8Array): Promise<Iterable<TreeEntry>> {
    return decodeDirectory(await this.#bytesOf(referenceOf(directory)), objectName(path));
  }

  /** The entry of that name; undefined when there is none. */
  async find(directory: TreeEntry, name: Uint8Array, path: Uint8Array): Promise<TreeEntry | undefined> {
    const reference = referenceOf(directory);
    const bytes = await this.#bytesOf(reference);
    const cursor = new TreeCursor(bytes, objectName(path));
    if (this.#isKeptDecoded(cursor.count)) return bisect(this.#decoded(reference, bytes, path), name);
    while (cursor.next()) {
      const order = cursor.compareName(name);
      if (order === 0) return entryAt(cursor);
      if (order > 0) return undefined;
    }
    return undefined;
  }

  async #bytesOf(reference: TreeReference): Promise<Uint8Array> {
    if (reference.kind === 'inline') return reference.bytes;
    const key = keyOf(reference);
    return this.#bytes.get(key) ?? this.#reading.get(key) ?? this.#read(key, reference);
  }

  #read(key: string, reference: TreeReference): Promise<Uint8Array> {
    const reading = new DirectoryLoader(this.#source)
      .load(reference)
      .then((bytes) => {
        this.#bytes.set(key, bytes, bytes.length);
        return bytes;
      })
      .finally(() => this.#reading.delete(key));
    this.#reading.set(key, reading);
    return reading;
  }

  #isKeptDecoded(count: number): boolean {
    const { decodedEntriesMin, decodedBytesMax } = this.#limits;
    return count >= decodedEntriesMin && count * decodedEntryBytes <= decodedBytesMax;
  }

  #decoded(reference: TreeReference, bytes: Uint8Array, path: Uint8Array): readonly TreeEntry[] {
    const key = keyOf(reference);
    const kept = this.#decodedKept.get(key);
    if (kept !== undefined) return kept;
    const entries = Array.from(decodeDirectory(bytes, objectName(path)));
    this.#decodedKept.set(key, entries, entries.length * decodedEntryBytes);
    return entries;
  }
}

/** Equal directories are read and decoded once, wherever they lie. */
function keyOf(reference: TreeReference): string {
  return contentId(reference.kind === 'inline' ? reference.bytes : reference.fingerprints);
}

function bisect(entries: readonly TreeEntry[], name: Uint8Array): TreeEntry | undefined {
  let low = 0;
  let high = entries.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const order = Buffer.compare(entries[middle]!.name, name);
    if (order === 0) return entries[middle];
    if (order < 0) low = middle + 1;
    else high = middle - 1;
  }
  return undefined;
}

function objectName(path: Uint8Array): string {
  return `the directory ${path.length === 0 ? '/' : pathText(path)}`;
}
