// Many small files as they are found in projects: packages of node_modules, sources and texts of this machine, up to 64 KiB
// each. Where the machine has fewer than wanted, they come again in another folder with a line of their own each.

import {
  copyFileSync,
  type Dirent,
  mkdirSync,
  opendirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const sources = [join(root, 'node_modules'), '/usr/include', '/usr/share', '/usr/lib/python3'];
const fileBytesMax = 64 * 1024;

export function makeSmallFiles(folder: string, count: number): void {
  let made = 0;
  for (let round = 0; made < count; round++) {
    const before = made;
    for (const source of sources)
      for (const path of filesBelow(source)) {
        if (made === count) return;
        const to = join(folder, `round-${round}`, relative('/', path));
        mkdirSync(dirname(to), { recursive: true });
        if (round === 0) copyFileSync(path, to);
        else writeFileSync(to, Buffer.concat([readFileSync(path), Buffer.from(`\n${round} ${made}\n`)]));
        made++;
      }
    if (made === before) throw new Error(`there are no small files in ${sources.join(', ')}`);
  }
}

function* filesBelow(folder: string): Generator<string> {
  let entries: Dirent[];
  try {
    entries = readSorted(folder);
  } catch {
    return; // not on this machine, or not for us
  }
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (entry.isFile()) {
      const { size } = statSync(path);
      if (size > 0 && size <= fileBytesMax) yield path;
    }
  }
}

function readSorted(folder: string): Dirent[] {
  const directory = opendirSync(folder);
  const entries: Dirent[] = [];
  try {
    for (let entry = directory.readSync(); entry !== null; entry = directory.readSync()) entries.push(entry);
  } finally {
    directory.closeSync();
  }
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}
