// A folder for a server, and its removal with it.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export function makeFolder(of: string): Promise<string> {
  return mkdtemp(join(tmpdir(), `cairn-bench-${of}-`));
}

export function removeFolder(directory: string): Promise<void> {
  return rm(directory, { recursive: true });
}
