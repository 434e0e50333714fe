// Verification while others write, forget, tag, rewrite and collect: nothing of what they do is damage.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SeededRandom } from '@cairn/world/simulated';
import { memoryRepository, openTestRepository } from '../../test/memory-repository.ts';
import { sameThreadWorld } from '../../test/same-thread-world.ts';
import { directory, file } from '../../test/sample-manifest.ts';
import { seededRandom } from '../../test/seeded-random.ts';
import { storeTree } from '../../test/stored-trees.ts';
import { collectGarbage } from '../collect/collect-garbage.ts';
import { forgetSnapshots } from '../core/forget-snapshots.ts';
import type { Repository } from '../core/repository.ts';
import { BackupError } from '../errors.ts';
import { objectName } from '../format/object-names.ts';
import { encodeSnapshotRecord } from '../format/records/snapshot.ts';
import { repairRepository } from '../repair/repair-repository.ts';
import { rewriteSnapshots } from '../transform/rewrite-snapshots.ts';
import { tagSnapshots } from '../transform/tag-snapshots.ts';
import { verifyRepository } from './verify-repository.ts';

const who = { host: 'host', user: 'user' };

type Work = (repository: Repository, random: SeededRandom) => Promise<unknown>;

const works: Readonly<Record<string, Work>> = {
  create: (repository, random) =>
    storeTree(repository, randomTree(random), { inlineBytes: 1, chunksPerPack: 3 }),
  forget: async (repository, random) => {
    const snapshot = await anySnapshot(repository, random);
    if (snapshot !== undefined) await forgetSnapshots(repository, [snapshot.id]);
  },
  tag: async (repository, random) => {
    const snapshot = await anySnapshot(repository, random);
    const change = { add: [`t${random.integer(100)}`] };
    if (snapshot !== undefined) await tagSnapshots(repository, [snapshot], { ...who, change });
  },
  rewrite: async (repository, random) => {
    const snapshot = await anySnapshot(repository, random);
    const excludes = [`f${random.integer(12)}`];
    if (snapshot !== undefined)
      await rewriteSnapshots(repository, [snapshot], { ...who, excludes, forget: random.integer(2) === 0 });
  },
  gc: (repository) => collectGarbage(repository, { ...who, dryRun: false, maxUnusedPercent: 0 }),
  repair: async (repository) => {
    const options = { ...who, dryRun: false, readData: true, forget: false, workers: 1 };
    const { snapshots, salvage } = await repairRepository(repository, options);
    assert.deepEqual(snapshots, []);
    assert.deepEqual(salvage, { chunks: 0, bytes: 0, chunksLost: 0 });
  },
};

test('what others do meanwhile is not taken for damage, and repair has nothing to mend', async (context) => {
  const random = seededRandom(context);
  const { repository, blobs, world } = await memoryRepository({ world: sameThreadWorld() });
  for (let n = 0; n < 4; n += 1) await works.create!(repository, random);
  const done = new Map<string, number>();
  let writing = true;
  const writer = async () => {
    const own = await openTestRepository({ blobs, world });
    for (let n = 0; n < 25; n += 1) {
      const name = Object.keys(works)[random.integer(Object.keys(works).length)]!;
      await works[name]!(own, random).catch(expectLostRace);
      done.set(name, (done.get(name) ?? 0) + 1);
    }
  };
  const writers = Promise.all([writer(), writer(), writer()]).finally(() => {
    writing = false;
  });
  let verifications = 0;
  for (; writing; verifications += 1) {
    const { findings } = await verifyRepository(repository, { readData: { kind: 'all' }, workers: 1 });
    const damages = findings.filter(({ severity }) => severity === 'damage');
    assert.deepEqual(damages, [], `verification ${verifications}`);
  }
  await writers;
  context.diagnostic(`${verifications} verifications beside ${JSON.stringify(Object.fromEntries(done))}`);
  assert(verifications > 5);
});

test('a snapshot that is replaced while all is listed is looked at, the old one or the new', async () => {
  const { repository, blobs } = await memoryRepository({ world: sameThreadWorld() });
  const id = await storeTree(repository, [file('a', 'apple')]);
  const snapshot = (await repository.snapshots()).snapshots[0]!;
  const first = { kind: 'snapshot', name: objectName('tombstones', '0'.repeat(32)) } as const;
  await repository.objects.putIfAbsent(first, encodeSnapshotRecord({ kind: 'tombstone' }));
  const list = blobs.list.bind(blobs);
  let tagged = false;
  // One name a page, and the tag comes when those of snapshots were listed: the new one is not, the tombstone of the old one is to come.
  blobs.list = async (options) => {
    const page = await list({ ...options, limit: 1 });
    if (!tagged && options.prefix === '' && options.after === blobs.names('snapshots/').at(-1)) {
      tagged = true;
      blobs.list = list;
      await tagSnapshots(repository, [snapshot], { ...who, change: { add: ['kept'] } });
      assert(blobs.names('tombstones/').includes(`tombstones/${id}`));
      return { ...page, more: true };
    }
    return page;
  };
  const report = await verifyRepository(repository, { readData: { kind: 'all' }, workers: 1 });
  assert(tagged);
  assert.deepEqual([report.snapshots, report.damaged], [1, false]);
});

/** Another one forgot the snapshot that was to be worked on. */
function expectLostRace(error: unknown): void {
  if (error instanceof assert.AssertionError) throw error;
  if (error instanceof BackupError && ['no-snapshot', 'fenced'].includes(error.code)) return;
  throw error;
}

async function anySnapshot(repository: Repository, random: SeededRandom) {
  const { snapshots } = await repository.snapshots();
  return snapshots.length === 0 ? undefined : snapshots[random.integer(snapshots.length)];
}

function randomTree(random: SeededRandom) {
  const some = (): ReturnType<typeof file>[] =>
    Array.from({ length: 12 }, (_, n) => n)
      .filter(() => random.integer(3) > 0)
      .map((n) =>
        file(
          `f${n}`,
          [`content ${random.integer(20)}`, `${n}`].map((text) => Buffer.from(text)),
        ),
      );
  return [directory('a', some()), directory('b', [...some(), directory('c', some())])];
}
