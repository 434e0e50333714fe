import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryRepository } from '../../test/memory-repository.ts';
import { directory, file } from '../../test/sample-manifest.ts';
import { storeTree } from '../../test/stored-trees.ts';
import { repositoryStats } from './repository-stats.ts';

const shared = directory('shared', [file('big', 'x'.repeat(10_000)), file('same', 'twice')]);
const trees = [
  [directory('home', [shared, file('one', '1'.repeat(1000))])],
  [directory('home', [shared, file('two', '22'), file('copy', 'twice')])],
  [directory('home', [shared, file('two', '22'), file('three', '3'.repeat(500))])],
];

async function sample(inlineBytes: number) {
  const { repository, blobs } = await memoryRepository();
  const ids: string[] = [];
  for (const tree of trees) ids.push(await storeTree(repository, tree, { inlineBytes }));
  return { repository, blobs, ids };
}

const bytes = [11_005, 10_012, 10_507];
const total = 31_524;

test('the size of a restore is that of all snapshots', async () => {
  const { repository } = await sample(1);
  const stats = await repositoryStats(repository, { mode: 'restore-size' });
  assert.deepEqual(stats, { mode: 'restore-size', snapshots: 3, files: 11, bytes: total });
});

test('files with the same contents count once', async () => {
  const { repository } = await sample(1);
  const stats = await repositoryStats(repository, { mode: 'files-by-contents' });
  const contents = 10_000 + 5 + 1000 + 2 + 500;
  assert.deepEqual(stats, { mode: 'files-by-contents', snapshots: 3, files: 5, bytes: contents });
});

for (const inlineBytes of [1, 64 * 1024]) {
  test(`chunks count once, and each snapshot for what it alone needs (${inlineBytes})`, async () => {
    const { repository, blobs, ids } = await sample(inlineBytes);
    const stats = await repositoryStats(repository, { mode: 'raw-data' });
    assert(stats.mode === 'raw-data');
    const index = await repository.index();
    assert.equal(stats.chunks, index.chunkCount);
    assert.equal(stats.restoreBytes, total);
    assert.equal(stats.packs, blobs.names('packs/').length);
    assert(stats.compression > 1.5 && stats.deduplication > 2);
    assert.deepEqual(stats.perSnapshot.map(({ restoreBytes }) => restoreBytes).toSorted(), bytes.toSorted());
    const alone = new Map(stats.perSnapshot.map(({ snapshot, unique }) => [snapshot, unique]));
    // Its root, its home where that lies on its own, and the files that no other has.
    const directories = inlineBytes === 1 ? 2 : 1;
    assert.deepEqual(
      ids.map((id) => alone.get(id)!.chunks),
      [directories + 1, directories, directories + 1],
    );
    const last = await repositoryStats(repository, {
      mode: 'raw-data',
      snapshots: (await repository.snapshots()).snapshots.filter(({ id }) => id === ids[0]),
    });
    assert(last.mode === 'raw-data');
    assert.deepEqual(last.perSnapshot[0]!.unique.chunks, last.chunks);
  });
}

test('an empty repository has stats', async () => {
  const { repository } = await memoryRepository();
  const stats = await repositoryStats(repository, { mode: 'raw-data' });
  assert(stats.mode === 'raw-data');
  assert.deepEqual([stats.chunks, stats.deduplication, stats.compression], [0, 1, 1]);
});
