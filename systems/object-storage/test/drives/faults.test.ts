// What goes wrong with drives: rot, drives that come back as they were, too many lost at once; and what is healed.

import assert from 'node:assert/strict';
import { cp, rm } from 'node:fs/promises';
import { test } from 'node:test';
import { type ObjectStorage, repairObjectStorage } from '@cairn/object-storage';
import { arnOf, replication, settled } from '../replication/replicating.ts';
import { rotContent } from '../upkeep-storage.ts';
import {
  bucket,
  contentOf,
  emptyFolder,
  MiB,
  openNew,
  pull,
  put,
  read,
  rotDrive,
  segmentFiles,
  until,
} from './several-drives.ts';

const large = 3 * MiB;

async function statesOf(storage: ObjectStorage): Promise<readonly string[]> {
  return (await storage.stats()).drives!.drives.map(({ state }) => state);
}

async function untilHealed(storage: ObjectStorage): Promise<void> {
  await until('all is healed', async () => {
    const { drives, damagedBlobs } = await storage.stats();
    const { healing } = drives!;
    const idle = !healing.running && healing.queuedBlobs === 0 && healing.degradedBlobs === 0;
    return idle && damagedBlobs === 0 && drives!.drives.every(({ state }) => state === 'ok');
  });
}

for (const redundancy of ['mirror:2', '2+1']) {
  test(`${redundancy}: what rots on one drive is read from the others, and written anew in its place`, async (t) => {
    const { storage, folders } = await openNew(t, { drives: 3, redundancy });
    for (let number = 0; number < 4; number++) await put(storage, `${number}`, contentOf(`${number}`, large));
    await rotDrive(folders[1]!);
    const [finding] = await storage.check({ deep: true });
    assert.match(finding!.where, /drive-1/);
    for (let number = 0; number < 4; number++)
      assert((await read(storage, `${number}`)).equals(contentOf(`${number}`, large)));
    const healed = async () => (await storage.stats()).drives!.healing.healedBlobs;
    // Parity is read by scrubbers only, so a read may have had no need to see it.
    if ((await storage.stats()).damagedBlobs > 0)
      await until('it is healed', async () => (await healed()) > 0);
    await untilHealed(storage);
  });
}

test('2+1: two shards that are rotten in different stripes still give all of the object', async (t) => {
  const { storage, folders } = await openNew(t, { drives: 3, redundancy: '2+1' });
  await put(storage, 'key', contentOf('key', large));
  await rotDrive(folders[0]!, { at: 0.2 });
  await rotDrive(folders[1]!, { at: 0.5 });
  await rotDrive(folders[2]!, { at: 0.8 });
  assert((await read(storage, 'key')).equals(contentOf('key', large)));
  await until('it is healed', async () => (await storage.stats()).drives!.healing.healedBlobs > 0);
  await untilHealed(storage);
  assert.deepEqual(await storage.check({ deep: true }), []);
});

test('what was deleted while a drive was away goes from it when it is back, and what was written comes', async (t) => {
  const { storage, folders } = await openNew(t, { drives: 2, redundancy: 'mirror:2' });
  await put(storage, 'kept', contentOf('kept', 100_000));
  await put(storage, 'deleted', contentOf('deleted', 100_000));
  const { putBack } = await pull(folders[0]!);
  await until('it is missed', async () => (await statesOf(storage))[0] === 'missing');
  await storage.deleteObjects({ bucket, objects: [{ key: 'deleted' }] });
  await put(storage, 'written', contentOf('written', 100_000));
  await storage.gc();
  await putBack();
  await untilHealed(storage);
  assert.deepEqual(await statesOf(storage), ['ok', 'ok']);
  const blobs = (await storage.stats()).drives!.drives.map((drive) => drive.blobs);
  assert.deepEqual(blobs, [2, 2]);
  assert.deepEqual(await storage.check({ deep: true }), []);
});

test('an older copy of a drive is known by its generation, and looked through', async (t) => {
  const machine = await openNew(t, { drives: 2, redundancy: 'mirror:2' });
  const { storage, folders } = machine;
  await put(storage, 'deleted', contentOf('deleted', 100_000));
  await storage.close();
  const copy = `${folders[0]}.copy`;
  await cp(folders[0]!, copy, { recursive: true });
  const later = await machine.open();
  await later.deleteObjects({ bucket, objects: [{ key: 'deleted' }] });
  await later.gc();
  await later.close();
  await rm(folders[0]!, { recursive: true });
  await cp(copy, folders[0]!, { recursive: true });
  const last = await machine.open();
  assert.deepEqual(await statesOf(last), ['returned', 'ok']);
  await untilHealed(last);
  assert.deepEqual(
    (await last.stats()).drives!.drives.map((drive) => drive.blobs),
    [0, 0],
  );
});

test('more drives lost than the redundancy bears: the objects are named by `check` and by `repair`', async (t) => {
  const machine = await openNew(t, { drives: 3, redundancy: '2+1' });
  const { storage, folders, directory } = machine;
  await put(storage, 'lost', contentOf('lost', large));
  for (const folder of folders.slice(0, 2)) await pull(folder);
  await until(
    'they are missed',
    async () => (await statesOf(storage)).filter((one) => one === 'missing').length === 2,
  );
  const findings = await storage.check();
  assert(
    findings.some(({ where }) => where.includes('lost')),
    JSON.stringify(findings),
  );
  await assert.rejects(read(storage, 'lost'), { code: 'InternalError' });
  await assert.rejects(put(storage, 'new', contentOf('new', large)), { code: 'ServiceUnavailable' });
  await storage.close();
  const drives = { folders, redundancy: '2+1', healBytesPerSecond: MiB };
  const report = await repairObjectStorage({ directory, drives, writers: 1 });
  assert.deepEqual(
    report.hurt.map(({ key }) => key),
    ['lost'],
  );
});

