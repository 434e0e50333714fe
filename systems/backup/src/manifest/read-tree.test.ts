import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SeededRandom } from '@cairn/world/simulated';
import {
  bytesOf,
  directory,
  file,
  type SampleEntry,
  SampleManifest,
  symlink,
} from '../../test/sample-manifest.ts';
import { seededRandom } from '../../test/seeded-random.ts';
import { directoriesAhead } from './directory-loader.ts';
import { pathText } from './path-text.ts';
import { openTree } from './read-tree.ts';
import type { WalkOptions } from './walk-tree.ts';

const sample = [
  directory('etc', [file('hosts', 'h'), symlink('mtab', '/proc/mounts')]),
  directory('home', [
    directory('ann', [file('a.txt', 'a'), file(Uint8Array.of(0xff, 0x61), 'x')]),
    directory('bob', []),
  ]),
];

async function paths(children: readonly SampleEntry[], options: WalkOptions & { inlineBytes?: number } = {}) {
  const { inlineBytes = 65_536, ...walk } = options;
  const manifest = new SampleManifest({ inlineBytes, chunkBytes: 50 });
  const tree = openTree(manifest, manifest.snapshot(children));
  return Array.fromAsync(tree.walk(walk), ({ kind, path }) =>
    kind === 'leave' ? `${pathText(path)}/..` : pathText(path),
  );
}

const expected = [
  '/etc',
  '/etc/hosts',
  '/etc/mtab',
  '/home',
  '/home/ann',
  '/home/ann/a.txt',
  'raw:/home/ann/%ffa',
  '/home/bob',
];

test('a walk comes to every entry, a directory before what is below it', async () => {
  assert.deepEqual(await paths(sample), expected);
  assert.deepEqual(await paths(sample, { inlineBytes: 1 }), expected);
});

test('a walk tells when it leaves a directory', async () => {
  assert.deepEqual(await paths([directory('a', [directory('b', []), file('c', '')])], { leave: true }), [
    '/a',
    '/a/b',
    '/a/b/..',
    '/a/c',
    '/a/..',
  ]);
});

test('what is below a directory is left out when it is not entered', async () => {
  const enter: WalkOptions['enter'] = ({ path }) => pathText(path) !== '/home/ann';
  const found = await paths(sample, { enter, inlineBytes: 1 });
  assert.deepEqual(
    found,
    expected.filter((path) => !/\/ann\//.test(path)),
  );
});

test('directories stored on their own are read together, and never more than a few', async () => {
  const many = Array.from({ length: 100 }, (_, at) => directory(`d${at + 100}`, [file('x', `${at}`)]));
  const manifest = new SampleManifest({ inlineBytes: 1 });
  const tree = openTree(manifest, manifest.snapshot(many));
  await Array.fromAsync(tree.walk());
  assert.ok(manifest.reads.length <= 2 + 100 / directoriesAhead, `${manifest.reads.length} reads`);
  assert.ok(Math.max(...manifest.reads) <= directoriesAhead);
});

test('a directory that cannot be read costs only itself when the walk is told so', async () => {
  const manifest = new SampleManifest({ inlineBytes: 1 });
  const { tree, hurt } = withHurtDirectory(manifest);
  await assert.rejects(Array.fromAsync(tree.walk()));
  const damaged: string[] = [];
  const found = await Array.fromAsync(
    tree.walk({ onDamage: ({ path }) => damaged.push(pathText(path)) }),
    ({ path }) => pathText(path),
  );
  assert.deepEqual(damaged, [hurt]);
  assert.deepEqual(found, ['/a', '/a/x', '/b', '/c', '/c/x']);
});

function withHurtDirectory(manifest: SampleManifest) {
  const samples = ['a', 'b', 'c'].map((name) => directory(name, [file('x', `of ${name}`)]));
  const snapshot = manifest.snapshot(samples);
  const kept = [...manifest.chunks.keys()];
  const other = new SampleManifest({ inlineBytes: 1 });
  other.snapshot([samples[0]!, samples[2]!]);
  const root = Buffer.from(snapshot.root.fingerprints).toString('hex');
  for (const key of kept) if (!other.chunks.has(key) && key !== root) manifest.chunks.delete(key);
  return { tree: openTree(manifest, snapshot), hurt: '/b' };
}

test('a path is resolved to its entry, and nothing else to none', async () => {
  const manifest = new SampleManifest({ inlineBytes: 1 });
  const tree = openTree(manifest, manifest.snapshot(sample));
  assert.equal((await tree.resolve(bytesOf('/')))?.type, 'directory');
  assert.equal((await tree.resolve(bytesOf('/home/ann/a.txt')))?.type, 'file');
  assert.equal((await tree.resolve(bytesOf('//home/ann/')))?.type, 'directory');
  for (const path of ['/home/cid', '/etc/hosts/x', '/home/ann/a', '/etc/mtab/x', '/home/../etc'])
    assert.equal(await tree.resolve(bytesOf(path)), undefined, path);
});

test('entries of a directory come in the order of their bytes', async () => {
  const manifest = new SampleManifest();
  const tree = openTree(manifest, manifest.snapshot(sample));
  const ann = await tree.resolve(bytesOf('/home/ann'));
  const names = (await tree.entries(ann!)).map(({ name }) => pathText(name));
  assert.deepEqual(names, ['a.txt', 'raw:%ffa']);
});

test('a walk may start at any directory', async () => {
  const manifest = new SampleManifest();
  const tree = openTree(manifest, manifest.snapshot(sample));
  const path = bytesOf('/home');
  const start = { directory: (await tree.resolve(path))!, path };
  const found = await Array.fromAsync(tree.walk({ start }), (walked) => pathText(walked.path));
  assert.deepEqual(found, expected.slice(4));
});

test('a walk of any tree comes to what was put in', async (t) => {
  const random = seededRandom(t);
  for (let round = 0; round < 200; round += 1) {
    const listed: string[] = [];
    const children = randomDirectory(random, '', 4, listed);
    assert.deepEqual(await paths(children, { inlineBytes: random.integer(400) }), listed);
  }
});

function randomDirectory(random: SeededRandom, path: string, depth: number, listed: string[]): SampleEntry[] {
  return Array.from({ length: random.integer(6) }, (_, at) => {
    const name = `${at}${'x'.repeat(random.integer(20))}`;
    listed.push(`${path}/${name}`);
    if (depth === 0 || random.integer(3) === 0) return file(name, `${random.integer(9)}`);
    return directory(name, randomDirectory(random, `${path}/${name}`, depth - 1, listed));
  });
}
