// Walks the entries of one directory (DESIGN.md, "Manifest") in place: fields are numbers, names and fingerprints offsets into
// the bytes, and nothing is allocated for an entry, because a backup compares every file of the last snapshot with the disk.
//
// It is the only reader of directories, so this is where a hostile manifest is stopped: a name is never empty, `.` or `..`,
// holds no `/` and no NUL, and names ascend strictly; counts are checked against what follows. And it accepts one encoding of an entry
// only, so what is decoded and encoded again is equal, byte for byte.
//
//   const cursor = new TreeCursor(bytes, 'the directory home');
//   while (cursor.next()) sizes += cursor.sizeBytes;

import { ByteReader } from './byte-reader.ts';
import { fingerprintBytes } from './chunk-entry.ts';
import { unknownFormat } from './damaged.ts';
import { compareRanges, isEntryName } from './entry-name.ts';
import { secondsHighest } from './timestamp.ts';
import { entryTypes } from './tree-entry.ts';
import {
  deviceNumberHighest,
  entryFlags,
  entryFlagsAll,
  modeHighest,
  nameBytesHighest,
  nanosecondsHighest,
  ownerHighest,
} from './tree-limits.ts';

const entryBytesAtLeast = 9;

/** All fields describe the entry that `next` came to, and change with the next call. */
export class TreeCursor {
  readonly bytes: Uint8Array;
  /** How many entries the directory has. */
  readonly count: number;
  /** One of `entryTypes`. */
  type = 0;
  /** `entryFlags`. */
  flags = 0;
  nameStart = 0;
  nameEnd = 0;
  mode = 0;
  uid = 0;
  gid = 0;
  mtimeSeconds = 0;
  mtimeNanoseconds = 0;
  /** Compare with `narrowInteger(inode)`. */
  inode: number | bigint = 0;
  ctimeSeconds = 0;
  ctimeNanoseconds = 0;
  /** With flag `hardLink`. */
  device: number | bigint = 0;
  links = 0;
  /** With flag `extendedAttributes`: their count and lists of name and value, for `extendedAttributesOf`. */
  attributesStart = 0;
  /** Of a file. */
  sizeBytes = 0;
  /** Of a file, or of a directory that is stored as chunks: how many, and where their fingerprints begin. */
  chunkCount = 0;
  fingerprintsStart = 0;
  /** Of a symlink. */
  targetStart = 0;
  targetEnd = 0;
  /** Of a device. */
  major = 0;
  minor = 0;
  /** Of a directory: what lies below it. */
  filesBelow = 0;
  directoriesBelow = 0;
  bytesBelow = 0;
  /** Of a directory: its bytes, which begin at `inlineStart` when `chunkCount` is 0. */
  lengthBytes = 0;
  inlineStart = 0;
  /** Where the entry begins, where what does not depend on its predecessor begins, where it ends. */
  entryStart = 0;
  tailStart = 0;
  entryEnd = 0;
  /** What the entry's mode, owner and mtime are relative to. */
  previousMode = 0;
  previousUid = 0;
  previousGid = 0;
  previousMtimeSeconds = 0;

  readonly #reader: ByteReader;
  #left: number;

  /** Of the whole of `bytes`; `object` names the directory in errors. */
  constructor(bytes: Uint8Array, object: string) {
    this.bytes = bytes;
    this.#reader = new ByteReader(bytes, object);
    this.count = this.#reader.count(entryBytesAtLeast, 'entries');
    this.#left = this.count;
  }

  /** False at the end. Throws `damaged`, or `unknown-format` for a type or flag of a newer version. */
  next(): boolean {
    if (this.#left === 0) {
      this.#reader.end();
      return false;
    }
    this.#left -= 1;
    this.entryStart = this.#reader.position;
    this.#readHead();
    this.#readTimes();
    this.#readOptional();
    this.#readContent();
    this.entryEnd = this.#reader.position;
    return true;
  }

  /** Negative when the entry's name sorts before `name`, 0 when they are equal, positive when behind it. */
  compareName(name: Uint8Array): number {
    return compareRanges(this.bytes, this.nameStart, this.nameEnd, name, 0, name.length);
  }

  /** A view. */
  name(): Uint8Array {
    return this.bytes.subarray(this.nameStart, this.nameEnd);
  }

  /** n x 32 bytes, a view: of a file's chunks, or of a directory's. */
  fingerprints(): Uint8Array {
    return this.bytes.subarray(
      this.fingerprintsStart,
      this.fingerprintsStart + this.chunkCount * fingerprintBytes,
    );
  }

