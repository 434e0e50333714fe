// The database's file: made before SQLite opens it, so that it is readable by its owner only and its name is durable.

import { closeSync, existsSync, fsyncSync, openSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes an empty file unless there is one. SQLite gives its log and shared memory the permissions of this file.
 *
 * An existing file is not even opened: closing it would drop the locks that this process holds on it, because POSIX
 * keeps locks per process and file, not per descriptor.
 */
export function ensureSqliteFile(path: string): void {
  if (!existsSync(path)) closeSync(openSync(path, 'ax', 0o600));
  // Also for a file that is there: the process that made it may have died before this line.
  syncDirectory(dirname(path));
}

function syncDirectory(path: string): void {
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
