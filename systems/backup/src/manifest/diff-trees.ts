// What differs between two trees. Both are gone through side by side by name; directories with equal references, and inline
// ones with equal bytes, are the same and not read. Nor is a pair a second time that turned out not to differ in anything that counts:
// of hostile trees that unfold to more paths than anybody can walk, it takes no more time than there are directories, or differences.

import { decodeDirectory } from '../format/decode-directory.ts';
import type { TreeEntry, TreeReference } from '../format/tree-entry.ts';
import { compareEntries, type EntryDifference, sameReference } from './compare-entries.ts';
import { type ChunkSource, DirectoryLoader } from './directory-loader.ts';
import { joinPath } from './join-path.ts';
import { pathText } from './path-text.ts';
import { referenceOf, walkTree } from './walk-tree.ts';

export type TreeChange =
  | { readonly kind: 'added'; readonly path: Uint8Array; readonly after: TreeEntry }
  | { readonly kind: 'removed'; readonly path: Uint8Array; readonly before: TreeEntry }
  /** `type`: another type of file. `content`: other bytes, target or device. `metadata`: mode, owner, mtime, attributes. */
  | {
      readonly kind: EntryDifference;
      readonly path: Uint8Array;
      readonly before: TreeEntry;
      readonly after: TreeEntry;
    };

export type DiffOptions = {
  /** Absolute path of the two directories; the root when absent. */
  readonly path?: Uint8Array;
  readonly signal?: AbortSignal;
};

/** Of one name, on one side or both, where the sides differ. */
type Pair = { readonly before: TreeEntry | undefined; readonly after: TreeEntry | undefined };
type Frame = {
  readonly path: Uint8Array;
  readonly pairs: readonly Pair[];
  next: number;
  /** Of the two directories, where both are stored on their own. */
  readonly key: string | undefined;
  /** Whether anything in or below them was told. */
  differs: boolean;
};
/** Pairs of directories that are remembered. */
const sameMax = 100_000;

type Loaders = { readonly before: DirectoryLoader; readonly after: DirectoryLoader };

/**
 * Changes between two directories in the order of paths, a directory before what is below it; all that lies below an added
 * or removed one is told, too. Throws `damaged`.
 */
export async function* diffTrees(
  source: ChunkSource,
  before: TreeEntry,
  after: TreeEntry,
  { path = new Uint8Array(), signal }: DiffOptions = {},
): AsyncIterable<TreeChange> {
  const loaders = { before: new DirectoryLoader(source), after: new DirectoryLoader(source) };
  const stack: Frame[] = [];
  const same = new Set<string>();
  if (sameReference(referenceOf(before), referenceOf(after))) return;
  stack.push(await openFrame(loaders, { before, after }, path.length === 1 ? new Uint8Array() : path, stack));
  for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
    const pair = frame.pairs[frame.next];
    frame.next += 1;
    if (pair === undefined) {
      stack.pop();
      const above = stack.at(-1);
      if (above !== undefined && frame.differs) above.differs = true;
      else if (!frame.differs && frame.key !== undefined && same.size < sameMax) same.add(frame.key);
      continue;
    }
    signal?.throwIfAborted();
    const name = joinPath(frame.path, (pair.before ?? pair.after)!.name);
    for await (const change of changesOf(loaders, pair, name)) {
      frame.differs = true;
      yield change;
    }
    if (bothOpen(pair) && !same.has(keyOf(pair) ?? ''))
      stack.push(await openFrame(loaders, pair, name, stack));
  }
}

/** Undefined where one lies in its parent: to look it up would cost what reading it costs. */
function keyOf({ before, after }: Pair): string | undefined {
  const trees = [referenceOf(before!), referenceOf(after!)];
  const keys = trees.flatMap((tree) =>
    tree.kind === 'chunks' ? [Buffer.from(tree.fingerprints).toString('latin1')] : [],
  );
  return keys.length === trees.length ? keys.join('\n') : undefined;
}

async function* changesOf(
  loaders: Loaders,
  { before, after }: Pair,
  path: Uint8Array,
): AsyncIterable<TreeChange> {
  const kind = before !== undefined && after !== undefined ? compareEntries(before, after) : 'type';
  if (kind === undefined) return;
  if (before !== undefined && after !== undefined) yield { kind, path, before, after };
  if (kind !== 'type') return;
  const both = before !== undefined && after !== undefined;
  if (before !== undefined) yield* subtree(loaders.before, before, path, both, 'removed');
  if (after !== undefined) yield* subtree(loaders.after, after, path, both, 'added');
}

async function* subtree(
  loader: DirectoryLoader,
  top: TreeEntry,
  path: Uint8Array,
  topIsTold: boolean,
  kind: 'added' | 'removed',
): AsyncIterable<TreeChange> {
  const change = (at: Uint8Array, entry: TreeEntry): TreeChange =>
    kind === 'added' ? { kind, path: at, after: entry } : { kind, path: at, before: entry };
  if (!topIsTold) yield change(path, top);
  if (top.content.kind !== 'directory') return;
  for await (const below of walkTree(loader, referenceOf(top), path)) yield change(below.path, below.entry);
}

async function openFrame(
  loaders: Loaders,
  { before, after }: Pair,
  path: Uint8Array,
  stack: readonly Frame[],
): Promise<Frame> {
  const object = `the directory ${path.length === 0 ? '/' : pathText(path)}`;
  const [left, right] = await Promise.all([
    loaders.before.load(referenceOf(before!), nextOnes(stack, 'before')),
    loaders.after.load(referenceOf(after!), nextOnes(stack, 'after')),
  ]);
  return {
    path,
    next: 0,
    key: keyOf({ before, after }),
    differs: false,
    pairs: [...differing(decodeDirectory(left, object), decodeDirectory(right, object))],
  };
}

/** The pairs of names that are not the same on both sides. */
function* differing(left: Iterator<TreeEntry>, right: Iterator<TreeEntry>): Iterable<Pair> {
  let before: TreeEntry | undefined = left.next().value;
  let after: TreeEntry | undefined = right.next().value;
  while (before !== undefined || after !== undefined) {
    const order = orderOf(before, after);
    const pair = { before: order <= 0 ? before : undefined, after: order >= 0 ? after : undefined };
    if (order !== 0 || bothOpen(pair) || compareEntries(pair.before!, pair.after!) !== undefined) yield pair;
    if (order <= 0) before = left.next().value;
    if (order >= 0) after = right.next().value;
  }
}

function orderOf(before: TreeEntry | undefined, after: TreeEntry | undefined): number {
  if (before === undefined) return 1;
  return after === undefined ? -1 : Buffer.compare(before.name, after.name);
}

/** Two directories that may differ below. */
function bothOpen({ before, after }: Pair): boolean {
  if (before?.content.kind !== 'directory' || after?.content.kind !== 'directory') return false;
  return !sameReference(before.content.tree, after.content.tree);
}

function nextOnes(stack: readonly Frame[], side: 'before' | 'after'): readonly TreeReference[] {
  return stack
    .toReversed()
    .flatMap((frame) => frame.pairs.slice(frame.next, frame.next + 64))
    .filter(bothOpen)
    .map((pair) => referenceOf(pair[side]!));
}