  #readHead(): void {
    const reader = this.#reader;
    this.type = reader.byte();
    if (this.type < 1 || this.type > entryTypes.socket) {
      throw unknownFormat(reader.object, `an entry has type ${this.type}`);
    }
    this.flags = reader.varint();
    if (this.flags > entryFlagsAll) throw unknownFormat(reader.object, `an entry has flags ${this.flags}`);
    this.#readName();
    this.#readMode();
    this.#readOwner();
  }

  #readName(): void {
    const length = this.#reader.varintUpTo(nameBytesHighest, 'the length of a name');
    const start = this.#reader.skip(length);
    const end = start + length;
    if (!isEntryName(this.bytes, start, end)) {
      throw this.#reader.damage('a name is empty, "." or "..", or holds a slash or NUL');
    }
    const first = this.#left === this.count - 1;
    if (!first && compareRanges(this.bytes, this.nameStart, this.nameEnd, this.bytes, start, end) >= 0) {
      throw this.#reader.damage('names are not in order, or one occurs twice');
    }
    this.nameStart = start;
    this.nameEnd = end;
  }

  #readMode(): void {
    this.previousMode = this.mode;
    if ((this.flags & entryFlags.modeDiffers) === 0) return;
    this.mode = this.#reader.varintUpTo(modeHighest, 'a mode');
    if (this.mode === this.previousMode) throw this.#reader.damage('a mode is repeated');
  }

  #readOwner(): void {
    this.previousUid = this.uid;
    this.previousGid = this.gid;
    if ((this.flags & entryFlags.ownerDiffers) === 0) return;
    this.uid = this.#reader.varintUpTo(ownerHighest, 'a user id');
    this.gid = this.#reader.varintUpTo(ownerHighest, 'a group id');
    if (this.uid === this.previousUid && this.gid === this.previousGid) {
      throw this.#reader.damage('an owner is repeated');
    }
  }

  #readTimes(): void {
    const reader = this.#reader;
    this.previousMtimeSeconds = this.mtimeSeconds;
    this.mtimeSeconds = this.#seconds(this.previousMtimeSeconds + reader.zigzag());
    this.tailStart = reader.position;
    this.mtimeNanoseconds = reader.varintUpTo(nanosecondsHighest, 'a nanosecond');
    this.inode = reader.wideVarint();
    this.ctimeSeconds = this.#seconds(this.mtimeSeconds + reader.zigzag());
    this.ctimeNanoseconds = reader.varintUpTo(nanosecondsHighest, 'a nanosecond');
  }

  #seconds(seconds: number): number {
    if (seconds < -secondsHighest || seconds > secondsHighest) {
      throw this.#reader.damage('a time is out of range');
    }
    return seconds;
  }

  #readOptional(): void {
    if ((this.flags & entryFlags.hardLink) !== 0) this.#readHardLink();
    if ((this.flags & entryFlags.extendedAttributes) !== 0) this.#readAttributes();
    const onlyOfFiles = entryFlags.sparse | entryFlags.unreadable;
    if ((this.flags & onlyOfFiles) !== 0 && this.type !== entryTypes.file) {
      throw this.#reader.damage('a flag of files stands on something else');
    }
  }

  #readHardLink(): void {
    if (this.type === entryTypes.directory) throw this.#reader.damage('a directory has hard links');
    this.device = this.#reader.wideVarint();
    this.links = this.#reader.varint();
    if (this.links < 2) throw this.#reader.damage('a hard link is alone');
  }

  #readAttributes(): void {
    const reader = this.#reader;
    this.attributesStart = reader.position;
    const count = reader.count(2, 'extended attributes');
    if (count === 0) throw reader.damage('extended attributes are none');
    let previous: Uint8Array | undefined;
    for (let i = 0; i < count; i += 1) {
      const name = reader.view(reader.varint());
      if (!isAttributeName(name, previous)) throw reader.damage('an extended attribute is misnamed');
      previous = name;
      reader.skip(reader.varint());
    }
  }

  #readContent(): void {
    this.chunkCount = 0;
    if (this.type === entryTypes.file) this.#readFile();
    else if (this.type === entryTypes.directory) this.#readDirectory();
    else if (this.type === entryTypes.symlink) this.#readTarget();
    else if (this.type === entryTypes['block-device'] || this.type === entryTypes['character-device']) {
      this.major = this.#reader.varintUpTo(deviceNumberHighest, 'a device number');
      this.minor = this.#reader.varintUpTo(deviceNumberHighest, 'a device number');
    }
  }

  #readFile(): void {
    this.sizeBytes = this.#reader.varint();
    this.#readFingerprints(this.#reader.varint());
    const readable = (this.flags & entryFlags.unreadable) === 0;
    const possible = readable
      ? this.chunkCount <= this.sizeBytes && this.chunkCount > 0 === this.sizeBytes > 0
      : this.chunkCount === 0;
    if (!possible) {
      throw this.#reader.damage(`a file of ${this.sizeBytes} bytes has ${this.chunkCount} chunks`);
    }
  }

  #readFingerprints(count: number): void {
    this.chunkCount = count;
    this.fingerprintsStart = this.#reader.skip(count * fingerprintBytes);
  }

  #readDirectory(): void {
    const reader = this.#reader;
    this.filesBelow = reader.varint();
    this.directoriesBelow = reader.varint();
    this.bytesBelow = reader.varint();
    this.#readFingerprints(reader.varint());
    this.lengthBytes = reader.varint();
    if (this.chunkCount === 0) this.inlineStart = reader.skip(this.lengthBytes);
    else if (this.chunkCount > this.lengthBytes) throw reader.damage('a directory has too many chunks');
  }

  #readTarget(): void {
    const length = this.#reader.varint();
    this.targetStart = this.#reader.skip(length);
    this.targetEnd = this.targetStart + length;
    if (length === 0 || this.bytes.subarray(this.targetStart, this.targetEnd).includes(0)) {
      throw this.#reader.damage('the target of a symlink is empty or holds NUL');
    }
  }
}

function isAttributeName(name: Uint8Array, previous: Uint8Array | undefined): boolean {
  if (name.length === 0 || name.includes(0)) return false;
  return previous === undefined || Buffer.compare(previous, name) < 0;
}
