// A small change: one file in a hundred gets another last line, the same number of bytes in every round.

import { lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const everyFile = 100;
const smallBytesMax = 256 * 1024;

export function changeFiles(folder: string, round: number): void {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  const files = names.map((name) => join(folder, name)).filter((path) => isSmallFile(path));
  for (const [n, path] of files.entries()) {
    if (n % everyFile !== 0) continue;
    const text = readFileSync(path, 'latin1').replace(/\nround \d{4}\n$/, '');
    writeFileSync(path, `${text}\nround ${String(round).padStart(4, '0')}\n`, 'latin1');
  }
}

function isSmallFile(path: string): boolean {
  const stat = lstatSync(path);
  return stat.isFile() && stat.size <= smallBytesMax;
}
