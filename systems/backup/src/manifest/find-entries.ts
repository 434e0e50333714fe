// Looks for names and paths in snapshots. Snapshots of one machine share most of their directories: what was found below one
// that is stored on its own is remembered, so it is read once however many snapshots have it at the same path.

import type { Snapshot } from '../format/snapshot-record.ts';
import type { TreeEntry } from '../format/tree-entry.ts';
import { detachEntry } from './detach-entry.ts';
import type { ChunkSource } from './directory-loader.ts';
import { matchesAny, type PathPattern } from './path-pattern.ts';
import { openTree } from './read-tree.ts';
import { referenceOf, type WalkedEntry } from './walk-tree.ts';

export type FoundEntry = {
  readonly snapshot: Snapshot;
  readonly path: Uint8Array;
  readonly entry: TreeEntry;
};

export type FindOptions = {
  /** An entry that matches any of them is found; see `compilePathPattern`. */
  readonly patterns: readonly PathPattern[];
  /** Narrows further: by type, size, time. */
  readonly filter?: (entry: TreeEntry) => boolean;
  readonly signal?: AbortSignal;
};

type Match = { readonly path: Uint8Array; readonly entry: TreeEntry };
/** A directory on the way down: what was found below it is collected to be remembered. */
type Open = { readonly key: string | undefined; readonly matches: Match[] };

/** What is remembered at most, over all directories. */
const matchesMax = 100_000;
const directoriesMax = 100_000;

/**
 * Snapshot by snapshot in the order given; within one in the order of the walk. Throws `damaged`.
 *
 * ```ts
 * const patterns = [compilePathPattern('*.key')];
 * for await (const found of findEntries(repository, snapshots, { patterns })) print(found.path);
 * ```
 */
export async function* findEntries(
  source: ChunkSource,
  snapshots: Iterable<Snapshot>,
  options: FindOptions,
): AsyncIterable<FoundEntry> {
  const remembered = new Remembered();
  for (const snapshot of snapshots)
    for await (const match of matchesOf(source, snapshot, options, remembered)) yield { snapshot, ...match };
}

async function* matchesOf(
  source: ChunkSource,
  snapshot: Snapshot,
  { patterns, filter, signal }: FindOptions,
  remembered: Remembered,
): AsyncIterable<Match> {
  const enter = (walked: WalkedEntry) => remembered.at(walked) === undefined;
  const open: Open[] = [];
  for await (const walked of openTree(source, snapshot).walk({
    enter,
    leave: true,
    ...(signal && { signal }),
  })) {
    if (walked.kind === 'leave') {
      remembered.add(open.pop()!, open.at(-1));
      continue;
    }
    const { entry } = walked;
    const found: Match[] = [];
    const path = walked.path;
    if (matchesAny(patterns, path) && filter?.(entry) !== false)
      found.push({ path, entry: detachEntry(entry) });
    const below = entry.type === 'directory' ? remembered.at(walked) : undefined;
    for (const match of below ?? []) found.push(match);
    open.at(-1)?.matches.push(...found);
    yield* found;
    if (entry.type === 'directory' && below === undefined) open.push({ key: keyOf(walked), matches: [] });
  }
}

/** What was found below directories, by path and reference. */
class Remembered {
  readonly #found = new Map<string, readonly Match[]>();
  #matches = 0;

  at(walked: WalkedEntry): readonly Match[] | undefined {
    const key = keyOf(walked);
    return key === undefined ? undefined : this.#found.get(key);
  }

  add({ key, matches }: Open, parent: Open | undefined): void {
    for (const match of matches) parent?.matches.push(match);
    const full = this.#found.size >= directoriesMax || this.#matches + matches.length > matchesMax;
    if (key === undefined || full) return;
    this.#found.set(key, matches);
    this.#matches += matches.length;
  }
}

/** Undefined for a directory that lies in its parent: to look it up would cost what reading it costs. */
function keyOf(walked: WalkedEntry): string | undefined {
  const tree = referenceOf(walked.entry);
  if (tree.kind === 'inline') return undefined;
  const path = Buffer.from(walked.path).toString('latin1');
  return `${Buffer.from(tree.fingerprints).toString('latin1')}${path}`;
}
