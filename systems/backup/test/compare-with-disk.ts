// Compares entries of a manifest with what lies on the disk, by calls of its own: nothing here is shared with the walk.

import assert from 'node:assert/strict';
import { constants, lstatSync, readdirSync, readlinkSync } from 'node:fs';
import type { TreeEntry } from '../src/format/tree-entry.ts';

const typeBits = constants.S_IFMT;
const types = new Map<number, TreeEntry['type']>([
  [constants.S_IFREG, 'file'],
  [constants.S_IFDIR, 'directory'],
  [constants.S_IFLNK, 'symlink'],
  [constants.S_IFIFO, 'fifo'],
  [constants.S_IFCHR, 'character-device'],
  [constants.S_IFBLK, 'block-device'],
  [constants.S_IFSOCK, 'socket'],
]);

/** `entries` by path, one character per byte; all that is at or below `directory` must be there, and be as it is on the disk. */
export function assertMatchesDisk(entries: ReadonlyMap<string, TreeEntry>, directory: string): void {
  const paths = pathsBelow(directory);
  const found = [...entries.keys()].filter((path) => path === directory || path.startsWith(`${directory}/`));
  assert.deepEqual(found.sort(), [...paths].sort());
  for (const path of paths) assertIsAt(entries.get(path)!, path);
}

export function assertIsAt(entry: TreeEntry, path: string): void {
  const stat = lstatSync(Buffer.from(path, 'latin1'), { bigint: true });
  const mode = Number(stat.mode);
  const linked = stat.nlink > 1n && entry.type !== 'directory';
  assert.deepEqual(
    {
      type: entry.type,
      mode: entry.mode,
      uid: entry.uid,
      gid: entry.gid,
      mtimeNs: BigInt(entry.mtime.seconds) * 1_000_000_000n + BigInt(entry.mtime.nanoseconds),
      ctimeNs: BigInt(entry.ctime.seconds) * 1_000_000_000n + BigInt(entry.ctime.nanoseconds),
      inode: entry.inode,
      hardLink: entry.hardLink,
    },
    {
      type: types.get(mode & typeBits),
      mode: mode & 0o7777,
      uid: Number(stat.uid),
      gid: Number(stat.gid),
      mtimeNs: stat.mtimeNs,
      ctimeNs: stat.ctimeNs,
      inode: stat.ino,
      hardLink: linked ? { device: stat.dev, links: Number(stat.nlink) } : undefined,
    },
    path,
  );
  if (entry.content.kind === 'file') assert.equal(BigInt(entry.content.sizeBytes), stat.size, path);
  if (entry.content.kind === 'symlink') assert.deepEqual(Buffer.from(entry.content.target), targetOf(path));
}

function targetOf(path: string): Buffer {
  return readlinkSync(Buffer.from(path, 'latin1'), { encoding: 'buffer' });
}

function pathsBelow(directory: string): readonly string[] {
  const paths = [directory];
  const names = readdirSync(Buffer.from(directory, 'latin1'), { encoding: 'latin1' });
  for (const name of names) {
    const path = `${directory}/${name}`;
    const isDirectory = lstatSync(Buffer.from(path, 'latin1')).isDirectory();
    if (isDirectory) paths.push(...pathsBelow(path));
    else paths.push(path);
  }
  return paths;
}
