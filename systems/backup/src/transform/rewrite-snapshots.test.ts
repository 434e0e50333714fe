import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryRepository } from '../../test/memory-repository.ts';
import { sameThreadWorld } from '../../test/same-thread-world.ts';
import { directory, file, symlink } from '../../test/sample-manifest.ts';
import { snapshotContents, snapshotOf } from '../../test/snapshot-details.ts';
import { storeTree } from '../../test/stored-trees.ts';
import { verifyRepository } from '../check/verify-repository.ts';
import { rewriteSnapshots } from './rewrite-snapshots.ts';

const who = { host: 'host', user: 'user' };
const quiet = directory('quiet', [file('q', 'nothing to see')]);
const first = [
  directory('home', [file('a.iso', 'image'), file('keep.txt', 'text'), quiet, symlink('l', 'a.iso')]),
  directory('tmp', [directory('cache', [file('x', 'x'), directory('y', [file('z', 'z')])])]),
];
const second = [directory('home', [file('keep.txt', 'text'), quiet])];

async function sample(inlineBytes: number) {
  const { repository, blobs } = await memoryRepository({ world: sameThreadWorld() });
  const ids: string[] = [];
  for (const tree of [first, second]) ids.push(await storeTree(repository, tree, { inlineBytes }));
  const snapshots = await Promise.all(ids.map((id) => snapshotOf(repository, id)));
  return { repository, blobs, ids, snapshots };
}

for (const inlineBytes of [1, 64 * 1024]) {
  test(`what matches is left out, with directories of ${inlineBytes} bytes on their own`, async () => {
    const { repository, snapshots, ids } = await sample(inlineBytes);
    const excludes = ['*.iso', '/tmp/cache/', '!/home/never.iso'];
    const results = await rewriteSnapshots(repository, snapshots, { ...who, excludes, forget: true });
    assert.deepEqual(results[1], { snapshot: ids[1], skipped: 'unchanged' });
    const { made } = results[0]!;
    assert.deepEqual(await snapshotContents(repository, made!), {
      '/home': '',
      '/home/keep.txt': 'text',
      '/home/l': '',
      '/home/quiet': '',
      '/home/quiet/q': 'nothing to see',
      '/tmp': '',
    });
    const rewritten = await snapshotOf(repository, made!);
    const { files, directories, bytes } = rewritten.summary;
    assert.deepEqual({ files, directories, bytes }, { files: 3, directories: 3, bytes: 18 });
    assert.deepEqual(rewritten.excludes, excludes);
    assert.deepEqual([rewritten.original, rewritten.tags], [ids[0], []]);
    const { snapshots: left } = await repository.snapshots();
    assert.deepEqual(left.map(({ id }) => id).toSorted(), [made!, ids[1]!].toSorted());
    const report = await verifyRepository(repository, { readData: { kind: 'all' }, workers: 1 });
    assert.deepEqual(report.findings, []);
  });
}

test('without forget both stay, and the new one is tagged', async () => {
  const { repository, snapshots } = await sample(1);
  const [{ made } = {}] = await rewriteSnapshots(repository, snapshots, {
    ...who,
    excludes: ['x'],
    forget: false,
  });
  assert.deepEqual((await snapshotOf(repository, made!)).tags, ['rewrite']);
  assert.equal((await repository.snapshots()).snapshots.length, 3);
});

test('unchanged directories are not read again for the next snapshot, and nothing is stored for them', async () => {
  const { repository, snapshots, blobs } = await sample(1);
  const before = new Set(blobs.names('packs/'));
  await rewriteSnapshots(repository, snapshots, { ...who, excludes: ['nothing'], forget: true });
  assert.deepEqual(new Set(blobs.names('packs/')), before);
});

test('a dry run writes nothing, and tells which would change', async () => {
  const { repository, blobs, snapshots, ids } = await sample(1);
  const before = blobs.snapshot();
  const options = { ...who, excludes: ['*.iso'], forget: true, dryRun: true };
  assert.deepEqual(await rewriteSnapshots(repository, snapshots, options), [
    { snapshot: ids[0] },
    { snapshot: ids[1], skipped: 'unchanged' },
  ]);
  assert.deepEqual(blobs.snapshot(), before);
});
