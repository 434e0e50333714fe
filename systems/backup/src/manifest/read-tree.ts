// A snapshot's tree: one path, one directory, or all of it (DESIGN.md, "Manifest").

import { decodeDirectory } from '../format/decode-directory.ts';
import type { Snapshot } from '../format/snapshot-record.ts';
import type { TreeEntry, TreeReference } from '../format/tree-entry.ts';
import { type ChunkSource, DirectoryLoader } from './directory-loader.ts';
import { joinPath, namesOf } from './join-path.ts';
import { pathText } from './path-text.ts';
import { referenceOf, type WalkedEntry, type WalkOptions, walkTree, walkTreeBatches } from './walk-tree.ts';

export type SnapshotTree = {
  /** The root as a directory: no name, mode 0755, the snapshot's time. */
  readonly root: TreeEntry;
  /** What lies at an absolute path; undefined when there is nothing. Symlinks are not followed; `..` is a name as any. */
  resolve(path: Uint8Array): Promise<TreeEntry | undefined>;
  /** The entries of a directory of this tree, in the order of their names' bytes. `path` is for errors. */
  entries(directory: TreeEntry, path?: Uint8Array): Promise<readonly TreeEntry[]>;
  /** Everything below `start` (the root, where there is none), depth first; `start` itself does not come. */
  walk(options?: WalkOptions & { readonly start?: WalkStart }): AsyncIterable<WalkedEntry>;
  /** The same, some entries at a time, which costs less; see `walkTreeBatches`. */
  walkBatches(options?: WalkOptions & { readonly start?: WalkStart }): AsyncIterable<readonly WalkedEntry[]>;
};

/** A directory of the tree and its absolute path. */
export type WalkStart = { readonly directory: TreeEntry; readonly path: Uint8Array };

/**
 * Reads nothing yet. All that is read throws `damaged`, naming the directory, where a chunk or the bytes of a directory are
 * hurt.
 *
 * ```ts
 * const tree = openTree(repository, snapshot);
 * for await (const { path, entry } of tree.walk()) console.log(pathText(path), entry.mode);
 * ```
 */
export function openTree(
  source: ChunkSource,
  snapshot: Pick<Snapshot, 'root' | 'time' | 'summary'>,
): SnapshotTree {
  const root = rootEntry(snapshot);
  const whole: WalkStart = { directory: root, path: new Uint8Array() };
  const loader = () => new DirectoryLoader(source);
  const entries = async (directory: TreeEntry, path = new Uint8Array()) =>
    Array.from(decodeDirectory(await loader().load(referenceOf(directory)), objectName(path)));
  return {
    root,
    entries,
    resolve: (path) => resolve(root, path, entries),
    walk: ({ start = whole, ...options } = {}) => walkTree(loader(), ...from(start), options),
    walkBatches: ({ start = whole, ...options } = {}) => walkTreeBatches(loader(), ...from(start), options),
  };
}

function from({ directory, path }: WalkStart): [TreeReference, Uint8Array] {
  return [referenceOf(directory), path.length === 1 ? new Uint8Array() : path];
}

async function resolve(
  root: TreeEntry,
  path: Uint8Array,
  entriesOf: SnapshotTree['entries'],
): Promise<TreeEntry | undefined> {
  let place: TreeEntry | undefined = root;
  let walked: Uint8Array = new Uint8Array();
  for (const name of namesOf(path)) {
    if (place?.content.kind !== 'directory') return undefined;
    const entries: readonly TreeEntry[] = await entriesOf(place, walked);
    place = entries[indexOfName(entries, name)];
    walked = joinPath(walked, name);
  }
  return place;
}

/** -1 when there is none. */
function indexOfName(entries: readonly TreeEntry[], name: Uint8Array): number {
  let low = 0;
  let high = entries.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const order = Buffer.compare(entries[middle]!.name, name);
    if (order === 0) return middle;
    if (order < 0) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

function rootEntry({ root, time, summary }: Pick<Snapshot, 'root' | 'time' | 'summary'>): TreeEntry {
  const seconds = Math.floor(Date.parse(time) / 1000);
  const taken = { seconds: Number.isFinite(seconds) ? seconds : 0, nanoseconds: 0 };
  const below = { files: summary.files, directories: summary.directories, bytes: summary.bytes };
  return {
    type: 'directory',
    name: new Uint8Array(),
    mode: 0o755,
    uid: 0,
    gid: 0,
    mtime: taken,
    ctime: taken,
    inode: 0n,
    content: { kind: 'directory', summary: below, tree: root },
  };
}

function objectName(path: Uint8Array): string {
  return `the directory ${path.length === 0 ? '/' : pathText(path)}`;
}
