// A folder with what is missing above it, level by level: Node's recursive mkdir never returns where a folder exists and takes
// none, as /proc does.

import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/** Succeeds when something of the name exists, whatever it is. Throws what the file system says. */
export function makeFolderAndParents(path: string): void {
  if (makeFolder(path) === 'made') return;
  makeFolderAndParents(dirname(path));
  if (makeFolder(path) === 'no-parent') throw new Error(`${dirname(path)} takes no folders`);
}

function makeFolder(path: string): 'made' | 'no-parent' {
  try {
    mkdirSync(path);
    return 'made';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return 'made';
    if (code === 'ENOENT') return 'no-parent';
    throw error;
  }
}
