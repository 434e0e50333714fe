import assert from 'node:assert/strict';
import { test } from 'node:test';
import { condemnPacks } from '../../test/condemn-packs.ts';
import { failing } from '../../test/memory-blobs.ts';
import { memoryRepository } from '../../test/memory-repository.ts';
import { directory, file } from '../../test/sample-manifest.ts';
import { snapshotContents, snapshotOf } from '../../test/snapshot-details.ts';
import { placeOf, storeTree } from '../../test/stored-trees.ts';
import { forgetSnapshots } from '../core/forget-snapshots.ts';
import type { Repository } from '../core/repository.ts';
import { objectName } from '../format/object-names.ts';
import { tagSnapshots } from './tag-snapshots.ts';

const who = { host: 'host', user: 'user' };
const tree = [directory('home', [file('a', 'one'), file('b', 'two')])];

async function sample() {
  const { repository, blobs, world } = await memoryRepository();
  const id = await storeTree(repository, tree, { inlineBytes: 1, snapshot: { tags: ['daily', 'x'] } });
  return { repository, blobs, world, id, snapshot: await snapshotOf(repository, id) };
}

test('tags are added, removed, and set; the new snapshot replaces the old one', async () => {
  const { repository, id, snapshot } = await sample();
  const change = { add: ['keep', 'x'], remove: ['daily'] };
  const [first] = await tagSnapshots(repository, [snapshot], { ...who, change });
  const { snapshots } = await repository.snapshots();
  assert.deepEqual(
    snapshots.map((one) => one.id),
    [first!.made],
  );
  const { kind: _kind, id: _id, ...content } = snapshot;
  assert.deepEqual(snapshots[0], {
    ...content,
    kind: 'snapshot',
    id: first!.made,
    tags: ['x', 'keep'],
    original: id,
  });
  const [second] = await tagSnapshots(repository, snapshots, { ...who, change: { set: [] } });
  const last = await snapshotOf(repository, second!.made!);
  assert.deepEqual([last.tags, last.original], [[], id]);
});

test('nothing is written where the tags are so already, nor in a dry run', async () => {
  const { repository, blobs, id, snapshot } = await sample();
  const before = blobs.snapshot();
  const same = await tagSnapshots(repository, [snapshot], {
    ...who,
    change: { add: ['x'], remove: ['none'] },
  });
  assert.deepEqual(same, [{ snapshot: id, skipped: 'unchanged' }]);
  const dry = await tagSnapshots(repository, [snapshot], { ...who, change: { add: ['y'] }, dryRun: true });
  assert.deepEqual(dry, [{ snapshot: id }]);
  assert.deepEqual(blobs.snapshot(), before);
});

test('a snapshot that was forgotten meanwhile does not come back', async () => {
  const { repository, blobs, id, snapshot } = await sample();
  await forgetSnapshots(repository, [id]);
  await assert.rejects(tagSnapshots(repository, [snapshot], { ...who, change: { add: ['y'] } }), {
    code: 'no-snapshot',
  });
  assert.deepEqual((await repository.snapshots()).snapshots, []);
  assert.deepEqual(blobs.names('sessions/'), []);
});

test('where packs are condemned, what the snapshot needs of them is stored anew before it is committed', async () => {
  const { repository, blobs, snapshot } = await sample();
  const index = await repository.index({ refresh: true });
  const packs = index.packs.map(({ id }) => id);
  await condemnPacks(repository, packs);
  const [{ made } = {}] = await tagSnapshots(repository, [snapshot], { ...who, change: { add: ['y'] } });
  // The verdict: they are deleted.
  await blobs.delete(packs.map((id) => objectName('packs', id)));
  await repository.index({ refresh: true });
  assert.deepEqual(await snapshotContents(repository, made!), {
    '/home': '',
    '/home/a': 'one',
    '/home/b': 'two',
  });
  assert(!packs.includes((await placeOf(repository, 'one')).packId));
});

test('run again, one that was cut off before the tombstone puts it, and makes no third snapshot', async () => {
  const { repository, blobs, id, snapshot } = await sample();
  const change = { add: ['keep'] };
  blobs.disturb = failing(
    ({ operation, name }) => operation === 'put' && name.startsWith('tombstones/'),
    'before',
  );
  await assert.rejects(tagSnapshots(repository, [snapshot], { ...who, change }), { code: 'store' });
  blobs.disturb = () => undefined;
  const left = (await repository.snapshots()).snapshots;
  const [made] = left.filter((one) => one.id !== id);
  assert.equal(left.length, 2);
  // The new one has the tags, and needs nothing.
  const again = await tagSnapshots(repository, left, { ...who, change });
  assert.deepEqual(
    again.find(({ snapshot }) => snapshot === id),
    { snapshot: id, made: made!.id },
  );
  assert.deepEqual((await repository.snapshots()).snapshots, [made]);
  // Other tags are another change.
  await tagSnapshots(repository, [made!], { ...who, change: { add: ['more'] } });
  const [last] = (await repository.snapshots()).snapshots;
  assert.deepEqual(last!.tags, ['daily', 'x', 'keep', 'more']);
});

test('a session that was fenced begins again', async () => {
  const { repository, blobs, snapshot } = await sample();
  let fenced = 0;
  blobs.disturb = async ({ operation, name }) => {
    if (operation !== 'put' || !name.startsWith('snapshots/') || fenced > 0) return undefined;
    fenced += 1;
    await blobs.delete([name.replace('snapshots/', 'sessions/')]);
    return undefined;
  };
  const [{ made } = {}] = await tagSnapshots(repository, [snapshot], { ...who, change: { add: ['y'] } });
  const { snapshots } = await repository.snapshots();
  assert.deepEqual(
    snapshots.map(({ id }) => id),
    [made],
  );
  assert.equal(fenced, 1);
});

test('an append-only key may not, and nothing is half done', async () => {
  const { repository, blobs, snapshot } = await sample();
  const before = blobs.snapshot();
  const key = { value: { id: repository.key.id, appendOnly: true } };
  const limited = Object.create(repository, { key }) as Repository;
  await assert.rejects(tagSnapshots(limited, [snapshot], { ...who, change: { set: [] } }), {
    code: 'denied',
  });
  assert.deepEqual(blobs.snapshot(), before);
});
