// Removes an entry of a held directory with all below it. It goes down by open directories and never through a symlink, so
// nothing outside can be removed, whatever is moved meanwhile.

import { readdirSync } from 'node:fs';
import { statusAt } from './file-status.ts';
import { cString } from './libc.ts';
import type { SystemCalls } from './system-calls.ts';

/** No error when there is nothing of the name. Throws the system's error at what cannot be removed; the rest stays. */
export function removeTree(calls: SystemCalls, directory: number, name: Uint8Array): void {
  const status = statusAt(calls, directory, name);
  if (status === undefined) return;
  if (status.type === 'directory') removeBelow(calls, directory, name, status.mode);
  else calls.unlink(directory, name);
}

function removeBelow(calls: SystemCalls, directory: number, name: Uint8Array, mode: number): void {
  const held = calls.openDirectory(directory, name);
  try {
    // Whoever is not root cannot empty a directory without these bits.
    if ((mode & 0o700) !== 0o700) calls.functions.fchmod(held, mode | 0o700);
    for (const below of namesIn(held)) removeTree(calls, held, cString(below));
  } finally {
    calls.close(held);
  }
  calls.removeDirectory(directory, name);
}

/** The names in a directory that is held open, in no order. */
export function namesIn(directory: number): readonly Uint8Array[] {
  return readdirSync(`/proc/self/fd/${directory}`, { encoding: 'buffer' });
}
