// Walks a manifest depth first, in the order of names' bytes. Only the directories between the root and the place of the
// walk are held, as bytes; entries are decoded one by one.

import { damaged } from '../format/damaged.ts';
import { entryAt } from '../format/decode-directory.ts';
import { TreeCursor } from '../format/tree-cursor.ts';
import { entryTypes, type TreeEntry, type TreeReference } from '../format/tree-entry.ts';
import { directoryDepthMax } from '../limits.ts';
import { type DirectoryLoader, directoriesAhead } from './directory-loader.ts';
import { joinPath } from './join-path.ts';
import { pathText } from './path-text.ts';

export type WalkOptions = {
  /** Called for each directory before it is read: false leaves out what is below it. May be called twice for one. */
  readonly enter?: (directory: WalkedEntry) => boolean;
  /** With it, a directory that cannot be read is told and passed over; without it, the walk throws. */
  readonly onDamage?: (directory: WalkedEntry, error: unknown) => void;
  /** Directories that are entered come a second time, as `leave`, when all below them came or could not be read. */
  readonly leave?: boolean;
  readonly signal?: AbortSignal;
};

/** A batch ends with the directory in which it becomes this long. */
const batchEntriesMax = 256;

export class WalkedEntry {
  /** `entry`, or `leave` for a directory whose contents are through. */
  readonly kind: 'entry' | 'leave';
  readonly entry: TreeEntry;
  /** The path of the directory it lies in; that of the root is empty. */
  readonly directory: Uint8Array;

  constructor(kind: 'entry' | 'leave', entry: TreeEntry, directory: Uint8Array) {
    this.kind = kind;
    this.entry = entry;
    this.directory = directory;
  }

  /** Absolute, made anew at each call. */
  get path(): Uint8Array {
    return joinPath(this.directory, this.entry.name);
  }
}

type Frame = {
  readonly walked: WalkedEntry | undefined;
  readonly path: Uint8Array;
  readonly cursor: TreeCursor;
  /** Directories of it that are stored on their own and not reached yet, first one last. */
  readonly ahead: WalkedEntry[];
};

/** Everything below `root`, whose path is `path`; `root` itself does not come. */
export async function* walkTree(
  loader: DirectoryLoader,
  root: TreeReference,
  path: Uint8Array,
  options: WalkOptions = {},
): AsyncIterable<WalkedEntry> {
  for await (const batch of walkTreeBatches(loader, root, path, options)) yield* batch;
}

/**
 * The same, some entries at a time, which costs less. A directory that is about to be entered is the last of its batch, so
 * `enter` may depend on what became of it.
 */
export async function* walkTreeBatches(
  loader: DirectoryLoader,
  root: TreeReference,
  path: Uint8Array,
  options: WalkOptions = {},
): AsyncIterable<readonly WalkedEntry[]> {
  const stack: Frame[] = [openFrame(await loader.load(root), path, undefined)];
  let batch: WalkedEntry[] = [];
  for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
    const directory = readFrame(frame, batch);
    if (directory === undefined) {
      stack.pop();
      if (options.leave === true && frame.walked !== undefined) batch.push(left(frame.walked));
      if (batch.length < batchEntriesMax) continue;
    }
    yield batch;
    batch = [];
    options.signal?.throwIfAborted();
    if (directory === undefined) continue;
    dropReached(frame, directory);
    if (options.enter?.(directory) === false) continue;
    const below = await enter(loader, stack, directory, options);
    if (below !== undefined) stack.push(below);
    else if (options.leave === true) batch.push(left(directory));
  }
  if (batch.length > 0) yield batch;
}

/** Entries up to the next directory, which is the last; undefined when there is none any more. */
function readFrame({ cursor, path }: Frame, batch: WalkedEntry[]): WalkedEntry | undefined {
  while (cursor.next()) {
    const walked = new WalkedEntry('entry', entryAt(cursor), path);
    batch.push(walked);
    if (cursor.type === entryTypes.directory) return walked;
  }
  return undefined;
}

function left({ entry, directory }: WalkedEntry): WalkedEntry {
  return new WalkedEntry('leave', entry, directory);
}

async function enter(
  loader: DirectoryLoader,
  stack: readonly Frame[],
  walked: WalkedEntry,
  options: WalkOptions,
): Promise<Frame | undefined> {
  const reference = referenceOf(walked.entry);
  try {
    // Of what is deeper each path would take as much memory as a directory.
    if (stack.length > directoryDepthMax)
      throw damaged('a directory', `it lies more than ${directoryDepthMax} directories deep`);
    const bytes = loader.take(reference) ?? (await loader.load(reference, nextOnes(stack, options)));
    return openFrame(bytes, walked.path, walked);
  } catch (error) {
    if (options.onDamage === undefined || options.signal?.aborted) throw error;
    options.onDamage(walked, error);
    return undefined;
  }
}

/** One pass over the bytes, which is cheap, checks all of the directory before any of it is used. */
function openFrame(bytes: Uint8Array, path: Uint8Array, walked: WalkedEntry | undefined): Frame {
  const object = `the directory ${pathText(path.length === 0 ? Uint8Array.of(0x2f) : path)}`;
  const ahead: WalkedEntry[] = [];
  for (const cursor = new TreeCursor(bytes, object); cursor.next(); )
    if (cursor.type === entryTypes.directory && cursor.chunkCount > 0)
      ahead.push(new WalkedEntry('entry', entryAt(cursor), path));
  return { walked, path, cursor: new TreeCursor(bytes, object), ahead: ahead.reverse() };
}

function dropReached(frame: Frame, walked: WalkedEntry): void {
  const next = frame.ahead.at(-1);
  if (next !== undefined && Buffer.compare(next.entry.name, walked.entry.name) === 0) frame.ahead.pop();
}

/** The directories stored on their own that the walk comes to next, nearest first, as far as they are known. */
function nextOnes(stack: readonly Frame[], options: WalkOptions): readonly TreeReference[] {
  const next: TreeReference[] = [];
  for (const frame of stack.toReversed())
    for (const walked of frame.ahead.toReversed()) {
      if (next.length + 1 >= directoriesAhead) return next;
      if (options.enter?.(walked) !== false) next.push(referenceOf(walked.entry));
    }
  return next;
}

export function referenceOf(directory: TreeEntry): TreeReference {
  if (directory.content.kind !== 'directory') throw new TypeError('a directory was expected');
  return directory.content.tree;
}
