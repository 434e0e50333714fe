// The machine's file system. What this process makes only its owner may read: files 0600, folders 0700.

import { close, fsync, open } from 'node:fs';
import { mkdir, readdir, rename, stat, statfs, unlink } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { promisify } from 'node:util';
import { compareCodePoints } from '../code-point-order.ts';
import type { Disk, OpenMode } from '../disk.ts';
import { DiskError } from '../disk-error.ts';
import { lockDirectory } from './directory-lock.ts';
import { diskFailure } from './disk-failure.ts';
import { RealDiskFile } from './real-disk-file.ts';

const openDescriptor = promisify(open);
const closeDescriptor = promisify(close);
const syncDescriptor = promisify(fsync);

const openFlags = { read: 'r', write: 'r+', create: 'wx+' } as const satisfies Record<OpenMode, string>;
const fileMode = 0o600;
const directoryMode = 0o700;

export const realDisk: Disk = {
  open: (path, mode) =>
    attempt(mode === 'create' ? 'create' : 'open', path, async () => {
      return new RealDiskFile(path, await openDescriptor(path, openFlags[mode], fileMode));
    }),

  async list(directory) {
    const names = await unlessMissing(attempt('list', directory, () => readdir(directory)));
    return names?.sort(compareCodePoints) ?? [];
  },

  makeDirectory: (directory) => attempt('make folder', directory, () => makeLevel(resolve(directory))),

  rename: (from, to) => attempt('rename', `${from} to ${to}`, () => rename(from, to)),

  remove: (path) => attempt('remove', path, () => unlink(path)),

  syncDirectory: (directory) => attempt('sync folder', directory, () => syncDirectory(directory)),

  async stat(path) {
    const found = await unlessMissing(attempt('look up', path, () => stat(path)));
    return found?.isFile() ? { sizeBytes: found.size, modifiedMs: found.mtimeMs } : undefined;
  },

  freeBytes: (directory) =>
    attempt('measure free space of', directory, async () => {
      const { bavail, bsize } = await statfs(directory);
      return bavail * bsize;
    }),

  lockDirectory: async (directory) => lockDirectory(directory),
};

async function attempt<T>(operation: string, path: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw diskFailure(operation, path, error);
  }
}

async function unlessMissing<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof DiskError && error.code === 'not-found') return undefined;
    throw error;
  }
}

/**
 * Levels are made and synced from the top down, so only the deepest one that exists may be there without being durable
 * (a process died between the two steps): its parent is synced again, then the missing ones are made.
 */
async function makeLevel(directory: string): Promise<void> {
  const parent = dirname(directory);
  const found = await stat(directory).catch(ignoreMissing);
  if (found !== undefined) {
    if (!found.isDirectory()) throw new Error('a file of that name is in the way');
    return syncDirectory(parent).catch(ignoreDenied);
  }
  await makeLevel(parent);
  await mkdir(directory, directoryMode).catch(ignoreExisting);
  await syncDirectory(parent);
}

async function syncDirectory(directory: string): Promise<void> {
  const descriptor = await openDescriptor(directory, 'r');
  try {
    await syncDescriptor(descriptor);
  } finally {
    await closeDescriptor(descriptor);
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

function ignoreExisting(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'EEXIST') throw error;
}

// Who may not even read the parent did not make this folder: it was there before, and its entry is not ours to sync.
function ignoreDenied(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'EACCES' && error.code !== 'EPERM') throw error;
}
