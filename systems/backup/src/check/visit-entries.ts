// Walks a directory object's bytes: its entries and those of directories that lie inline in it.

import { TreeCursor } from '../format/tree-cursor.ts';
import { entryTypes } from '../format/tree-entry.ts';

/**
 * Calls `visit` for each entry, a directory before what is in it; `above` is the path within the object, one character a
 * byte, empty or ending in `/`. The cursor's fields hold during the call. Throws `damaged`, naming `object`.
 */
export function visitEntries(
  bytes: Uint8Array,
  object: string,
  visit: (cursor: TreeCursor, above: string) => void,
): void {
  // No recursion: a hostile directory may have as many within each other as it has bytes to name them.
  const open = [{ cursor: new TreeCursor(bytes, object), above: '' }];
  for (let last = open.at(-1); last !== undefined; last = open.at(-1)) {
    const { cursor, above } = last;
    if (!cursor.next()) {
      open.pop();
      continue;
    }
    visit(cursor, above);
    if (!isInlineDirectory(cursor)) continue;
    const inline = cursor.bytes.subarray(cursor.inlineStart, cursor.inlineStart + cursor.lengthBytes);
    open.push({ cursor: new TreeCursor(inline, object), above: `${above}${nameOf(cursor)}/` });
  }
}

/** The fingerprints of all files of a directory object, inline directories included: n x 32 bytes. */
export function fileChunks(bytes: Uint8Array): Uint8Array {
  const fingerprints: Uint8Array[] = [];
  visitEntries(bytes, 'a directory', (cursor) => {
    if (isFile(cursor)) fingerprints.push(cursor.fingerprints());
  });
  return Buffer.concat(fingerprints);
}

/** One character a byte. */
export function nameOf(cursor: TreeCursor): string {
  return Buffer.from(cursor.bytes.buffer, cursor.bytes.byteOffset, cursor.bytes.byteLength).toString(
    'latin1',
    cursor.nameStart,
    cursor.nameEnd,
  );
}

export function isFile(cursor: TreeCursor): boolean {
  return cursor.type === entryTypes.file;
}

/** A directory whose bytes are an object of their own. */
export function isLinkedDirectory(cursor: TreeCursor): boolean {
  return cursor.type === entryTypes.directory && cursor.chunkCount > 0;
}

function isInlineDirectory(cursor: TreeCursor): boolean {
  return cursor.type === entryTypes.directory && cursor.chunkCount === 0;
}
