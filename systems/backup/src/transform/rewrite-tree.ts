// Makes a tree from another one: entries are kept, dropped or replaced, and only directories in which something changed are
// written anew; all others are taken over by reference, unread where nothing can change below them.

import { entryAt, treeReferenceOf } from '../format/decode-directory.ts';
import { TreeCursor } from '../format/tree-cursor.ts';
import { entryTypes, type TreeEntry, type TreeReference, type TreeSummary } from '../format/tree-entry.ts';
import { TreeWriter, type WrittenDirectory } from '../format/tree-writer.ts';
import { directoryBytesInline } from '../limits.ts';

export type DirectoryReference = Extract<TreeReference, { kind: 'chunks' }>;
export type EntryDecision = 'keep' | 'drop' | TreeEntry;

/** Paths have one character a byte, and neither begin nor end with `/`; the root's is empty. */
export type TreeChange = {
  /** What becomes of an entry. The cursor's fields hold during the call. */
  decide(cursor: TreeCursor, path: string): EntryDecision;
  /** Whether anything may change below a directory that is kept; false takes it over as it is. */
  descends(cursor: TreeCursor, path: string): boolean;
  /** The bytes of a directory object; undefined where they cannot be read, then it becomes an empty directory. */
  read(reference: DirectoryReference, path: string): Promise<Uint8Array | undefined>;
  /** Before the entries of a directory object are decided, with all those that lie inline in it. */
  prepare?(bytes: Uint8Array): Promise<void>;
  /** Stores the bytes of a directory as chunks and gives their fingerprints. */
  store(bytes: Uint8Array): Promise<Uint8Array>;
  /** Nothing changed in or below a directory object. */
  unchanged?(reference: DirectoryReference, path: string): void;
  /** Directories are stored where nothing changed, too: the tree goes to another repository. */
  readonly storesAll: boolean;
};

/** The new root, and counts of what is below it; `unchanged` when it is the old one. */
export type RewrittenTree =
  | { readonly outcome: 'unchanged' }
  | { readonly outcome: 'changed'; readonly root: DirectoryReference; readonly summary: TreeSummary };

/** Reads and stores one directory at a time, depth first, so memory is that of one path of directories. */
export async function rewriteTree(root: DirectoryReference, change: TreeChange): Promise<RewrittenTree> {
  const written = await rewriteObject(root, '', change);
  if (written === undefined) return { outcome: 'unchanged' };
  const { bytes, summary } = written;
  return { outcome: 'changed', root: await storeDirectory(bytes, change), summary };
}

/** What a directory object becomes; undefined where it stays. */
async function rewriteObject(
  reference: DirectoryReference,
  path: string,
  change: TreeChange,
): Promise<WrittenDirectory | undefined> {
  const bytes = await change.read(reference, path);
  if (bytes === undefined) return new TreeWriter().finish();
  await change.prepare?.(bytes);
  const written = await rewriteBytes(bytes, path, change);
  if (written === undefined) change.unchanged?.(reference, path);
  return written;
}

async function rewriteBytes(
  bytes: Uint8Array,
  path: string,
  change: TreeChange,
): Promise<WrittenDirectory | undefined> {
  const cursor = new TreeCursor(bytes, `the directory /${path}`);
  const writer = new TreeWriter();
  let changed = change.storesAll;
  while (cursor.next()) {
    const entry = await rewriteEntry(cursor, path, change);
    if (entry === 'keep') writer.appendFrom(cursor);
    else if (entry !== 'drop') writer.append(entry);
    changed ||= entry !== 'keep';
  }
  return changed ? writer.finish() : undefined;
}

async function rewriteEntry(cursor: TreeCursor, above: string, change: TreeChange): Promise<EntryDecision> {
  const path = above === '' ? nameOf(cursor) : `${above}/${nameOf(cursor)}`;
  const decision = change.decide(cursor, path);
  if (decision !== 'keep' || cursor.type !== entryTypes.directory) return decision;
  if (!change.storesAll && !change.descends(cursor, path)) return 'keep';
  const entry = entryAt(cursor);
  const tree = treeReferenceOf(cursor);
  const written =
    tree.kind === 'chunks'
      ? await rewriteObject(tree, path, change)
      : await rewriteBytes(tree.bytes, path, change);
  if (written === undefined) return 'keep';
  const content = { kind: 'directory', summary: written.summary } as const;
  return { ...entry, content: { ...content, tree: await placeDirectory(written.bytes, change) } };
}

async function placeDirectory(bytes: Uint8Array, change: TreeChange): Promise<TreeReference> {
  return bytes.length < directoryBytesInline ? { kind: 'inline', bytes } : storeDirectory(bytes, change);
}

async function storeDirectory(bytes: Uint8Array, change: TreeChange): Promise<DirectoryReference> {
  return { kind: 'chunks', fingerprints: await change.store(bytes), lengthBytes: bytes.length };
}

function nameOf(cursor: TreeCursor): string {
  const { bytes, nameStart, nameEnd } = cursor;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1', nameStart, nameEnd);
}
