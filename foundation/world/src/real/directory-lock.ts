// Takes a folder for one process, so that the operating system gives it back when the process dies, also by kill -9.
//
// Node has no flock(2), and a file with a process id in it goes stale. SQLite does lock files, and node:sqlite is part of
// Node: an exclusive transaction kept open on `lock.sqlite` is a lock on the folder. It conflicts between processes
// (fcntl locks, dropped by the kernel with the process) and inside one (SQLite's own table). One rule follows from fcntl:
// nothing in this process may open and close lock.sqlite by other means, because any close drops the lock.
//
// The file is empty as long as all goes well, so what a crash or a rotten disk left in it is cut off. Whoever sees that it is no database had a
// shared lock on it, so nobody held the folder; and cutting, unlike removing, leaves the file that another one may hold by now.

import { existsSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { DirectoryLock } from '../disk.ts';
import { directoryLockName } from '../disk.ts';
import { DiskError, type DiskErrorCode } from '../disk-error.ts';

// https://www.sqlite.org/rescode.html, the primary codes.
const busy = 5;
const garbage: ReadonlySet<number> = new Set([11, 26]);
const codesBySqlite = new Map<number, DiskErrorCode>([
  [3, 'denied'],
  [8, 'denied'],
  [10, 'io'],
  [13, 'full'],
  [14, 'denied'],
]);

// Keeps the connections reachable: a collected one would release its lock.
const held = new Set<DatabaseSync>();

export function lockDirectory(directory: string): DirectoryLock | undefined {
  try {
    return lock(directory);
  } catch (error) {
    if (!garbage.has(sqliteCode(error) ?? 0)) throw lockFailure(directory, error);
  }
  try {
    truncateSync(join(directory, directoryLockName));
    return lock(directory);
  } catch (error) {
    throw lockFailure(directory, error);
  }
}

function lock(directory: string): DirectoryLock | undefined {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(join(directory, directoryLockName), { timeout: 0 });
    // With the journal in memory, no second file appears beside the first.
    database.exec('PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    database?.close();
    if (sqliteCode(error) === busy) return undefined;
    throw error;
  }
  return keep(database);
}

function keep(database: DatabaseSync): DirectoryLock {
  held.add(database);
  return {
    release: async () => {
      if (held.delete(database)) database.close();
    },
  };
}

function sqliteCode(error: unknown): number | undefined {
  const code = error instanceof Error && 'errcode' in error ? error.errcode : undefined;
  return typeof code === 'number' ? code & 0xff : undefined;
}

function lockFailure(directory: string, cause: unknown): DiskError {
  const code = existsSync(directory) ? (codesBySqlite.get(sqliteCode(cause) ?? 0) ?? 'other') : 'not-found';
  return new DiskError(code, { operation: 'lock folder', path: directory, cause });
}
