// A disk that cannot read some of its sectors: that is damage of what lies on them, named as such, and nothing else stops.

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { temporaryDirectory } from '@cairn/testing';
import { realWorld, type World } from '@cairn/world';
import { SeededRandom } from '@cairn/world/simulated';
import { verifyRepository } from '../src/check/verify-repository.ts';
import { collectGarbage } from '../src/collect/collect-garbage.ts';
import { repairRepository } from '../src/repair/repair-repository.ts';
import { restoreSnapshot } from '../src/restore/restore-snapshot.ts';
import { isBackupError } from './backup-error.ts';
import { badSector, failing } from './memory-blobs.ts';
import { openTestRepository } from './memory-repository.ts';
import { file } from './sample-manifest.ts';
import { sampleRepository } from './sample-repository.ts';

const who = { host: 'host', user: 'user' };
const readData = { kind: 'all' } as const;
const noise = (seed: number, bytes = 100_000) => Uint8Array.from(new SeededRandom(seed + 1).bytes(bytes));

/** The same without pauses between attempts. */
function withoutPauses(world: World): World {
  const { clock } = world;
  const hasty = {
    nowMs: () => clock.nowMs(),
    monotonicMs: () => clock.monotonicMs(),
    setTimer: (delayMs: number, callback: () => void) => clock.setTimer(delayMs, callback),
    nextTurn: (callback: () => void) => clock.nextTurn(callback),
    sleep: async () => {},
  };
  return { ...world, clock: hasty };
}

async function prepare(t: TestContext) {
  const { repository, blobs, add } = await sampleRepository();
  t.after(() => repository.close());
  const snapshot = await add([file('a', [noise(1)]), file('b', [noise(2)]), file('c', [noise(3)])]);
  const world = withoutPauses(realWorld());
  /** As the next command finds it: nothing is known but what can be read. */
  const reopen = () => openTestRepository({ blobs, world });
  return { blobs, add, snapshot, reopen };
}

test('an index object on a bad sector costs nobody the rest, and repair replaces it', async (t) => {
  const { blobs, add, snapshot, reopen } = await prepare(t);
  const [hurt] = blobs.names('index/');
  const second = await add([file('d', [noise(4)])]);
  blobs.disturb = badSector(hurt!);
  const target = await temporaryDirectory(t);
  await restoreSnapshot(await reopen(), second, { target });
  assert.deepEqual(readdirSync(target), ['d']);
  await assert.rejects(
    restoreSnapshot(await reopen(), snapshot, { target }),
    isBackupError('damaged', /index\/[0-9a-f]+ cannot be read: `repair` rebuilds it/),
  );
  const { findings } = await verifyRepository(await reopen(), { readData });
  assert(findings.some(({ object, severity }) => object === hurt && severity === 'damage'));

  const report = await repairRepository(await reopen(), {
    ...who,
    dryRun: false,
    readData: false,
    forget: false,
  });
  assert.deepEqual(report.index.objectsRemoved, [hurt]);
  assert.equal(report.salvage.chunksLost, 0);
  assert.equal((await verifyRepository(await reopen(), { readData })).damaged, false);
  assert.deepEqual((await collectGarbage(await reopen(), who)).damaged, []);
});

test('a snapshot on a bad sector is named, and the others are listed', async (t) => {
  const { blobs, add, snapshot, reopen } = await prepare(t);
  const second = await add([file('d', [noise(4)])]);
  blobs.disturb = badSector(`snapshots/${snapshot.id}`);
  const repository = await reopen();
  const { snapshots, damaged } = await repository.snapshots();
  assert.deepEqual(
    snapshots.map(({ id }) => id),
    [second.id],
  );
  assert.deepEqual(
    damaged.map(({ name }) => name),
    [`snapshots/${snapshot.id}`],
  );
  const { findings } = await verifyRepository(repository, { readData });
  assert(findings.some(({ object, problem }) => object.endsWith(snapshot.id) && problem.includes('EIO')));
});

test('a bad sector in a pack costs the file on it, in restore, verify and repair', async (t) => {
  const { blobs, snapshot, reopen } = await prepare(t);
  const pack = blobs.names('packs/').find((name) => blobs.bytesOf(name).length > 300_000);
  blobs.disturb = badSector(pack!, 150_000);
  const target = await temporaryDirectory(t);
  const { named } = await restoreSnapshot(await reopen(), snapshot, { target });
  assert.equal(named.length, 1);
  assert.match(named[0]!.problem, /EIO/);
  assert.equal(readdirSync(target).length, 2);

  const { findings } = await verifyRepository(await reopen(), { readData });
  const [finding] = findings.filter(({ object }) => object === pack);
  assert.match(finding!.problem, /cannot read \d+ bytes of it/);
  assert.equal(finding!.hurt!.length, 1);

  const report = await repairRepository(await reopen(), {
    ...who,
    dryRun: false,
    readData: true,
    forget: true,
  });
  assert.equal(report.salvage.chunksLost, 1);
  assert.deepEqual(
    report.snapshots[0]!.files.map(({ outcome }) => outcome),
    ['dropped'],
  );
  const repaired = (await (await reopen()).snapshots()).snapshots.at(-1)!;
  const again = await temporaryDirectory(t);
  assert.deepEqual((await restoreSnapshot(await reopen(), repaired, { target: again })).named, []);
  assert.equal(readdirSync(again).length, 2);
  assert.equal((await collectGarbage(await reopen(), who)).damaged.length, 0);
});

test('config or a keyring on a bad sector is read from its second copy, and repair writes it anew', async (t) => {
  const { blobs, reopen } = await prepare(t);
  for (const name of ['config', 'keyring', 'config.copy', 'keyring.copy']) {
    blobs.disturb = badSector(name);
    const repository = await reopen();
    assert.equal((await repository.snapshots()).snapshots.length, 1);
    const { findings } = await verifyRepository(repository, { readData });
    assert.deepEqual(
      findings.map(({ object }) => object),
      [name],
    );
    assert.match(findings[0]!.problem, /EIO/);
    const options = { ...who, dryRun: false, readData: false, forget: false };
    assert.deepEqual((await repairRepository(repository, options)).copiesMended, [name]);
    await collectGarbage(await reopen(), who);
  }
});

test('a store that is away is no damage', async (t) => {
  const { blobs, snapshot, reopen } = await prepare(t);
  const [pack, index] = await Promise.all([reopen(), reopen()]);
  const sector = badSector(blobs.names('index/')[0]!);
  const away = failing(({ name }) => name.startsWith('config'), 'before');
  blobs.disturb = (call) => sector(call) ?? away(call);
  await assert.rejects(index.index(), isBackupError('store'));
  blobs.disturb = failing(({ name }) => name.startsWith('packs/'), 'before');
  const target = await temporaryDirectory(t);
  await assert.rejects(restoreSnapshot(pack, snapshot, { target }), isBackupError('store'));
});
