// What is measured is the programs, not the disk: each finds the files that it backs up in the page cache. The kernel may have
// taken them out of it since the turn before.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';

/** Reads every file below a folder, metadata included. */
export function readOnce(folder: string): void {
  const { status } = spawnSync('find', [folder, '-type', 'f', '-exec', 'cat', '{}', '+'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  assert.equal(status, 0, `not all of ${folder} can be read`);
}
