// A directory's bytes as entries, by DESIGN.md, "Manifest".

import assert from 'node:assert/strict';
import { ByteCursor } from './byte-cursor.ts';

const types = ['file', 'directory', 'symlink', 'fifo', 'character', 'block', 'socket'] as const;
const flag = { attributes: 1, link: 2, sparse: 4, mode: 8, owner: 16, unread: 32 };

export type Entry = {
  readonly type: (typeof types)[number];
  /** One character per byte. */
  readonly name: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly inode: bigint;
  readonly isUnread: boolean;
  readonly isSparse: boolean;
  readonly attributes: ReadonlyMap<string, string>;
  /** Entries with the same are one file. */
  readonly link?: string;
  readonly size?: number;
  /** Fingerprints in hex, of a file's contents or of a directory's bytes. */
  readonly chunks?: readonly string[];
  readonly target?: string;
  readonly device?: readonly [number, number];
  readonly summary?: readonly [files: number, directories: number, bytes: number];
  readonly inline?: Buffer;
  readonly directoryBytes?: number;
};

/** What of an entry is told relative to the one before it. */
type Previous = {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly seconds: bigint;
};

export function* readDirectory(bytes: Buffer): Generator<Entry> {
  const cursor = new ByteCursor(bytes);
  let previous: Previous = { mode: 0, uid: 0, gid: 0, seconds: 0n };
  for (let left = cursor.varint(); left > 0; left -= 1) {
    const entry = readEntry(cursor, previous);
    const { mode, uid, gid, mtimeNs } = entry;
    previous = { mode, uid, gid, seconds: secondsOf(mtimeNs) };
    yield entry;
  }
  assert.equal(cursor.left, 0);
}

/** Nanoseconds are from 0 up, so seconds are rounded down. */
function secondsOf(ns: bigint): bigint {
  return (ns - (((ns % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n)) / 1_000_000_000n;
}

function readEntry(cursor: ByteCursor, previous: Previous): Entry {
  const type = types[cursor.byte() - 1]!;
  const flags = cursor.varint();
  const name = cursor.prefixed().toString('latin1');
  const mode = flags & flag.mode ? cursor.varint() : previous.mode;
  const uid = flags & flag.owner ? cursor.varint() : previous.uid;
  const gid = flags & flag.owner ? cursor.varint() : previous.gid;
  const seconds = previous.seconds + cursor.zigzag();
  const mtimeNs = seconds * 1_000_000_000n + cursor.bigVarint();
  const inode = cursor.bigVarint();
  const ctimeNs = (seconds + cursor.zigzag()) * 1_000_000_000n + cursor.bigVarint();
  const link = flags & flag.link ? `${cursor.bigVarint()}:${inode}` : undefined;
  if (link !== undefined) cursor.varint();
  return {
    ...{ type, name, mode, uid, gid, mtimeNs, ctimeNs, inode },
    isUnread: (flags & flag.unread) !== 0,
    isSparse: (flags & flag.sparse) !== 0,
    ...(link !== undefined && { link }),
    attributes: flags & flag.attributes ? readAttributes(cursor) : new Map(),
    ...readRest(cursor, type),
  };
}

function readAttributes(cursor: ByteCursor): Map<string, string> {
  const attributes = new Map<string, string>();
  for (let left = cursor.varint(); left > 0; left -= 1) {
    const name = cursor.prefixed().toString('latin1');
    attributes.set(name, cursor.prefixed().toString('latin1'));
  }
  return attributes;
}

function readRest(cursor: ByteCursor, type: Entry['type']): Partial<Entry> {
  switch (type) {
    case 'file':
      return { size: cursor.varint(), chunks: readFingerprints(cursor, cursor.varint()) };
    case 'symlink':
      return { target: cursor.prefixed().toString('latin1') };
    case 'character':
    case 'block':
      return { device: [cursor.varint(), cursor.varint()] };
    case 'directory':
      return readSubdirectory(cursor);
    default:
      return {};
  }
}

function readSubdirectory(cursor: ByteCursor): Partial<Entry> {
  const summary = [cursor.varint(), cursor.varint(), cursor.varint()] as const;
  const count = cursor.varint();
  if (count > 0) {
    const chunks = readFingerprints(cursor, count);
    return { summary, chunks, directoryBytes: cursor.varint() };
  }
  const inline = cursor.prefixed();
  return { summary, inline, directoryBytes: inline.length };
}

function readFingerprints(cursor: ByteCursor, count: number): string[] {
  return Array.from({ length: count }, () => cursor.bytes(32).toString('hex'));
}
