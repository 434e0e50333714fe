import assert from 'node:assert/strict';
import { test } from 'node:test';
import { condemnPacks } from '../../test/condemn-packs.ts';
import { failing } from '../../test/memory-blobs.ts';
import { memoryRepository } from '../../test/memory-repository.ts';
import { sameThreadWorld } from '../../test/same-thread-world.ts';
import { directory, file, symlink } from '../../test/sample-manifest.ts';
import { snapshotContents, snapshotOf } from '../../test/snapshot-details.ts';
import { storeTree } from '../../test/stored-trees.ts';
import { verifyRepository } from '../check/verify-repository.ts';
import { objectName } from '../format/object-names.ts';
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

test('run again, one that was cut off before the tombstone puts it, and makes no third snapshot', async () => {
  const { repository, blobs, snapshots, ids } = await sample(1);
  const options = { ...who, excludes: ['*.iso'], forget: true };
  blobs.disturb = failing(
    ({ operation, name }) => operation === 'put' && name.startsWith('tombstones/'),
    'before',
  );
  await assert.rejects(rewriteSnapshots(repository, snapshots, options), { code: 'store' });
  blobs.disturb = () => undefined;
  const left = (await repository.snapshots()).snapshots;
  const [made] = left.filter(({ id }) => !ids.includes(id));
  assert.equal(left.length, 3);
  const again = await rewriteSnapshots(repository, left, options);
  assert.deepEqual(
    again.filter(({ made }) => made !== undefined),
    [{ snapshot: ids[0], made: made!.id }],
  );
  const { snapshots: last } = await repository.snapshots();
  assert.deepEqual(last.map(({ id }) => id).toSorted(), [made!.id, ids[1]!].toSorted());
  assert.deepEqual(blobs.names('sessions/'), []);
});

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

test('where packs are condemned, what is kept of them is stored anew', async () => {
  const { repository, blobs, snapshots } = await sample(1);
  const packs = (await repository.index({ refresh: true })).packs.map(({ id }) => id);
  await condemnPacks(repository, packs);
  const [{ made } = {}] = await rewriteSnapshots(repository, snapshots.slice(0, 1), {
    ...who,
    excludes: ['*.iso'],
    forget: true,
  });
  await blobs.delete(packs.map((id) => objectName('packs', id)));
  await repository.index({ refresh: true });
  const contents = await snapshotContents(repository, made!);
  assert.equal(contents['/home/quiet/q'], 'nothing to see');
  assert.equal(contents['/tmp/cache/y/z'], 'z');
});

test('what two snapshots share is rewritten in both', async () => {
  const { repository } = await memoryRepository();
  const common = directory('common', [file('a.iso', 'image'), file('b', 'b')]);
  const ids = [
    await storeTree(repository, [common, file('one', '1')], { inlineBytes: 1 }),
    await storeTree(repository, [common, file('two', '2')], { inlineBytes: 1 }),
  ];
  const snapshots = await Promise.all(ids.map((id) => snapshotOf(repository, id)));
  const results = await rewriteSnapshots(repository, snapshots, {
    ...who,
    excludes: ['*.iso'],
    forget: true,
  });
  for (const { made } of results)
    assert.deepEqual(Object.keys(await snapshotContents(repository, made!)).slice(0, 2), [
      '/common',
      '/common/b',
    ]);
});

test('a directory that stays large lies on its own still, one that becomes small inline', async () => {
  const { repository } = await memoryRepository({ world: sameThreadWorld() });
  const many = (ending: string, count: number) =>
    Array.from({ length: count }, (_, n) => file(`${'long name '.repeat(10)}${n}${ending}`, 'x'));
  const tree = [
    directory('large', many('.txt', 600), {}),
    directory('small', [...many('.txt', 10), ...many('.iso', 600)]),
  ];
  const id = await storeTree(repository, tree);
  const readAll = () => verifyRepository(repository, { readData: { kind: 'all' }, workers: 1 });
  assert.equal((await readAll()).directories, 3);
  const options = { ...who, excludes: ['*.iso', '/large/*99.txt'], forget: true };
  await rewriteSnapshots(repository, [await snapshotOf(repository, id)], options);
  const { directories, findings, files } = await readAll();
  assert.deepEqual([directories, findings, files], [2, [], 604]);
});
