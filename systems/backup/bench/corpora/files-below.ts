// The regular files of a folder, one after the other.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export function filesBelow(folder: string): IteratorObject<string> {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .values()
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

export function readWhole(path: string): Uint8Array {
  return readFileSync(path);
}
