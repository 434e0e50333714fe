import assert from 'node:assert/strict';
import { test } from 'node:test';
import { directory, file, SampleManifest } from '../../test/sample-manifest.ts';
import { type FindOptions, findEntries } from './find-entries.ts';
import { compilePathPattern } from './path-pattern.ts';
import { pathText } from './path-text.ts';

const shared = directory('shared', [directory('deep', [file('b.txt', 'b'), file('c.md', 'c')])]);
const one = [directory('x', [shared, file('a.txt', 'a')])];
const two = [directory('x', [shared, file('z.txt', 'z')])];

async function find(manifest: SampleManifest, pattern: string, options: Partial<FindOptions> = {}) {
  const snapshots = [one, two].map((children, at) => ({ ...manifest.snapshot(children), id: `${at}` }));
  manifest.reads.length = 0;
  const found = findEntries(manifest, snapshots, { patterns: [compilePathPattern(pattern)], ...options });
  return Array.fromAsync(found, ({ snapshot, path }) => `${snapshot.id} ${pathText(path)}`);
}

test('a name is found in every snapshot that has it', async () => {
  for (const inlineBytes of [1, 65_536])
    assert.deepEqual(await find(new SampleManifest({ inlineBytes }), '*.txt'), [
      '0 /x/a.txt',
      '0 /x/shared/deep/b.txt',
      '1 /x/shared/deep/b.txt',
      '1 /x/z.txt',
    ]);
});

test('a directory that snapshots share is read once', async () => {
  const manifest = new SampleManifest({ inlineBytes: 1 });
  await find(manifest, '*.txt');
  const read = manifest.reads.reduce((sum, count) => sum + count, 0);
  assert.equal(read, 4 + 2, 'root, x, shared, deep; then root and x');
});

test('a path is matched from the root', async () => {
  assert.deepEqual(await find(new SampleManifest(), '/x/shared/*'), ['0 /x/shared/deep', '1 /x/shared/deep']);
});

test('what is found may be narrowed by what it is', async () => {
  const filter: FindOptions['filter'] = ({ type }) => type === 'directory';
  assert.deepEqual(await find(new SampleManifest(), 'd*', { filter }), [
    '0 /x/shared/deep',
    '1 /x/shared/deep',
  ]);
});
