import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import type { SeededRandom } from '@cairn/world/simulated';
import { GeneratedTree } from '../../../test/generated-tree.ts';
import { seededRandom } from '../../../test/seeded-random.ts';
import { ChunksInMemory, walkInMemory } from '../../../test/walk-in-memory.ts';
import type { ExcludeRules } from '../walker-messages.ts';
import { countSource } from './count-source.ts';

const world = realWorld();
const { signal } = new AbortController();

type What = { readonly paths: readonly string[]; readonly excludes?: Partial<ExcludeRules> };

/** What the count and the walk say, which have to agree. */
async function both({ paths, excludes = {} }: What) {
  const { summary } = walkInMemory(new ChunksInMemory(), { paths, excludes });
  const counted = await countSource(world, { paths, excludes, signal });
  assert.deepEqual(counted, { files: summary.files, bytes: summary.bytes });
  return counted!;
}

test('what is counted is what a walk takes: excludes, caches, ignore files, sizes, and paths that were asked for', async (t) => {
  const folder = await temporaryDirectory(t);
  const write = (path: string, text: string) => {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  for (const path of ['kept/a', 'kept/b.o', 'left/c', 'left/asked', 'deep/ignored', 'deep/not'])
    write(path, path);
  write('deep/.gitignore', 'ignored\n');
  write('cache/CACHEDIR.TAG', 'Signature: 8a477f597d28d172789f06886806bc55');
  write('cache/x', 'x'.repeat(100));
  write('large', 'x'.repeat(10_000));
  symlinkSync('kept', join(folder, 'link'));
  const excludes = {
    patterns: ['*.o', join(folder, 'left')],
    caches: true,
    ignoreFiles: ['.gitignore'],
    largerThanBytes: 5_000,
  };
  const all = await both({ paths: [folder] });
  const some = await both({ paths: [folder, join(folder, 'left/asked'), join(folder, 'none')], excludes });
  assert.deepEqual([all.files, some.files], [11, 6]);
  assert.equal((await both({ paths: [join(folder, 'large')], excludes })).bytes, 10_000);
  await both({ paths: [join(folder, 'link', 'a')] });
});

test('of any tree, with any excludes, the count is that of the walk', async (t) => {
  const random = seededRandom(t);
  const folder = await temporaryDirectory(t);
  const tree = new GeneratedTree(folder, random);
  tree.fill();
  for (let round = 0; round < 10; round += 1) {
    for (let changes = random.integer(8); changes > 0; changes -= 1) tree.change();
    await both({ paths: [folder], excludes: { patterns: somePatterns(random) } });
  }
});

test('a count that is aborted says nothing', async (t) => {
  const paths = [await temporaryDirectory(t)];
  assert.equal(await countSource(world, { paths, signal: AbortSignal.abort() }), undefined);
});

function somePatterns(random: SeededRandom): readonly string[] {
  const letters = 'abcdefghijklmnopqrstuvwxyz0123456789';
  return Array.from({ length: random.integer(4) }, () => {
    const pattern = `*${random.pick([...letters])}*`;
    return `${random.integer(3) === 0 ? '!' : ''}${pattern}${random.integer(3) === 0 ? '/' : ''}`;
  });
}
