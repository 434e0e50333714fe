import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { isBackupError } from '../../test/backup-error.ts';
import type { MemoryBlobs } from '../../test/memory-blobs.ts';
import { initTestRepository, memoryRepository, openTestRepository } from '../../test/memory-repository.ts';
import { sameThreadWorld } from '../../test/same-thread-world.ts';
import { directory, file, special, symlink } from '../../test/sample-manifest.ts';
import { snapshotDetails, snapshotOf } from '../../test/snapshot-details.ts';
import { placeOf, storeTree } from '../../test/stored-trees.ts';
import { verifyRepository } from '../check/verify-repository.ts';
import { forgetSnapshots } from '../core/forget-snapshots.ts';
import type { InitOptions } from '../core/init-repository.ts';
import type { Repository } from '../core/repository.ts';
import { repairRepository } from '../repair/repair-repository.ts';
import { copySnapshots } from './copy-snapshots.ts';
import { tagSnapshots } from './tag-snapshots.ts';

const who = { host: 'host', user: 'user' };
const big = [randomBytes(70_000), randomBytes(50_000), Buffer.alloc(100_000, 'again')];
const shared = directory('shared', [file('big', big), file('small', 'small'), symlink('link', 'big')]);
const trees = [
  [directory('home', [shared, file('a', 'one'), special('fifo', 'fifo')])],
  [directory('home', [shared, file('a', 'two', { mode: 0o600, uid: 1000 })])],
];

async function sample() {
  const { repository: source, blobs } = await memoryRepository({ world: sameThreadWorld() });
  const ids: string[] = [];
  for (const tree of trees) ids.push(await storeTree(source, tree, { inlineBytes: 1 }));
  const snapshots = await Promise.all(ids.map((id) => snapshotOf(source, id)));
  return { source, sourceBlobs: blobs, ids, snapshots };
}

async function emptyTarget(
  options: Pick<InitOptions, 'secrets' | 'parameters'> = {},
): Promise<{ target: Repository; blobs: MemoryBlobs }> {
  const { blobs, world } = await memoryRepository({ world: sameThreadWorld() });
  for (const name of blobs.names()) await blobs.delete([name]);
  await initTestRepository({ blobs, world, ...options });
  return { target: await openTestRepository({ blobs, world }), blobs };
}

const targets = {
  'other keys': async (_source: Repository) => emptyTarget(),
  'other keys and parameters': async (_source: Repository) =>
    emptyTarget({
      parameters: {
        cipher: 'chacha20-poly1305',
        fingerprint: 'sha256',
        compressionLevel: 0,
        chunkBytes: { min: 4096, average: 8192, max: 16_384 },
      },
    }),
  'the same secrets': async ({ keyring }: Repository) => emptyTarget({ secrets: keyring }),
} as const;

for (const [name, open] of Object.entries(targets)) {
  test(`snapshots are copied to a repository with ${name}, whole`, async () => {
    const { source, snapshots, ids } = await sample();
    const { target } = await open(source);
    const results = await copySnapshots(source, target, snapshots, who);
    assert.deepEqual(
      results.map(({ snapshot }) => snapshot),
      ids,
    );
    for (const { snapshot, made } of results) {
      assert.deepEqual(await snapshotDetails(target, made!), await snapshotDetails(source, snapshot));
      const copy = await snapshotOf(target, made!);
      assert.deepEqual(copy.copiedFrom, { repository: source.id, snapshot });
    }
    const report = await verifyRepository(target, { readData: { kind: 'all' }, workers: 1 });
    assert.deepEqual(report.findings, []);
    // What both share was stored once: three big chunks, three small ones, and two roots, in which small directories lie. With
    // the same secrets directories stay as they are: two homes and a shared one on their own.
    assert.equal(report.chunks, 3 + 3 + 2 + (name === 'the same secrets' ? 3 : 0));
  });

  test(`what is in a repository with ${name} already is not copied again, nor back`, async () => {
    const { source, snapshots, ids } = await sample();
    const { target, blobs } = await open(source);
    await copySnapshots(source, target, snapshots, who);
    const before = blobs.snapshot();
    const again = await copySnapshots(source, target, snapshots, who);
    assert.deepEqual(
      again,
      ids.map((snapshot) => ({ snapshot, skipped: 'already-there' })),
    );
    assert.deepEqual(blobs.snapshot(), before);
    const there = (await target.snapshots()).snapshots;
    const back = await copySnapshots(target, source, there, who);
    assert(back.every(({ skipped }) => skipped === 'already-there'));
  });

  test(`a copy to a repository with ${name} that is cut off goes on where it was`, async () => {
    const { source, snapshots } = await sample();
    const { target, blobs } = await open(source);
    blobs.disturb = ({ operation, name: put }) => {
      if (operation === 'put' && put.startsWith('snapshots/')) throw new Error('cut off');
      return undefined;
    };
    await assert.rejects(copySnapshots(source, target, snapshots, who), /cut off/);
    blobs.disturb = () => undefined;
    assert.deepEqual((await target.snapshots()).snapshots, []);
    const stored = blobs.names('packs/');
    await copySnapshots(source, target, snapshots.slice(0, 1), who);
    assert.deepEqual(blobs.names('packs/'), stored);
  });
}

