// Bugs of several drives that were found and fixed.

import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import type { ObjectStorage } from '@cairn/object-storage';
import type { TestContext } from '@cairn/testing';
import { DiskError, realWorld } from '@cairn/world';
import { writeState } from '../../src/drives/set/state-file.ts';
import {
  bucket,
  contentOf,
  emptyFolder,
  MiB,
  openNew,
  pull,
  put,
  read,
  until,
  worldWith,
} from './several-drives.ts';

const large = MiB;

async function driveStats(storage: ObjectStorage) {
  return (await storage.stats()).drives!;
}

for (const redundancy of ['mirror:2', '2+1']) {
  test(`${redundancy}: what a drive cannot read any more is written anew once a read met it`, async (t) => {
    const bad = { folder: undefined as string | undefined, reads: 0 };
    const world = worldWith({
      beforeRead: (path) => {
        if (bad.folder === undefined || !path.startsWith(bad.folder) || !path.endsWith('.segment')) return;
        bad.reads++;
        throw new DiskError('io', { operation: 'read', path });
      },
    });
    const drives = redundancy === 'mirror:2' ? 2 : 3;
    const { storage, folders } = await openNew(t, { drives, redundancy, world });
    // Which drive is read first is another for each object.
    for (let number = 0; bad.reads === 0; number++) {
      assert(number < 64);
      const content = contentOf(`${number}`, large);
      bad.folder = undefined;
      await put(storage, `${number}`, content);
      bad.folder = folders[0]!;
      assert((await read(storage, `${number}`)).equals(content));
    }
    await until('it is healed', async () => (await driveStats(storage)).healing.healedBlobs > 0);
  });
}

test('a storage on drives is closed after a test before its folders go, whatever it still writes', async (t) => {
  const real = realWorld();
  const seen: boolean[] = [];
  const world = {
    ...real,
    disk: {
      ...real.disk,
      async lockDirectory(directory: string) {
        const lock = await real.disk.lockDirectory(directory);
        return (
          lock && {
            async release() {
              seen.push((await real.disk.stat(`${directory}/metadata.sqlite`)) !== undefined);
              await lock.release();
            },
          }
        );
      },
    },
  };
  const hooks: (() => Promise<void>)[] = [];
  // As node:test does: in the order in which they were registered.
  const context = { after: (hook: () => Promise<void>) => void hooks.push(hook) };
  t.after(async () => {
    for (const hook of hooks.splice(0)) await hook();
  });
  const { storage, directory } = await openNew(context, { drives: 3, redundancy: '2+1', world });
  await put(storage, 'a', contentOf('a', large));
  for (const hook of hooks.splice(0)) await hook();
  assert.deepEqual(seen, [true]);
  assert.equal(await real.disk.stat(directory), undefined);
});

test('a drive that was full is written again when it has room, though others were enough meanwhile', async (t) => {
  const full = { folder: undefined as string | undefined };
  const world = worldWith({
    freeBytes: (directory) =>
      full.folder !== undefined && directory.startsWith(full.folder) ? 0 : undefined,
  });
  const { storage, folders } = await openNew(t, { drives: 3, redundancy: 'mirror:2', world });
  const blobsOfFirst = async () => (await driveStats(storage)).drives[0]!.blobs;
  let number = 0;
  const putSome = async () => {
    for (let count = 0; count < 12; count++)
      await put(storage, `${number++}`, contentOf('x', 1_000)).catch((error: { code?: string }) =>
        assert.equal(error.code, 'InsufficientStorage'),
      );
  };
  await putSome();
  full.folder = folders[0]!;
  await until('it is known to be full', async () => {
    const before = await blobsOfFirst();
    await putSome();
    return (await blobsOfFirst()) === before;
  });
  full.folder = undefined;
  const before = await blobsOfFirst();
  await until('it takes its share again', async () => {
    await putSome();
    return (await blobsOfFirst()) > before;
  });
});

test('a drive that is back at the start is healed from the first blob on, though a pass was nearly over', async (t) => {
  const machine = await openNew(t, { drives: 2, redundancy: 'mirror:2' });
  const { putBack } = await pull(machine.folders[0]!);
  await until('it is missed', async () => (await driveStats(machine.storage)).drives[0]!.state === 'missing');
  await put(machine.storage, 'missed', contentOf('missed', large));
  await machine.storage.close();
  await putBack();
  const startedMs = Date.now();
  const counts = { scannedBlobs: 1, healedBlobs: 0, healedBytes: 0, degradedBlobs: 0, lostBlobs: 0 };
  const left = { startedMs, finishedMs: 0, after: 'f'.repeat(32), ...counts };
  await writeState(realWorld().disk, `${machine.directory}/healing.json`, left);
  const storage = await machine.open();
  await until('it is healed', async () => (await driveStats(storage)).drives[0]!.blobs === 1);
});

