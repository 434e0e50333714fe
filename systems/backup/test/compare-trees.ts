// Compares two trees on the disk by all that a restore has to bring back: names, types, contents, modes, owners, mtimes, extended
// attributes, devices, which names are one file, and holes. By calls of its own: nothing here is shared with the walk.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  type BigIntStats,
  closeSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
} from 'node:fs';
import { readExtendedAttributes } from '../src/filesystem/extended-attributes.ts';
import { cString, libc } from '../src/filesystem/libc.ts';

type Options = {
  /** The blocks that files take, so that a hole that was lost is found. */
  readonly holes?: boolean;
  readonly owners?: boolean;
  /** The directory itself, too, as ''. */
  readonly self?: boolean;
};

/** Asserts that what is below both is equal; the two directories themselves may differ. */
export function assertSameTree(expected: string, found: string, options: Options = {}): void {
  assertSameDescription(describeTree(found, options), describeTree(expected, options));
}

/** Of trees that were described before; a failure names some paths, where a whole diff would take longer than the test. */
export function assertSameDescription(
  found: ReadonlyMap<string, string>,
  expected: ReadonlyMap<string, string>,
): void {
  const differing = pathsThatDiffer(found, expected);
  const shown = differing.slice(0, 5).map((path) => ({
    path,
    found: found.get(path)?.slice(0, 200),
    expected: expected.get(path)?.slice(0, 200),
  }));
  const message = `${differing.length} of ${expected.size} paths differ: ${JSON.stringify(shown, null, 2)}`;
  assert.equal(differing.length, 0, message);
}

export function pathsThatDiffer(
  found: ReadonlyMap<string, string>,
  expected: ReadonlyMap<string, string>,
): readonly string[] {
  const paths = new Set([...expected.keys(), ...found.keys()]);
  return [...paths].filter((path) => found.get(path) !== expected.get(path));
}

/** Paths, one character per byte, and what they are in one line each. */
export function describeTree(
  root: string,
  { holes = false, owners = true, self = false }: Options = {},
): Map<string, string> {
  const described = new Map<string, string>();
  const firstNames = new Map<bigint, string>();
  for (const path of [...(self ? [''] : []), ...pathsBelow(root)]) {
    const absolute = inRoot(root, path);
    const stat = lstatSync(absolute, { bigint: true });
    const first = stat.isDirectory() ? path : (firstNames.get(stat.ino) ?? path);
    firstNames.set(stat.ino, first);
    const parts = [
      stat.mode.toString(8),
      `${stat.mtimeNs}`,
      owners ? `${stat.uid}:${stat.gid}` : '',
      `device ${stat.rdev}`,
      first === path ? '' : `linked to ${first}`,
      holes && stat.isFile() ? `blocks ${stat.blocks}` : '',
      attributesOf(absolute),
      contentOf(absolute, stat),
    ];
    described.set(path, parts.join(' | '));
  }
  return described;
}

/** One character per byte. Not by readdir's own recursion, which follows symlinks to directories. */
export function pathsBelow(root: string): readonly string[] {
  const below = (directory: string): string[] =>
    readdirSync(inRoot(root, directory), { encoding: 'latin1' }).flatMap((name) => {
      const path = `${directory}${name}`;
      const isDirectory = lstatSync(inRoot(root, path)).isDirectory();
      return isDirectory ? [path, ...below(`${path}/`)] : [path];
    });
  return below('').sort();
}

export function inRoot(root: string, path: string): Buffer {
  return Buffer.concat([Buffer.from(`${root}/`), Buffer.from(path, 'latin1')]);
}

function attributesOf(path: Buffer): string {
  return readExtendedAttributes(libc()!, cString(path))
    .map(({ name, value }) => `${Buffer.from(name)}=${Buffer.from(value).toString('hex')}`)
    .join(',');
}

function contentOf(path: Buffer, stat: BigIntStats): string {
  if (stat.isSymbolicLink()) return readlinkSync(path, { encoding: 'latin1' });
  return stat.isFile() ? `${stat.size} ${textOrHash(path)}` : '';
}

const piece = Buffer.alloc(1024 * 1024);
const shownBytes = 200;

/** Short contents as they are, so that a failure shows them. */
function textOrHash(path: Buffer): string {
  const file = openSync(path, 'r');
  try {
    let read = readSync(file, piece);
    if (read <= shownBytes) return piece.toString('latin1', 0, read);
    const hash = createHash('sha256');
    for (; read > 0; read = readSync(file, piece)) hash.update(piece.subarray(0, read));
    return hash.digest('hex');
  } finally {
    closeSync(file);
  }
}