test('with the same secrets only what the target lacks is read', async () => {
  const { source, sourceBlobs, snapshots } = await sample();
  const { target } = await targets['the same secrets'](source);
  await storeTree(target, trees[0]!, { inlineBytes: 1 });
  sourceBlobs.calls.length = 0;
  const counts: number[] = [];
  await copySnapshots(source, target, snapshots, { ...who, onProgress: ({ chunks }) => counts.push(chunks) });
  assert.equal(Math.max(...counts), 3); // of the second snapshot: root, home, one small file
});

test('a copy that was tagged in the target is not copied again', async () => {
  const { source, snapshots, ids } = await sample();
  const { target } = await emptyTarget();
  await copySnapshots(source, target, snapshots.slice(0, 1), who);
  const copies = (await target.snapshots()).snapshots;
  await tagSnapshots(target, copies, { ...who, change: { add: ['offsite'] } });
  const again = await copySnapshots(source, target, snapshots.slice(0, 1), who);
  assert.deepEqual(again, [{ snapshot: ids[0], skipped: 'already-there' }]);
});

test('a chunk that cannot be read stops the copy of its snapshot, and says so', async () => {
  const { source, sourceBlobs, snapshots } = await sample();
  const { target } = await emptyTarget();
  for (const { id, type } of (await source.index()).packs)
    if (type === 'data')
      sourceBlobs.alter(`packs/${id.slice(0, 2)}/${id}`, (bytes) => bytes.fill(0, 100, 200));
  await assert.rejects(copySnapshots(source, target, snapshots, who), { code: 'damaged' });
  assert.deepEqual((await target.snapshots()).snapshots, []);
});

test('what was stored for one snapshot and is gone before the next is read and stored again', async () => {
  const { source, snapshots } = await sample();
  const { target, blobs } = await emptyTarget();
  const empty = blobs.snapshot();
  const onProgress = ({ done, total }: { done: number; total: number }) => {
    if (done === 1 && total === 2 && blobs.names('snapshots/').length === 1) blobs.restore(empty);
  };
  const [, second] = await copySnapshots(source, target, snapshots, { ...who, onProgress });
  await target.index({ refresh: true });
  assert.deepEqual(
    await snapshotDetails(target, second!.made!),
    await snapshotDetails(source, second!.snapshot),
  );
});

test('a snapshot that is gone from where it was copied from is copied back', async () => {
  const { source, snapshots, ids } = await sample();
  const { target } = await emptyTarget();
  await copySnapshots(source, target, snapshots, who);
  await forgetSnapshots(source, [ids[0]!]);
  const there = (await target.snapshots()).snapshots;
  const back = await copySnapshots(target, source, there, who);
  assert.equal(back.filter(({ made }) => made !== undefined).length, 1);
});

test('a repository is not copied to itself', async () => {
  const { source, snapshots } = await sample();
  await assert.rejects(copySnapshots(source, source, snapshots, who), { code: 'invalid-argument' });
});

test('chunks that are larger than packs of the target are refused before anything is copied', async () => {
  const MiB = 2 ** 20;
  const large = { chunkBytes: { min: MiB, average: 2 * MiB, max: 8 * MiB }, packBytes: 16 * MiB };
  const { target: source } = await emptyTarget({ parameters: large });
  const { target, blobs } = await emptyTarget({ parameters: { packBytes: 8 * MiB } });
  const before = blobs.snapshot();
  await assert.rejects(copySnapshots(source, target, [], who), isBackupError('invalid-argument'));
  assert.deepEqual(blobs.snapshot(), before);
});

test('a copy that was repaired is no copy any more: a whole one is made again', async () => {
  const { source, snapshots } = await sample();
  const { target, blobs } = await emptyTarget();
  await copySnapshots(source, target, snapshots, who);
  const { pack, offset } = await placeOf(target, 'one');
  blobs.alter(pack, (bytes) => bytes.fill(bytes[offset]! ^ 1, offset, offset + 1));
  const repair = { ...who, dryRun: false, readData: true, workers: 1, forget: true };
  const { snapshots: repaired } = await repairRepository(target, repair);
  assert.equal(repaired.length, 1);
  const again = await copySnapshots(source, target, snapshots, who);
  assert.deepEqual(
    again.map(({ skipped }) => skipped),
    [undefined, 'already-there'],
  );
  assert.deepEqual(
    await snapshotDetails(target, again[0]!.made!),
    await snapshotDetails(source, again[0]!.snapshot),
  );
});
