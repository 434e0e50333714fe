import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SeededRandom } from '@cairn/world/simulated';
import {
  directory,
  file,
  type SampleEntry,
  SampleManifest,
  sampleTime,
  symlink,
} from '../../test/sample-manifest.ts';
import { seededRandom } from '../../test/seeded-random.ts';
import { diffTrees } from './diff-trees.ts';
import { pathText } from './path-text.ts';
import { openTree } from './read-tree.ts';

async function changes(
  before: readonly SampleEntry[],
  after: readonly SampleEntry[],
  manifest = new SampleManifest({ inlineBytes: 1 }),
) {
  const left = openTree(manifest, manifest.snapshot(before)).root;
  const right = openTree(manifest, manifest.snapshot(after)).root;
  manifest.reads.length = 0;
  return Array.fromAsync(diffTrees(manifest, left, right), ({ kind, path }) => `${kind} ${pathText(path)}`);
}

const base = [directory('a', [file('same', 's'), file('x', '1')]), directory('b', [file('y', '2')])];

test('equal trees differ in nothing, and nothing is read', async () => {
  const manifest = new SampleManifest({ inlineBytes: 1 });
  assert.deepEqual(await changes(base, base, manifest), []);
  assert.deepEqual(manifest.reads, []);
});

test('directories that are equal are not read', async () => {
  const manifest = new SampleManifest({ inlineBytes: 1 });
  const after = [base[0]!, directory('b', [file('y', '3')])];
  assert.deepEqual(await changes(base, after, manifest), ['content /b/y']);
  assert.deepEqual(manifest.reads, [1, 1, 1, 1], 'both roots and both of b');
});

test('every kind of change is told, in the order of paths', async () => {
  const before = [
    directory('dir', [file('gone', ''), file('kept', 'k')]),
    file('mode', 'm'),
    file('file-to-directory', 'f'),
    file('time', 't'),
    symlink('target', 'one'),
    directory('whole', [directory('below', [file('z', '')])]),
  ];
  const later = { mtime: { ...sampleTime, nanoseconds: 1 } };
  const after = [
    directory('dir', [file('kept', 'k'), file('new', 'n')]),
    file('mode', 'm', { mode: 0o600 }),
    directory('file-to-directory', [file('q', '')]),
    file('time', 't', later),
    symlink('target', 'two'),
    directory('xattr', [], { extendedAttributes: [{ name: Uint8Array.of(97), value: Uint8Array.of(1) }] }),
  ];
  assert.deepEqual(await changes(before, after), [
    'removed /dir/gone',
    'added /dir/new',
    'type /file-to-directory',
    'added /file-to-directory/q',
    'metadata /mode',
    'content /target',
    'metadata /time',
    'removed /whole',
    'removed /whole/below',
    'removed /whole/below/z',
    'added /xattr',
  ]);
});

test('inode and ctime are not a change', async () => {
  const other = { inode: 77n, ctime: { seconds: 5, nanoseconds: 0 } };
  const after = [directory('a', [file('same', 's', other), file('x', '1')]), base[1]!];
  assert.deepEqual(await changes(base, after), []);
});

test('a directory whose own metadata changed is told before what changed below it', async () => {
  const after = [directory('a', [file('same', 's'), file('x', '9')], { mode: 0o700 }), base[1]!];
  assert.deepEqual(await changes(base, after), ['metadata /a', 'content /a/x']);
});

test('the difference of any two trees is that of their listings', async (t) => {
  const random = seededRandom(t);
  for (let round = 0; round < 100; round += 1) {
    const [left, right] = [new Map<string, string>(), new Map<string, string>()];
    const before = randomDirectory(random, '', 3, left);
    const after = randomDirectory(random, '', 3, right);
    const expected = new Set(
      [...left.keys(), ...right.keys()].filter((path) => left.get(path) !== right.get(path)),
    );
    const manifest = new SampleManifest({ inlineBytes: random.integer(300) });
    const found = (await changes(before, after, manifest)).map((line) => line.split(' ')[1]!);
    assert.deepEqual(new Set(found), expected);
    assert.equal(found.length, expected.size, 'each path once');
  }
});

function randomDirectory(
  random: SeededRandom,
  path: string,
  depth: number,
  listed: Map<string, string>,
): SampleEntry[] {
  const names = ['a', 'b', 'c', 'd'].filter(() => random.integer(4) > 0);
  return names.map((name) => {
    const here = `${path}/${name}`;
    if (depth > 0 && random.integer(2) === 0) {
      listed.set(here, 'directory');
      return directory(name, randomDirectory(random, here, depth - 1, listed));
    }
    const contents = `${random.integer(2)}`;
    listed.set(here, contents);
    return file(name, contents);
  });
}
