// Writes a tree of the independent reader to the disk with node:fs, and the programs that do what it cannot.

import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import type { IndependentReader } from '../independent-reader.ts';
import type { Entry } from './read-directory.ts';

/** Restores what is below `from`, which becomes `target` itself. */
export function restoreIndependently(
  reader: IndependentReader,
  { snapshot, from, target }: { readonly snapshot: string; readonly from: string; readonly target: string },
): void {
  const entries = [...reader.tree(snapshot)].filter(([path]) => path.startsWith(`${from}/`));
  const placed = entries.map(([path, entry]) => [`${target}${path.slice(from.length)}`, entry] as const);
  const linked = new Map<string, string>();
  for (const [path, entry] of placed) {
    const first = entry.link === undefined ? undefined : linked.get(entry.link);
    if (first !== undefined) fs.linkSync(bytes(first), bytes(path));
    else make(reader, path, entry);
    if (entry.link !== undefined) linked.set(entry.link, first ?? path);
  }
  // From below, because what is made in a directory changes its time.
  for (const [path, entry] of placed.reverse()) describe(path, entry);
}

function make(reader: IndependentReader, path: string, entry: Entry): void {
  if (entry.type === 'directory') fs.mkdirSync(bytes(path));
  else if (entry.type === 'symlink') fs.symlinkSync(bytes(entry.target!), bytes(path));
  else if (entry.type === 'fifo') execFileSync('mkfifo', [path]);
  else fs.writeFileSync(bytes(path), reader.content(entry), { flag: 'wx' });
  for (const [name, value] of entry.attributes)
    execFileSync('setfattr', [
      '-h',
      '-n',
      name,
      '-v',
      `0x${Buffer.from(value, 'latin1').toString('hex')}`,
      path,
    ]);
}

function describe(path: string, entry: Entry): void {
  if (process.getuid?.() === 0) fs.lchownSync(bytes(path), entry.uid, entry.gid);
  if (entry.type !== 'symlink') fs.chmodSync(bytes(path), entry.mode);
  const second = 1_000_000_000n;
  // Apart, as a number does not hold nanoseconds since 1970.
  const seconds = Number(entry.mtimeNs / second) + Number(entry.mtimeNs % second) / 1e9;
  fs.lutimesSync(bytes(path), seconds, seconds);
}

function bytes(path: string): Buffer {
  return Buffer.from(path, 'latin1');
}
