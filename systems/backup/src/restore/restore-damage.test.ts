// What is lost or altered in the repository costs the files that need it, by name, and nothing else.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '@cairn/testing';
import { SeededRandom } from '@cairn/world/simulated';
import { failing } from '../../test/memory-blobs.ts';
import { directory, file } from '../../test/sample-manifest.ts';
import { sampleRepository } from '../../test/sample-repository.ts';
import { pathText } from '../manifest/path-text.ts';
import { restoreSnapshot } from './restore-snapshot.ts';

/** Files below a folder that this process has open, also those without a name. */
function openBelow(folder: string): readonly string[] {
  return readdirSync('/proc/self/fd')
    .map((descriptor) => {
      try {
        return readlinkSync(`/proc/self/fd/${descriptor}`);
      } catch {
        return ''; // that of the listing itself
      }
    })
    .filter((path) => path.startsWith(folder));
}

const noise = (seed: number, bytes = 1000) => Uint8Array.from(new SeededRandom(seed + 1).bytes(bytes));

test('an altered chunk costs the files that have it', async (t) => {
  const { repository, blobs, add } = await sampleRepository();
  t.after(() => repository.close());
  const target = await temporaryDirectory(t);
  const snapshot = await add(
    [file('a', [noise(1)]), file('b', [noise(2)]), file('c', [noise(1), noise(3)])],
    {
      chunksPerPack: 1,
    },
  );
  const [hurt] = blobs.names('packs/').filter((name) => blobs.bytesOf(name).length > 500);
  blobs.alter(hurt!, (bytes) => bytes.with(100, bytes[100]! ^ 1));
  const { named, files } = await restoreSnapshot(repository, snapshot, { target });
  assert.ok(named.length > 0 && named.length < 3);
  assert.ok(
    named.every(({ problem }) => problem.includes(hurt!)),
    named[0]!.problem,
  );
  const lost = named.map(({ path }) => pathText(path).slice(1));
  assert.deepEqual(
    readdirSync(target).sort(),
    ['a', 'b', 'c'].filter((name) => !lost.includes(name)),
  );
  assert.equal(files, 3 - lost.length);
});

test('a chunk of a large file that is lost costs the whole file', async (t) => {
  const { repository, add } = await sampleRepository();
  t.after(() => repository.close());
  const target = await temporaryDirectory(t);
  const pieces = Array.from({ length: 20 }, (_, at) => noise(at, 1_000_000));
  const snapshot = await add([file('large', pieces), file('small', 'x')], {
    without: (chunk) => chunk === pieces[12],
  });
  const { named } = await restoreSnapshot(repository, snapshot, { target });
  assert.deepEqual(
    named.map(({ path }) => pathText(path)),
    ['/large'],
  );
  assert.deepEqual(openBelow(target), [], 'its descriptor was closed');
  assert.deepEqual(readdirSync(target), ['small']);
});

const twice = [
  file('a', [noise(5, 20_000)]),
  directory('d', [file('b', [noise(6)])]),
  file(
    'large',
    Array.from({ length: 10 }, (_, at) => noise(at, 1_000_000)),
  ),
];

for (const which of [0, 1])
  test(`an altered pack, ${which === 0 ? 'the first' : 'the second'} of two, is made good by the other`, async (t) => {
    const { repository, blobs, add } = await sampleRepository();
    t.after(() => repository.close());
    const target = await temporaryDirectory(t);
    const snapshot = await add(twice);
    await add(twice);
    blobs.alter(blobs.names('packs/')[which]!, (bytes) => bytes.fill(0, 60, bytes.length - 2000));
    const { named } = await restoreSnapshot(repository, snapshot, { target });
    assert.deepEqual(named, []);
    assert.deepEqual(new Uint8Array(readFileSync(join(target, 'a'))), noise(5, 20_000));
    assert.deepEqual(
      new Uint8Array(readFileSync(join(target, 'large')).subarray(3_000_000, 4_000_000)),
      noise(3, 1_000_000),
    );
  });

test('a pack that goes while files are restored is found again in another', async (t) => {
  const { repository, blobs, add } = await sampleRepository();
  t.after(() => repository.close());
  const target = await temporaryDirectory(t);
  const snapshot = await add(twice, { chunksPerPack: 3 });
  await add(twice, { chunksPerPack: 5 });
  const before = blobs.names('packs/');
  let deleted = 0;
  blobs.disturb = async ({ operation, name }) => {
    if (operation !== 'get' || deleted > 0 || !before.includes(name)) return undefined;
    deleted += 1;
    await blobs.delete([name]);
    return undefined;
  };
  const { named } = await restoreSnapshot(repository, snapshot, { target });
  assert.equal(deleted, 1);
  assert.deepEqual(named, []);
  assert.deepEqual(new Uint8Array(readFileSync(join(target, 'd/b'))), noise(6));
});

test('a directory of the manifest that is lost costs what is below it', async (t) => {
  const { repository, add } = await sampleRepository();
  t.after(() => repository.close());
  const target = await temporaryDirectory(t);
  const children = [directory('a', [file('in-a', 'x')]), directory('b', [file('in-b', 'y')]), file('c', 'z')];
  const snapshot = await add(children, {
    inlineBytes: 1,
    without: (chunk) => Buffer.from(chunk).includes('in-a'),
  });
  const { named } = await restoreSnapshot(repository, snapshot, { target });
  assert.deepEqual(
    named.map(({ path }) => pathText(path)),
    ['/a'],
  );
  assert.deepEqual(readdirSync(target, { recursive: true }).sort(), ['a', 'b', 'b/in-b', 'c']);
});

test('a store that fails for good ends the restore', async (t) => {
  const { repository, blobs, add } = await sampleRepository();
  t.after(() => repository.close());
  const target = await temporaryDirectory(t);
  const snapshot = await add([directory('a', [file('x', [noise(1)])])]);
  blobs.disturb = failing(
    ({ operation, name }) => operation === 'get' && name.startsWith('packs/'),
    'before',
  );
  await assert.rejects(restoreSnapshot(repository, snapshot, { target }), { code: 'store' });
});

for (const [what, chunks] of [
  ['small file, read again on its own', 1],
  ['large file, many pieces at once', 40],
] as const)
  test(`a store that fails for good in the midst of a ${what}, ends the restore, not the process`, async (t) => {
    const { repository, blobs, add } = await sampleRepository();
    t.after(() => repository.close());
    const target = await temporaryDirectory(t);
    const pieces = Array.from({ length: chunks }, (_, at) => noise(at, 900_000));
    const snapshot = await add([file('x', pieces)], { chunksPerPack: 1 });
    const ofContent = new Set(blobs.names('packs/').filter((name) => blobs.bytesOf(name).length > 500_000));
    blobs.disturb = failing(({ operation, name }) => operation === 'get' && ofContent.has(name), 'before');
    // The runner fails a test in which a rejection has no handler.
    await assert.rejects(restoreSnapshot(repository, snapshot, { target }), { code: 'store' });
    assert.deepEqual([openBelow(target), readdirSync(target)], [[], []]);
  });
