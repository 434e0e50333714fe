// Builds the bytes of one directory (DESIGN.md, "Manifest") from entries in the order of their names, and counts what lies below
// it. Mode, owner and mtime are written relative to the entry before, starting anew in each directory, so the bytes of a
// directory do not depend on where it lies. An entry of another directory is copied: as it is where its predecessor said the
// same, else with a new head; what follows the mtime's seconds never depends on the predecessor.

import assert from 'node:assert/strict';
import { ByteWriter } from './byte-writer.ts';
import { checkEntry } from './check-entry.ts';
import { fingerprintBytes } from './chunk-entry.ts';
import { compareRanges, isEntryName } from './entry-name.ts';
import type { TreeCursor } from './tree-cursor.ts';
import { type EntryContent, entryTypes, type TreeEntry, type TreeSummary } from './tree-entry.ts';
import { entryFlags, nameBytesHighest } from './tree-limits.ts';

export type WrittenDirectory = {
  /** Its own memory. */
  readonly bytes: Buffer;
  readonly summary: TreeSummary;
};

type Head = {
  readonly type: number;
  readonly flags: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtimeSeconds: number;
};

export class TreeWriter {
  readonly #writer = new ByteWriter(1024);
  #count = 0;
  #nameStart = 0;
  #nameEnd = 0;
  #mode = 0;
  #uid = 0;
  #gid = 0;
  #mtimeSeconds = 0;
  #files = 0;
  #directories = 0;
  #bytesBelow = 0;

  /** Entries written since the last `finish`. */
  get count(): number {
    return this.#count;
  }

  /** Of their bytes: what `finish` gives is longer by the count in front. */
  get sizeBytes(): number {
    return this.#writer.length;
  }

  /** Its name must sort behind that of the entry before. */
  append(entry: TreeEntry): void {
    this.#writeHead(headOf(entry), entry.name);
    this.#writeTail(entry);
    this.#countContent(entry.content);
  }

  /** The entry that the cursor stands on, under its own name. */
  appendFrom(cursor: TreeCursor): void {
    if (this.#agreesWith(cursor)) this.#copyWhole(cursor);
    else this.#copyTail(cursor);
    this.#countCursor(cursor);
  }

  /** The directory's bytes; then the writer is empty, for the next one. */
  finish(): WrittenDirectory {
    const count = new ByteWriter(8);
    count.varint(this.#count);
    const bytes = Buffer.concat([count.view(), this.#writer.view()]);
    const summary = { files: this.#files, directories: this.#directories, bytes: this.#bytesBelow };
    this.#reset();
    return { bytes, summary };
  }

  #reset(): void {
    this.#writer.clear();
    this.#remember({ type: 0, flags: 0, mode: 0, uid: 0, gid: 0, mtimeSeconds: 0 });
    this.#count = 0;
    this.#files = 0;
    this.#directories = 0;
    this.#bytesBelow = 0;
  }

  #agreesWith(cursor: TreeCursor): boolean {
    return (
      cursor.previousMode === this.#mode &&
      cursor.previousUid === this.#uid &&
      cursor.previousGid === this.#gid &&
      cursor.previousMtimeSeconds === this.#mtimeSeconds
    );
  }

  #copyWhole(cursor: TreeCursor): void {
    const at = this.#writer.length - cursor.entryStart;
    this.#writer.raw(cursor.bytes.subarray(cursor.entryStart, cursor.entryEnd));
    this.#follow(cursor.nameStart + at, cursor.nameEnd + at);
    this.#remember(cursor);
  }

  #copyTail(cursor: TreeCursor): void {
    this.#writeHead(cursor, cursor.name());
    this.#writer.raw(cursor.bytes.subarray(cursor.tailStart, cursor.entryEnd));
  }

  #writeHead(head: Head, name: Uint8Array): void {
    const writer = this.#writer;
    const modeDiffers = head.mode !== this.#mode;
    const ownerDiffers = head.uid !== this.#uid || head.gid !== this.#gid;
    const differences = entryFlags.modeDiffers | entryFlags.ownerDiffers;
    writer.byte(head.type);
    writer.varint(
      (head.flags & ~differences) |
        (modeDiffers ? entryFlags.modeDiffers : 0) |
        (ownerDiffers ? entryFlags.ownerDiffers : 0),
    );
    writer.string(name);
    this.#follow(writer.length - name.length, writer.length);
    if (modeDiffers) writer.varint(head.mode);
    if (ownerDiffers) {
      writer.varint(head.uid);
      writer.varint(head.gid);
    }
    writer.zigzag(head.mtimeSeconds - this.#mtimeSeconds);
    this.#remember(head);
  }

  /** The name that was written just now: one, and behind the last. */
  #follow(start: number, end: number): void {
    const written = this.#writer.view();
    assert(end - start <= nameBytesHighest && isEntryName(written, start, end), 'not a name of an entry');
    const ascends =
      this.#count === 0 || compareRanges(written, this.#nameStart, this.#nameEnd, written, start, end) < 0;
    assert(ascends, 'entries must come in the order of their names');
    this.#nameStart = start;
    this.#nameEnd = end;
    this.#count += 1;
  }