test('what its drives cannot heal is repaired from its replica in another bucket', async (t) => {
  const machine = await openNew(t, { drives: 2, redundancy: 'none' });
  const { storage, folders, directory } = machine;
  await storage.createBucket({ bucket: 'copies', owner: 'me' });
  for (const name of [bucket, 'copies'])
    await storage.setBucketVersioning({ bucket: name, versioning: 'enabled' });
  await storage.configureBucket({
    ...{ bucket, documents: replication([{ destination: arnOf('copies') }]) },
  });
  const content = contentOf('rotten', large);
  await put(storage, 'rotten', content);
  await settled(storage);
  await storage.close();
  // One of the two: whichever lies on a drive of its own, or is found first.
  const files = await Promise.all(folders.map(segmentFiles));
  await rotContent(files.flat(), content.subarray(0, 1_000));
  const drives = { folders, redundancy: 'none', healBytesPerSecond: 1024 * MiB };
  const { repaired, hurt } = await repairObjectStorage({ directory, drives, writers: 1 });
  assert.deepEqual([repaired.map(({ key }) => key), hurt], [['rotten'], []]);
  const opened = await machine.open();
  for (const name of [bucket, 'copies']) {
    const { content: found } = await opened.getObject({ bucket: name, key: 'rotten' });
    const chunks = await Array.fromAsync(found.chunks(), (chunk) => Buffer.from(chunk));
    assert(Buffer.concat(chunks).equals(content));
  }
  await opened.gc();
  assert.deepEqual(await opened.check({ deep: true }), []);
});

test('`repair` makes the index of a drive anew and heals what another lost', async (t) => {
  const machine = await openNew(t, { drives: 3, redundancy: '2+1' });
  const { storage, folders, directory } = machine;
  for (let number = 0; number < 5; number++) await put(storage, `${number}`, contentOf(`${number}`, large));
  await storage.close();
  await rm(`${folders[0]}/blobs.sqlite`);
  await rotDrive(folders[1]!);
  const drives = { folders, redundancy: '2+1', healBytesPerSecond: 1024 * MiB };
  const report = await repairObjectStorage({ directory, drives, writers: 1 });
  assert.deepEqual([report.hurt, report.recoveredBlobs], [[], 5]);
  const opened = await machine.open();
  for (let number = 0; number < 5; number++)
    assert((await read(opened, `${number}`)).equals(contentOf(`${number}`, large)));
  await untilHealed(opened);
});

test('a start with a drive missing serves everything; a replaced drive is filled', async (t) => {
  const machine = await openNew(t, { drives: 3, redundancy: '2+1' });
  for (const size of [1_000, large]) await put(machine.storage, `${size}`, contentOf(`${size}`, size));
  await machine.storage.close();
  const folder = machine.folders[2]!;
  await pull(folder);
  const storage = await machine.open();
  for (const size of [1_000, large])
    assert((await read(storage, `${size}`)).equals(contentOf(`${size}`, size)));
  await assert.rejects(storage.replaceDrive({ folder: machine.folders[0]! }), /in use/);
  await emptyFolder(folder);
  assert.deepEqual(
    await statesOf(storage),
    ['ok', 'ok', 'missing'],
    'an empty folder is not taken by itself',
  );
  await storage.replaceDrive({ folder });
  await untilHealed(storage);
  assert.deepEqual(await storage.check({ deep: true }), []);
});

test('what was written under another redundancy stays readable, and is healed as it was written', async (t) => {
  const machine = await openNew(t, { drives: 4, redundancy: '2+2' });
  await put(machine.storage, 'coded', contentOf('coded', large));
  await machine.storage.close();
  const mirrored = await machine.open({ redundancy: 'mirror:2' });
  await put(mirrored, 'mirrored', contentOf('mirrored', large));
  for (const key of ['coded', 'mirrored']) assert((await read(mirrored, key)).equals(contentOf(key, large)));
  const folder = machine.folders[0]!;
  await pull(folder);
  await until('it is missed', async () => (await statesOf(mirrored))[0] === 'missing');
  await emptyFolder(folder);
  await mirrored.replaceDrive({ folder });
  await untilHealed(mirrored);
  assert.equal((await mirrored.stats()).blobs, 4 + 2);
});

test('uploads of many stripes at the same time do not share a byte: buffers are used again', async (t) => {
  const { storage } = await openNew(t, { drives: 6, redundancy: '4+2' });
  const bytes = 12 * MiB;
  const names = ['a', 'b', 'c'];
  for (let round = 0; round < 2; round++) {
    await Promise.all(
      names.map((name) => put(storage, `${name}${round}`, contentOf(`${name}${round}`, bytes))),
    );
  }
  for (const name of names)
    for (let round = 0; round < 2; round++)
      assert((await read(storage, `${name}${round}`)).equals(contentOf(`${name}${round}`, bytes)));
  assert.deepEqual(await storage.check({ deep: true }), []);
});
