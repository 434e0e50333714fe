// What lstat says of an entry, and whether it is still what the parent's manifest says.

import type { BigIntStats } from 'node:fs';
import { constants } from 'node:fs';
import { narrowInteger } from '../format/byte-reader.ts';
import { timestampOf } from '../format/timestamp.ts';
import type { TreeCursor } from '../format/tree-cursor.ts';
import {
  type EntryContent,
  type EntryType,
  type ExtendedAttribute,
  entryTypes,
  type Timestamp,
  type TreeEntry,
} from '../format/tree-entry.ts';
import { entryFlags } from '../format/tree-limits.ts';

/** What an entry's metadata is made of: a stat, or what of it an archiver gives back. */
export type EntryStat = Pick<
  BigIntStats,
  'mode' | 'uid' | 'gid' | 'dev' | 'ino' | 'nlink' | 'size' | 'blocks' | 'mtimeNs' | 'ctimeNs' | 'rdev'
>;

const modeMask = 0o7777n;
const blockBytes = 512n;
/**
 * A file that changed less than this before it was read may change again without its ctime showing it: the kernel's clock
 * for times of files ticks every 1 to 10 ms, and some filesystems keep (even) seconds.
 */
const tickNs = 20_000_000n;
const coarseTickNs = 2_000_000_000n;
const secondNs = 1_000_000_000n;
/** Stands for a ctime that is not to be relied on: no file has it, so the next backup reads the file again. */
const noTime: Timestamp = { seconds: 0, nanoseconds: 0 };

/** Undefined for what no manifest can hold (doors and the like of other systems). */
export function entryTypeOfStat({ mode }: { mode: bigint }): EntryType | undefined {
  return types.get(Number(mode) & constants.S_IFMT);
}

const types = new Map<number, EntryType>([
  [constants.S_IFREG, 'file'],
  [constants.S_IFDIR, 'directory'],
  [constants.S_IFLNK, 'symlink'],
  [constants.S_IFIFO, 'fifo'],
  [constants.S_IFCHR, 'character-device'],
  [constants.S_IFBLK, 'block-device'],
  [constants.S_IFSOCK, 'socket'],
]);

/**
 * Whether the entry that the cursor stands on, content included, is what lies on the disk. The ctime changes with everything
 * that a user can change; inode and size are compared because a clock can be set back.
 */
export function isUnchanged(cursor: TreeCursor, type: EntryType, stat: EntryStat): boolean {
  return (
    cursor.type === entryTypes[type] &&
    (cursor.flags & entryFlags.unreadable) === 0 &&
    (type !== 'file' || BigInt(cursor.sizeBytes) === stat.size) &&
    cursor.inode === narrowInteger(stat.ino) &&
    isTime(cursor.ctimeSeconds, cursor.ctimeNanoseconds, stat.ctimeNs) &&
    isTime(cursor.mtimeSeconds, cursor.mtimeNanoseconds, stat.mtimeNs) &&
    cursor.mode === Number(stat.mode & modeMask)
  );
}

/** The same for an entry, which outlives the cursor: of a directory, whose content is compared on its own. */
export function isSameDirectory(entry: TreeEntry, stat: EntryStat): boolean {
  return (
    entry.type === 'directory' &&
    entry.inode === stat.ino &&
    isTime(entry.ctime.seconds, entry.ctime.nanoseconds, stat.ctimeNs) &&
    isTime(entry.mtime.seconds, entry.mtime.nanoseconds, stat.mtimeNs) &&
    entry.mode === Number(stat.mode & modeMask)
  );
}

function isTime(seconds: number, nanoseconds: number, ns: bigint): boolean {
  return BigInt(seconds) * secondNs + BigInt(nanoseconds) === ns;
}

/** Fewer blocks than the size needs: it has holes. */
export function isSparse({ size, blocks }: Pick<EntryStat, 'size' | 'blocks'>): boolean {
  return blocks * blockBytes < size;
}

/** Whether a change just after `sinceMs` (by the clock) could leave the ctime as it is. */
export function isRacy({ ctimeNs, mtimeNs }: EntryStat, sinceMs: number): boolean {
  const coarse = ctimeNs % secondNs === 0n && mtimeNs % secondNs === 0n;
  return BigInt(Math.floor(sinceMs)) * 1_000_000n - ctimeNs < (coarse ? coarseTickNs : tickNs);
}

export function entryOf(options: {
  readonly name: Uint8Array;
  readonly type: EntryType;
  readonly stat: EntryStat;
  readonly attributes: readonly ExtendedAttribute[];
  readonly content: EntryContent;
  readonly racy?: boolean;
}): TreeEntry {
  const { name, type, stat, attributes, content, racy = false } = options;
  const entry: TreeEntry = {
    type,
    name,
    mode: Number(stat.mode & modeMask),
    uid: Number(stat.uid),
    gid: Number(stat.gid),
    mtime: timestampOf(stat.mtimeNs),
    ctime: racy ? noTime : timestampOf(stat.ctimeNs),
    inode: stat.ino,
    content,
  };
  const linked = stat.nlink > 1n && type !== 'directory';
  if (!linked && attributes.length === 0) return entry;
  return {
    ...entry,
    ...(linked ? { hardLink: { device: stat.dev, links: Number(stat.nlink) } } : {}),
    ...(attributes.length > 0 ? { extendedAttributes: attributes } : {}),
  };
}

/** Of a device node, as Linux packs both numbers into one (gnu_dev_major, gnu_dev_minor). */
export function deviceNumbers(rdev: bigint): { readonly major: number; readonly minor: number } {
  return {
    major: Number(((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & 0xffff_f000n)),
    minor: Number((rdev & 0xffn) | ((rdev >> 12n) & 0xffff_ff00n)),
  };
}
