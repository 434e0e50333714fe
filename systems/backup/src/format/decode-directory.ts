// The entries of a directory as objects, for readers that keep them. Names, fingerprints, targets, attributes and inline
// directories are views of the directory's bytes.

import { ByteReader } from './byte-reader.ts';
import { TreeCursor } from './tree-cursor.ts';
import {
  type EntryContent,
  type EntryType,
  type ExtendedAttribute,
  entryTypes,
  type TreeEntry,
  type TreeReference,
} from './tree-entry.ts';
import { entryFlags } from './tree-limits.ts';

/**
 * In the order of their names. Throws as `TreeCursor` does, when it comes to what is wrong: `damaged`, naming `object`.
 *
 *   for (const entry of decodeDirectory(bytes, 'the directory /home')) print(entry.name);
 */
export function* decodeDirectory(bytes: Uint8Array, object: string): Generator<TreeEntry, void, undefined> {
  const cursor = new TreeCursor(bytes, object);
  while (cursor.next()) yield entryAt(cursor);
}

/** The entry that the cursor stands on; it stays valid when the cursor moves on. */
export function entryAt(cursor: TreeCursor): TreeEntry {
  return {
    type: entryTypeOf(cursor),
    name: cursor.name(),
    mode: cursor.mode,
    uid: cursor.uid,
    gid: cursor.gid,
    mtime: { seconds: cursor.mtimeSeconds, nanoseconds: cursor.mtimeNanoseconds },
    ctime: { seconds: cursor.ctimeSeconds, nanoseconds: cursor.ctimeNanoseconds },
    inode: BigInt(cursor.inode),
    ...hardLinkOf(cursor),
    ...attributesOf(cursor),
    content: contentOf(cursor),
  };
}

export function entryTypeOf(cursor: TreeCursor): EntryType {
  return types[cursor.type] as EntryType;
}

/** Where the bytes of the directory lie that the cursor stands on. */
export function treeReferenceOf(cursor: TreeCursor): TreeReference {
  if (cursor.chunkCount > 0) {
    return { kind: 'chunks', fingerprints: cursor.fingerprints(), lengthBytes: cursor.lengthBytes };
  }
  const { inlineStart, lengthBytes } = cursor;
  return { kind: 'inline', bytes: cursor.bytes.subarray(inlineStart, inlineStart + lengthBytes) };
}

function hardLinkOf(cursor: TreeCursor): Pick<TreeEntry, 'hardLink'> {
  if ((cursor.flags & entryFlags.hardLink) === 0) return {};
  return { hardLink: { device: BigInt(cursor.device), links: cursor.links } };
}

function attributesOf(cursor: TreeCursor): Pick<TreeEntry, 'extendedAttributes'> {
  if ((cursor.flags & entryFlags.extendedAttributes) === 0) return {};
  const reader = new ByteReader(cursor.bytes, 'extended attributes', cursor.attributesStart);
  const attributes: ExtendedAttribute[] = [];
  for (let left = reader.varint(); left > 0; left -= 1) {
    const name = reader.view(reader.varint());
    attributes.push({ name, value: reader.view(reader.varint()) });
  }
  return { extendedAttributes: attributes };
}

function contentOf(cursor: TreeCursor): EntryContent {
  switch (cursor.type) {
    case entryTypes.file:
      return fileOf(cursor);
    case entryTypes.directory:
      return { kind: 'directory', summary: summaryOf(cursor), tree: treeReferenceOf(cursor) };
    case entryTypes.symlink:
      return { kind: 'symlink', target: cursor.bytes.subarray(cursor.targetStart, cursor.targetEnd) };
    case entryTypes['character-device']:
    case entryTypes['block-device']:
      return { kind: 'device', major: cursor.major, minor: cursor.minor };
    default:
      return { kind: 'none' };
  }
}

function fileOf(cursor: TreeCursor): EntryContent {
  return {
    kind: 'file',
    sizeBytes: cursor.sizeBytes,
    sparse: (cursor.flags & entryFlags.sparse) !== 0,
    readable: (cursor.flags & entryFlags.unreadable) === 0,
    fingerprints: cursor.fingerprints(),
  };
}

function summaryOf(cursor: TreeCursor) {
  return { files: cursor.filesBelow, directories: cursor.directoriesBelow, bytes: cursor.bytesBelow };
}

const types: readonly (EntryType | undefined)[] = typesByCode();

function typesByCode(): (EntryType | undefined)[] {
  const byCode: (EntryType | undefined)[] = [];
  for (const [type, code] of Object.entries(entryTypes)) byCode[code] = type as EntryType;
  return byCode;
}
