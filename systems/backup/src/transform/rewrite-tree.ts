// Makes a tree from another one: entries are kept, dropped or replaced, and only directories in which something changed are
// written anew; all others are taken over by reference, unread where nothing can change below them.

import { keyOf } from '../check/chunk-copies.ts';
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
  /** What becomes of a directory object does not depend on its path: it is read and written once, however many paths lead to it. */
  readonly sameEverywhere: boolean;
};

/** The new root, and counts of what is below it; `unchanged` when it is the old one. */
export type RewrittenTree =
  | { readonly outcome: 'unchanged' }
  | { readonly outcome: 'changed'; readonly root: DirectoryReference; readonly summary: TreeSummary };

/** Of directory objects that were rewritten, in bytes of directories that lie inline where they are referred to. */
const rememberedBytesMax = 64 * 1024 * 1024;
/** Beside its bytes. */
const rememberedBytesEach = 300;

/** Reads and stores one directory at a time, depth first, so memory is that of one path of directories, and what is remembered. */
export async function rewriteTree(root: DirectoryReference, change: TreeChange): Promise<RewrittenTree> {
  const rewriting = new TreeRewriting(change);
  const written = await rewriting.object(root, '');
  if (written === undefined) return { outcome: 'unchanged' };
  const { bytes, summary } = written;
  return { outcome: 'changed', root: await storeDirectory(bytes, change), summary };
}

type DirectoryContent = Extract<TreeEntry['content'], { kind: 'directory' }>;

class TreeRewriting {
  readonly #change: TreeChange;
  /** What directory objects became; undefined where they stay. */
  readonly #remembered = new Map<string, DirectoryContent | undefined>();
  #rememberedBytes = 0;

  constructor(change: TreeChange) {
    this.#change = change;
  }

  /** What a directory object becomes; undefined where it stays. */
  async object(reference: DirectoryReference, path: string): Promise<WrittenDirectory | undefined> {
    const change = this.#change;
    const bytes = await change.read(reference, path);
    if (bytes === undefined) return new TreeWriter().finish();
    await change.prepare?.(bytes);
    const written = await this.#bytes(bytes, path);
    if (written === undefined) change.unchanged?.(reference, path);
    return written;
  }

  async #bytes(bytes: Uint8Array, path: string): Promise<WrittenDirectory | undefined> {
    const cursor = new TreeCursor(bytes, `the directory /${path}`);
    const writer = new TreeWriter();
    let changed = this.#change.storesAll;
    while (cursor.next()) {
      const entry = await this.#entry(cursor, path);
      if (entry === 'keep') writer.appendFrom(cursor);
      else if (entry !== 'drop') writer.append(entry);
      changed ||= entry !== 'keep';
    }
    return changed ? writer.finish() : undefined;
  }

  async #entry(cursor: TreeCursor, above: string): Promise<EntryDecision> {
    const path = above === '' ? nameOf(cursor) : `${above}/${nameOf(cursor)}`;
    const decision = this.#change.decide(cursor, path);
    if (decision !== 'keep' || cursor.type !== entryTypes.directory) return decision;
    if (!this.#change.storesAll && !this.#change.descends(cursor, path)) return 'keep';
    const content = await this.#directory(treeReferenceOf(cursor), path);
    return content === undefined ? 'keep' : { ...entryAt(cursor), content };
  }

  async #directory(tree: TreeReference, path: string): Promise<DirectoryContent | undefined> {
    // Directories that lie inline in each other may be as many as a hostile writer likes: none of them is on the stack when the next begins.
    if (tree.kind === 'inline') await Promise.resolve();
    const key = tree.kind === 'chunks' && this.#change.sameEverywhere ? keyOf(tree.fingerprints) : undefined;
    if (key !== undefined && this.#remembered.has(key)) return this.#remembered.get(key);
    const written =
      tree.kind === 'chunks' ? await this.object(tree, path) : await this.#bytes(tree.bytes, path);
    const content = written && (await this.#contentOf(written));
    if (key !== undefined) this.#remember(key, content);
    return content;
  }

  async #contentOf({ bytes, summary }: WrittenDirectory): Promise<DirectoryContent> {
    const tree: TreeReference =
      bytes.length < directoryBytesInline
        ? { kind: 'inline', bytes }
        : await storeDirectory(bytes, this.#change);
    return { kind: 'directory', summary, tree };
  }

  #remember(key: string, content: DirectoryContent | undefined): void {
    const inlineBytes = content?.tree.kind === 'inline' ? content.tree.bytes.length : 0;
    const bytes = this.#rememberedBytes + rememberedBytesEach + inlineBytes;
    if (bytes > rememberedBytesMax) return;
    this.#rememberedBytes = bytes;
    this.#remembered.set(key, content);
  }
}

async function storeDirectory(bytes: Uint8Array, change: TreeChange): Promise<DirectoryReference> {
  return { kind: 'chunks', fingerprints: await change.store(bytes), lengthBytes: bytes.length };
}

function nameOf(cursor: TreeCursor): string {
  const { bytes, nameStart, nameEnd } = cursor;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1', nameStart, nameEnd);
}
