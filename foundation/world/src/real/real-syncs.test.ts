// A sync of the real disk is a sync of the system, of the descriptor that it is about. Simulated disks show that each sync is
// asked for in its place, and a kill loses nothing that the system holds: only this shows that the asking is more than words.

import assert from 'node:assert/strict';
import fs, { statSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '@cairn/testing';

/** The inodes that were synced, since the last look. */
const synced: { readonly call: 'fdatasync' | 'fsync'; readonly inode: number }[] = [];

for (const call of ['fdatasync', 'fsync'] as const) {
  const real = fs[call];
  fs[call] = ((descriptor: number, done: (error: NodeJS.ErrnoException | null) => void) => {
    synced.push({ call, inode: fs.fstatSync(descriptor).ino });
    real(descriptor, done);
  }) as typeof real;
}
syncBuiltinESMExports();
// Only now, so that it takes the calls above.
const { realDisk } = await import('./real-disk.ts');

function look() {
  return synced.splice(0);
}

const inodeOf = (path: string) => statSync(path).ino;

test('the sync of a file is an fdatasync of its descriptor', async (t) => {
  const path = join(await temporaryDirectory(t), 'file');
  const file = await realDisk.open(path, 'create');
  await file.write([Buffer.from('to stay')], 0);
  look();
  await file.sync();
  assert.deepEqual(look(), [{ call: 'fdatasync', inode: inodeOf(path) }]);
  await file.close();
});

test('the sync of a folder is an fsync of its descriptor', async (t) => {
  const directory = await temporaryDirectory(t);
  look();
  await realDisk.syncDirectory(directory);
  assert.deepEqual(look(), [{ call: 'fsync', inode: inodeOf(directory) }]);
});

test('a folder that is made has each level synced in the one above', async (t) => {
  const directory = await temporaryDirectory(t);
  const made = join(directory, 'a', 'b');
  look();
  await realDisk.makeDirectory(made);
  const inodes = look().map(({ call, inode }) => (call === 'fsync' ? inode : call));
  assert.deepEqual(inodes, [dirname(directory), directory, join(directory, 'a')].map(inodeOf));
});
