// A small tree of files with the names and sizes that trip object stores up, and its fingerprint to compare copies by.

import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const blockBytes = 64 * 1024;

/** Sizes around every boundary that the store has: nothing, one byte, a block and its neighbours, several blocks. */
const sizes = [0, 1, 1_000, blockBytes - 1, blockBytes, blockBytes + 1, 5 * blockBytes + 17];
const names = [
  'plain.txt',
  'with space.txt',
  'plus+and&and=.txt',
  'percent%41.txt',
  "quote'd (1).txt",
  'ümläut/naïve.txt',
  '日本語/ファイル.bin',
  'emoji-😀.bin',
  'deep/er/and/deeper/still/file',
  '.hidden',
  'same',
  'same.suffix',
];

/** Writes the tree below `folder`, with one file of `largeBytes`, which clients send in parts, and `many` small ones. */
export function writeFileTree(
  folder: string,
  { largeBytes, many = 0 }: { largeBytes: number; many?: number },
): void {
  for (const [index, name] of names.entries()) writeFile(join(folder, name), sizes[index % sizes.length]!);
  for (const size of sizes) writeFile(join(folder, `sizes/${size}`), size);
  writeFile(join(folder, 'large/large.bin'), largeBytes);
  for (let index = 0; index < many; index++) writeFile(join(folder, `many/${index % 7}/${index}`), index);
}

function writeFile(path: string, sizeBytes: number): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, randomBytes(sizeBytes));
}

/** `path -> SHA-256` of every file below the folder. */
export function fingerprintOf(folder: string): Readonly<Record<string, string>> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const paths = files.map(({ parentPath, name }) => join(parentPath, name)).sort();
  return Object.fromEntries(
    paths.map((path) => [
      path.slice(folder.length + 1).normalize('NFC'),
      createHash('sha256').update(readFileSync(path)).digest('hex'),
    ]),
  );
}