test('a new drive that cannot be written is refused by name, and can be replaced again', async (t) => {
  const bad = { sync: false };
  const world = worldWith({
    beforeSync: (path) => {
      if (bad.sync && path.includes('drive.json')) throw new DiskError('io', { operation: 'sync', path });
    },
  });
  const { storage, folders } = await openNew(t, { drives: 2, redundancy: 'mirror:2', world });
  const folder = folders[0]!;
  await put(storage, 'key', contentOf('key', large));
  await pull(folder);
  await until('it is missed', async () => (await driveStats(storage)).drives[0]!.state === 'missing');
  await emptyFolder(folder);
  bad.sync = true;
  await assert.rejects(storage.replaceDrive({ folder }), { code: 'ServiceUnavailable', message: /drive-0/ });
  bad.sync = false;
  await storage.replaceDrive({ folder });
  await until('it is healed', async () => (await driveStats(storage)).drives[0]!.blobs === 1);
});

/** Two mirrors, of which the first has a sector that cannot be read, in the first of four objects. */
async function withBadSector(t: TestContext) {
  let isBad = false;
  const world = worldWith({
    beforeRead: (path, { start, end }) => {
      if (!isBad || !path.startsWith(folders[0]!) || !path.endsWith('.segment')) return;
      if (start < 100_512 && end > 100_000) throw new DiskError('io', { operation: 'read', path });
    },
  });
  const machine = await openNew(t, { drives: 2, redundancy: 'mirror:2', world });
  const { folders, storage } = machine;
  const sound = ['a', 'b', 'c'];
  for (const key of ['bad', ...sound]) await put(storage, key, contentOf(key, 200_000));
  isBad = true;
  const requireSound = async () => {
    for (const key of sound) assert((await read(storage, key)).equals(contentOf(key, 200_000)));
  };
  const states = async () => (await driveStats(storage)).drives.map(({ state }) => state);
  return { ...machine, requireSound, states };
}

test('a sector that cannot be read takes no drive away that is healed from it', async (t) => {
  const { storage, folders, requireSound, states } = await withBadSector(t);
  await pull(folders[1]!);
  await until('it is missing', async () => (await states())[1] === 'missing');
  await emptyFolder(folders[1]!);
  await storage.replaceDrive({ folder: folders[1]! });
  await until('the pass is over', async () => {
    const { running, scannedBlobs } = (await driveStats(storage)).healing;
    return !running && scannedBlobs === 4;
  });
  assert.equal((await driveStats(storage)).healing.lostBlobs, 1);
  assert.deepEqual(await states(), ['ok', 'ok']);
  await pull(folders[0]!);
  await requireSound();
});

test('a sector that cannot be read costs its object, and not the last drive', async (t) => {
  const { storage, folders, requireSound, states } = await withBadSector(t);
  await pull(folders[1]!);
  await until('it is missing', async () => (await states())[1] === 'missing');
  await assert.rejects(read(storage, 'bad'));
  await until('it is marked', async () => (await driveStats(storage)).drives[0]!.damagedBlobs === 1);
  for (let time = 0; time < 20; time++) {
    await requireSound();
    await put(storage, 'new', contentOf('new', 1_000));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.deepEqual(await states(), ['ok', 'missing']);
});

test('a row of an index that rotted costs its object, and not the drives, when somebody inspects it', async (t) => {
  const { folders, storage, open } = await openNew(t, { drives: 2, redundancy: 'mirror:2' });
  for (const key of ['rotten', 'sound']) await put(storage, key, contentOf(key, large));
  await storage.close();
  for (const folder of folders) {
    const index = new DatabaseSync(`${folder}/blobs.sqlite`);
    index.exec('update blob set checksum = checksum + 1 where id = (select min(id) from blob)');
    index.close();
  }
  const again = await open();
  await assert.rejects(again.inspect({ bucket, key: 'rotten' }));
  assert.equal((await again.inspect({ bucket, key: 'sound' })).sizeBytes, large);
  assert.deepEqual(
    (await driveStats(again)).drives.map(({ state }) => state),
    ['ok', 'ok'],
  );
});

test('a drive is told to be replaced only when no restart can take up the place of the healing pass before', async (t) => {
  const real = realWorld();
  const gate = {
    isClosed: false,
    reached: Promise.withResolvers<void>(),
    open: Promise.withResolvers<void>(),
  };
  const world = {
    ...real,
    disk: {
      ...real.disk,
      open: async (...[path, mode]: Parameters<typeof real.disk.open>) => {
        if (gate.isClosed && path.includes('healing.json') && mode !== 'read') {
          gate.reached.resolve();
          await gate.open.promise;
        }
        return real.disk.open(path, mode);
      },
    },
  };
  t.after(() => gate.open.resolve());
  const { storage, folders } = await openNew(t, { drives: 2, redundancy: 'mirror:2', world });
  const folder = folders[0]!;
  await pull(folder);
  await until('it is missed', async () => (await driveStats(storage)).drives[0]!.state === 'missing');
  await emptyFolder(folder);
  gate.isClosed = true;
  let isTold = false;
  const replacing = storage.replaceDrive({ folder }).then(() => {
    isTold = true;
  });
  await gate.reached.promise;
  assert.equal((await driveStats(storage)).drives[0]!.state, 'ok');
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(isTold, false);
  gate.isClosed = false;
  gate.open.resolve();
  await replacing;
});
