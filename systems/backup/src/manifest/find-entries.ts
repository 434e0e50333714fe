// Looks for names and paths in snapshots. Snapshots of one machine share most of their directories: what was found below one
// that is stored on its own is remembered, so it is read once however many snapshots have it at the same path; where patterns are names,
// at any path. So a hostile tree of few directories that unfolds to more paths than anybody can walk is soon done with, as long as
// nothing, or not too much, is found in it.

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

type Found = { readonly path: Uint8Array; readonly entry: TreeEntry };
/** `below` is the path within the directory that it was remembered for. */
type Match = { readonly below: Uint8Array; readonly entry: TreeEntry };
/** A directory on the way down: what was found below it is collected to be remembered, until it is too much. */
type Open = { readonly key: string | undefined; readonly path: Uint8Array; found: Found[] | undefined };

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
  const finding = new Finding(source, options);
  for (const snapshot of snapshots)
    for await (const { path, entry } of finding.in(snapshot)) yield { snapshot, path, entry };
}

class Finding {
  readonly #source: ChunkSource;
  readonly #options: FindOptions;
  readonly #remembered: Remembered;
  /** Directories between the root and the place of the walk. */
  #open: Open[] = [];

  constructor(source: ChunkSource, options: FindOptions) {
    this.#source = source;
    this.#options = options;
    this.#remembered = new Remembered({ anywhere: options.patterns.every(({ ofNames }) => ofNames) });
  }

  async *in(snapshot: Snapshot): AsyncIterable<Found> {
    this.#open = [];
    const { signal } = this.#options;
    const enter = (walked: WalkedEntry) => this.#remembered.at(walked) === undefined;
    const tree = openTree(this.#source, snapshot);
    for await (const walked of tree.walk({ enter, leave: true, ...(signal && { signal }) })) {
      if (walked.kind === 'leave') this.#leave();
      else yield* this.#at(walked);
    }
  }

  *#at(walked: WalkedEntry): Iterable<Found> {
    const { patterns, filter } = this.#options;
    const { path, entry } = walked;
    if (matchesAny(patterns, path) && filter?.(entry) !== false)
      yield this.#collect({ path, entry: detachEntry(entry) });
    if (entry.type !== 'directory') return;
    const matches = this.#remembered.at(walked);
    for (const { below, entry: known } of matches ?? [])
      yield this.#collect({ path: Buffer.concat([path, below]), entry: known });
    if (matches === undefined) this.#open.push({ key: this.#remembered.keyOf(walked), path, found: [] });
  }

  #collect(found: Found): Found {
    addTo(this.#open.at(-1), [found]);
    return found;
  }

  #leave(): void {
    const left = this.#open.pop()!;
    this.#remembered.add(left);
    addTo(this.#open.at(-1), left.found);
  }
}

/** Nothing more when it is, or becomes, too much to be remembered. */
function addTo(open: Open | undefined, found: readonly Found[] | undefined): void {
  if (open?.found === undefined) return;
  if (found === undefined || open.found.length + found.length > matchesMax) open.found = undefined;
  else for (const one of found) open.found.push(one);
}

/** What was found below directories that are stored on their own. */
class Remembered {
  readonly #found = new Map<string, readonly Match[]>();
  readonly #anywhere: boolean;
  #matches = 0;

  /** `anywhere`: it does not depend on the path of a directory what is found below it. */
  constructor({ anywhere }: { readonly anywhere: boolean }) {
    this.#anywhere = anywhere;
  }

  at(walked: WalkedEntry): readonly Match[] | undefined {
    const key = this.keyOf(walked);
    return key === undefined ? undefined : this.#found.get(key);
  }

  add({ key, path, found }: Open): void {
    if (key === undefined || found === undefined) return;
    if (this.#found.size >= directoriesMax || this.#matches + found.length > matchesMax) return;
    this.#found.set(
      key,
      found.map(({ path: at, entry }) => ({ below: at.subarray(path.length), entry })),
    );
    this.#matches += found.length;
  }

  /** Undefined for a directory that lies in its parent: to look it up would cost what reading it costs. */
  keyOf(walked: WalkedEntry): string | undefined {
    const tree = referenceOf(walked.entry);
    if (tree.kind === 'inline') return undefined;
    const fingerprints = Buffer.from(tree.fingerprints).toString('latin1');
    return this.#anywhere ? fingerprints : fingerprints + Buffer.from(walked.path).toString('latin1');
  }
}