  #remember(head: Head): void {
    this.#mode = head.mode;
    this.#uid = head.uid;
    this.#gid = head.gid;
    this.#mtimeSeconds = head.mtimeSeconds;
  }

  #writeTail(entry: TreeEntry): void {
    const writer = this.#writer;
    writer.varint(entry.mtime.nanoseconds);
    writer.wideVarint(entry.inode);
    writer.zigzag(entry.ctime.seconds - entry.mtime.seconds);
    writer.varint(entry.ctime.nanoseconds);
    if (entry.hardLink !== undefined) {
      writer.wideVarint(entry.hardLink.device);
      writer.varint(entry.hardLink.links);
    }
    this.#writeAttributes(entry);
    this.#writeContent(entry.content);
  }

  #writeAttributes(entry: TreeEntry): void {
    const attributes = entry.extendedAttributes ?? [];
    if (attributes.length === 0) return;
    this.#writer.varint(attributes.length);
    for (const { name, value } of attributes) {
      this.#writer.string(name);
      this.#writer.string(value);
    }
  }

  #writeContent(content: EntryContent): void {
    const writer = this.#writer;
    if (content.kind === 'symlink') writer.string(content.target);
    else if (content.kind === 'device') {
      writer.varint(content.major);
      writer.varint(content.minor);
    } else if (content.kind === 'file') {
      writer.varint(content.sizeBytes);
      this.#writeFingerprints(content.fingerprints);
    } else if (content.kind === 'directory') this.#writeDirectory(content);
  }

  #writeDirectory({ summary, tree }: Extract<EntryContent, { kind: 'directory' }>): void {
    const writer = this.#writer;
    writer.varint(summary.files);
    writer.varint(summary.directories);
    writer.varint(summary.bytes);
    if (tree.kind === 'chunks') {
      this.#writeFingerprints(tree.fingerprints);
      writer.varint(tree.lengthBytes);
    } else {
      writer.varint(0);
      writer.string(tree.bytes);
    }
  }

  #writeFingerprints(fingerprints: Uint8Array): void {
    assert(fingerprints.length % fingerprintBytes === 0, 'a fingerprint has 32 bytes');
    this.#writer.varint(fingerprints.length / fingerprintBytes);
    this.#writer.raw(fingerprints);
  }

  #countContent(content: EntryContent): void {
    if (content.kind === 'directory') this.#countDirectory(content.summary);
    else this.#countFile(content.kind === 'file' ? content.sizeBytes : 0);
  }

  #countCursor(cursor: TreeCursor): void {
    if (cursor.type === entryTypes.directory) {
      const { filesBelow: files, directoriesBelow: directories, bytesBelow: bytes } = cursor;
      this.#countDirectory({ files, directories, bytes });
    } else this.#countFile(cursor.type === entryTypes.file ? cursor.sizeBytes : 0);
  }

  #countDirectory({ files, directories, bytes }: TreeSummary): void {
    this.#files = sum(this.#files, files);
    this.#directories = sum(this.#directories, directories + 1);
    this.#bytesBelow = sum(this.#bytesBelow, bytes);
  }

  #countFile(sizeBytes: number): void {
    this.#files = sum(this.#files, 1);
    this.#bytesBelow = sum(this.#bytesBelow, sizeBytes);
  }
}

/** A sparse file may claim 2^53 bytes, and a hostile tree has as many paths as it likes: then the sum stays there. */
function sum(left: number, right: number): number {
  return Math.min(left + right, Number.MAX_SAFE_INTEGER);
}

function headOf(entry: TreeEntry): Head {
  checkEntry(entry);
  return {
    type: entryTypes[entry.type],
    flags: flagsOf(entry),
    mode: entry.mode,
    uid: entry.uid,
    gid: entry.gid,
    mtimeSeconds: entry.mtime.seconds,
  };
}

function flagsOf(entry: TreeEntry): number {
  const { content } = entry;
  const attributes = entry.extendedAttributes !== undefined && entry.extendedAttributes.length > 0;
  return (
    (attributes ? entryFlags.extendedAttributes : 0) |
    (entry.hardLink === undefined ? 0 : entryFlags.hardLink) |
    (content.kind === 'file' && content.sparse ? entryFlags.sparse : 0) |
    (content.kind === 'file' && !content.readable ? entryFlags.unreadable : 0)
  );
}
