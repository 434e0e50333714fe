// Archived objects: they are read after they were asked for, and for as long as they were asked for.

import assert from 'node:assert/strict';
import test from 'node:test';
import { type ObjectStorage, objectBody } from '@cairn/object-storage';
import { notification, RememberingSink } from '../events/remembering-sink.ts';
import { bucket, dayMs, hourMs, passMs, put, setRules } from '../lifecycle/simulated-storage.ts';
import { replacing } from '../simulation/sabotage.ts';
import { archiveClass, type Placed, placed, placesOf, textOf } from './placed-storage.ts';

const large = 200_000;
const settleMs = 30_000;

const restoreOf = async (storage: ObjectStorage, key = 'a') =>
  (await storage.headObject({ bucket, key })).restore;

test('an archived object is read after it was restored, until its days are over', async () => {
  await placed(async ({ open, sleep, untilAfterMidnight, nowMs, archive }) => {
    const storage = await open();
    await untilAfterMidnight(hourMs);
    await put(storage, 'a', { sizeBytes: large, storageClass: archiveClass });
    await sleep(settleMs);
    assert.deepEqual(await placesOf(storage, 'a'), [archiveClass]);
    await assert.rejects(textOf(storage, 'a'), { code: 'InvalidObjectState' });
    assert.equal(await restoreOf(storage), undefined);
    assert.equal(await storage.restoreObject({ bucket, key: 'a', days: 1 }), 'accepted');
    assert.deepEqual(await restoreOf(storage), { ongoing: true });
    await assert.rejects(storage.restoreObject({ bucket, key: 'a', days: 1 }), {
      code: 'RestoreAlreadyInProgress',
    });
    await assert.rejects(textOf(storage, 'a'), { code: 'InvalidObjectState' });
    await sleep(settleMs);
    // The midnight after one day from now.
    const untilMs = (Math.floor(nowMs() / dayMs) + 2) * dayMs;
    assert.deepEqual(await restoreOf(storage), { ongoing: false, untilMs });
    assert.equal(await textOf(storage, 'a'), 'a'.repeat(large));
    assert.equal(await textOf(storage, 'a', { start: 65_535, length: 2 }), 'aa');
    archive.away = true;
    assert.equal(await textOf(storage, 'a'), 'a'.repeat(large), 'the copy is here');
    archive.away = false;
    assert.deepEqual(await storage.check({ deep: true }), []);
    assert.deepEqual([(await storage.gc()).orphanBlobs, (await storage.stats()).blobs], [0, 1]);
    assert.deepEqual(await placesOf(storage, 'a'), [archiveClass]);
    await untilAfterMidnight(passMs);
    assert.equal(await textOf(storage, 'a'), 'a'.repeat(large));
    await untilAfterMidnight(passMs);
    await assert.rejects(textOf(storage, 'a'), { code: 'InvalidObjectState' });
    assert.equal(await restoreOf(storage), undefined);
    await sleep(settleMs);
    assert.equal((await storage.stats()).blobs, 0, 'the copy goes');
    assert.equal(archive.blobs.size, 1);
    assert.deepEqual(await storage.check({ deep: true }), []);
  });
});

test('asking again sets a new time for a copy that is there', async () => {
  await placed(async ({ open, sleep, untilAfterMidnight }) => {
    const storage = await open();
    await untilAfterMidnight(hourMs);
    await put(storage, 'a', { storageClass: archiveClass });
    await sleep(settleMs);
    await storage.restoreObject({ bucket, key: 'a', days: 1 });
    await sleep(settleMs);
    assert.equal(await storage.restoreObject({ bucket, key: 'a', days: 3 }), 'extended');
    for (let day = 0; day < 3; day++) await untilAfterMidnight(passMs);
    assert.equal(await textOf(storage, 'a'), 'a'.repeat(10));
    await untilAfterMidnight(passMs);
    await assert.rejects(textOf(storage, 'a'), { code: 'InvalidObjectState' });
  });
});

test('what has not left yet is restored at once, and leaves when its days are over', async () => {
  await placed(async ({ open, sleep, untilAfterMidnight, archive }) => {
    const storage = await open();
    await untilAfterMidnight(hourMs);
    archive.away = true;
    await put(storage, 'a', { sizeBytes: large, storageClass: archiveClass });
    await assert.rejects(textOf(storage, 'a'), { code: 'InvalidObjectState' }, 'it is archived all the same');
    assert.equal(await storage.restoreObject({ bucket, key: 'a', days: 1 }), 'accepted');
    assert.equal(await textOf(storage, 'a'), 'a'.repeat(large));
    archive.away = false;
    await sleep(90_000);
    assert.deepEqual([await placesOf(storage, 'a'), archive.blobs.size], [[''], 0]);
    for (let day = 0; day < 2; day++) await untilAfterMidnight(passMs);
    await sleep(90_000);
    assert.deepEqual([await placesOf(storage, 'a'), archive.blobs.size], [[archiveClass], 1]);
    assert.deepEqual(await storage.check({ deep: true }), []);
  });
});

test('what was restored before it left stays so when something is appended, and leaves whole', async () => {
  await placed(async ({ open, sleep, untilAfterMidnight, archive }) => {
    const storage = await open();
    await untilAfterMidnight(hourMs);
    archive.away = true;
    await put(storage, 'a', { sizeBytes: large, storageClass: archiveClass });
    await storage.restoreObject({ bucket, key: 'a', days: 1 });
    const restored = await restoreOf(storage);
    for (const offset of [large, large + 1]) {
      const attributes = { headers: {}, userMetadata: {} };
      const body = objectBody(Buffer.from('x'));
      await storage.appendObject({ bucket, key: 'a', offset, attributes, body });
      assert.equal(await textOf(storage, 'a'), `${'a'.repeat(large)}${'x'.repeat(offset - large + 1)}`);
    }
    assert.deepEqual(await restoreOf(storage), restored);
    archive.away = false;
    for (let day = 0; day < 2; day++) await untilAfterMidnight(passMs);
    await sleep(90_000);
    assert.deepEqual([await placesOf(storage, 'a'), archive.blobs.size], [[archiveClass], 1]);
    await assert.rejects(textOf(storage, 'a'), { code: 'InvalidObjectState' });
    assert.deepEqual(await storage.check({ deep: true }), []);
  });
});

test('an archived object that has not left yet is not copied, whole or in parts, before it was restored', async () => {
  await placed(async ({ open, archive }) => {
    const storage = await open();
    archive.away = true;
    await put(storage, 'a', { sizeBytes: large, storageClass: archiveClass });
    const source = { bucket, key: 'a' };
    const refused = { code: 'InvalidObjectState' };
    const attributes = { headers: {}, userMetadata: {} };
    const copy = (key: string) => storage.copyObject({ bucket, key, source, attributes });
    for (const key of ['b', 'a']) await assert.rejects(copy(key), refused);
    const created = await storage.createUpload({ bucket, key: 'c', attributes, owner: 'me' });
    const part = { bucket, key: 'c', uploadId: created.uploadId, partNumber: 1, source };
    await assert.rejects(storage.uploadPartCopy(part), refused);
    await storage.restoreObject({ ...source, days: 1 });
    await copy('b');
    await storage.uploadPartCopy(part);
    assert.equal(await textOf(storage, 'b'), 'a'.repeat(large));
    assert.deepEqual(await storage.check({ deep: true }), []);
  });
});

test('a copy goes with its object, and with a rename to its new name', async () => {
  await placed(async ({ open, sleep, archive }) => {
    const storage = await open();
    await put(storage, 'a', { sizeBytes: large, storageClass: archiveClass });
    await sleep(settleMs);
    await storage.restoreObject({ bucket, key: 'a', days: 1 });
    await storage.renameObject({ bucket, source: 'a', key: 'b' });
    await sleep(settleMs);
    assert.equal(await textOf(storage, 'b'), 'a'.repeat(large));
    const copy = await storage.copyObject({ bucket, key: 'copy', source: { bucket, key: 'b' } });
    assert.equal(copy.storageClass, undefined);
    await storage.deleteObject({ bucket, key: 'b' });
    await sleep(settleMs);
    assert.equal((await storage.stats()).blobs, 1, 'only the bytes of the copy in STANDARD are here');
    assert.equal(archive.blobs.size, 0);
    await storage.gc();
    assert.deepEqual(await storage.check({ deep: true }), []);
  });
});

test('a restore that was accepted is done though its object is renamed while the worker is at others', async () => {
  await placed(async ({ open, sleep }) => {
    const renamed = { isDone: false };
    const storage: ObjectStorage = await open({
      wrap: (metadata) => {
        const lookup: typeof metadata.lookup = async (name, input) => {
          const answer = await metadata.lookup(name, input);
          if (name !== 'listRestores' || renamed.isDone || (answer as readonly unknown[]).length === 0)
            return answer;
          renamed.isDone = true;
          await storage.renameObject({ bucket, source: 'a', key: 'b' });
          return answer;
        };
        return replacing(metadata, { lookup });
      },
    });
    await put(storage, 'a', { sizeBytes: large, storageClass: archiveClass });
    await sleep(settleMs);
    assert.equal(await storage.restoreObject({ bucket, key: 'a', days: 1 }), 'accepted');
    await sleep(settleMs);
    assert(renamed.isDone);
    assert.equal((await restoreOf(storage, 'b'))?.ongoing, false);
    assert.equal(await textOf(storage, 'b'), 'a'.repeat(large));
  });
});

test('what is read as it is is not restored, and an archive that settings open is read as it is', async () => {
  await placed(async ({ open, sleep, archive }) => {
    const opened = { storageClass: archiveClass, url: 'memory:', restore: false } as const;
    const storage = await open({ places: [{ ...opened, open: () => archive.open() }] });
    await put(storage, 'plain');
    await put(storage, 'a', { sizeBytes: large, storageClass: archiveClass });
    await sleep(settleMs);
    assert.equal(await textOf(storage, 'a'), 'a'.repeat(large));
    for (const key of ['plain', 'a'])
      await assert.rejects(storage.restoreObject({ bucket, key, days: 1 }), { code: 'InvalidObjectState' });
  });
});

test('a copy that could not be made is tried again', async () => {
  await placed(async ({ open, sleep, archive }) => {
    const storage = await open();
    await put(storage, 'a', { sizeBytes: large, storageClass: archiveClass });
    await sleep(settleMs);
    archive.away = true;
    await storage.restoreObject({ bucket, key: 'a', days: 1 });
    await sleep(settleMs);
    assert.deepEqual(await restoreOf(storage), { ongoing: true });
    archive.away = false;
    await sleep(90_000);
    assert.equal(await textOf(storage, 'a'), 'a'.repeat(large));
  });
});

test('an encrypted object made from parts is restored with its keys', async () => {
  await placed(async ({ open, sleep }) => {
    const storage = await open();
    await archivedParts({ sleep }, storage);
    assert.equal(await textOf(storage, 'a'), `${'0'.repeat(70_000)}${'1'.repeat(70_000)}`);
    assert.equal(await textOf(storage, 'a', { start: 69_999, length: 2 }), '01');
  });
});

async function archivedParts({ sleep }: Pick<Placed, 'sleep'>, storage: ObjectStorage) {
  const attributes = { headers: {}, userMetadata: {}, storageClass: archiveClass } as const;
  const request = { bucket, key: 'a', attributes, owner: 'me', encryption: 'AES256' } as const;
  const { uploadId } = await storage.createUpload(request);
  const upload = { bucket, key: 'a', uploadId };
  const parts = [];
  for (const number of [1, 2]) {
    const body = objectBody(Buffer.alloc(70_000, String(number - 1)));
    const { partNumber, etag } = await storage.uploadPart({ ...upload, partNumber: number, body });
    parts.push({ partNumber, etag });
  }
  await storage.completeUpload({ ...upload, parts });
  await sleep(settleMs);
  assert.deepEqual(await placesOf(storage, 'a'), [archiveClass]);
  await storage.restoreObject({ bucket, key: 'a', days: 1 });
  await sleep(settleMs);
}

test('everything that happens is told: moved, asked for, restored, gone', async () => {
  await placed(async ({ open, sleep, untilAfterMidnight }) => {
    const storage = await open();
    const sink = new RememberingSink();
    storage.addEventSink(sink);
    const transitions = [{ days: 1, storageClass: archiveClass } as const];
    const events = ['s3:ObjectCreated:*', 's3:LifecycleTransition', 's3:ObjectRestore:*'];
    await storage.configureBucket({ bucket, documents: { notification: notification([{ events }]) } });
    await setRules(storage, { transitions });
    await put(storage, 'a', { sizeBytes: large });
    for (let day = 0; day < 2; day++) await untilAfterMidnight(passMs);
    await storage.restoreObject({ bucket, key: 'a', days: 1 });
    for (let day = 0; day < 3; day++) await untilAfterMidnight(passMs);
    await sleep(settleMs);
    assert.deepEqual(sink.names(), [
      'ObjectCreated:Put a',
      'LifecycleTransition a',
      'ObjectRestore:Post a',
      'ObjectRestore:Completed a',
      'ObjectRestore:Delete a',
    ]);
  });
});

test('a restore for more days than there are dates is one for as long as can be', async () => {
  await placed(async ({ open, sleep, archive }) => {
    const storage = await open();
    await put(storage, 'a', { sizeBytes: large, storageClass: archiveClass });
    await sleep(settleMs);
    assert.equal(await storage.restoreObject({ bucket, key: 'a', days: 2 ** 31 - 1 }), 'accepted');
    await sleep(settleMs);
    const restore = await restoreOf(storage);
    assert(restore?.ongoing === false);
    assert.match(new Date(restore.untilMs).toISOString(), /^9999-/);
    assert.equal(await storage.restoreObject({ bucket, key: 'a', days: 1 }), 'extended');
    await storage.deleteObject({ bucket, key: 'a' });
    await sleep(settleMs);
    assert.equal(archive.blobs.size, 0);
  });
});

for (const starts of [1, 2]) {
  test(`what was asked for while the clock was ahead is done once it is right again, of ${starts} starts`, async () => {
    await placed(async ({ open, sleep, machine, archive }) => {
      const yearMs = 365 * dayMs;
      let storage = await open();
      await put(storage, 'a', { storageClass: archiveClass });
      await sleep(settleMs);
      assert.deepEqual(await placesOf(storage, 'a'), [archiveClass]);
      archive.away = true;
      machine.clockJump(yearMs);
      await storage.restoreObject({ bucket, key: 'a', days: 1 });
      await put(storage, 'b', { storageClass: archiveClass });
      if (starts === 2) await storage.close();
      machine.clockJump(-yearMs);
      archive.away = false;
      if (starts === 2) storage = await open();
      await sleep(hourMs + passMs);
      assert.equal(await textOf(storage, 'a'), 'a'.repeat(10));
      assert.deepEqual(await placesOf(storage, 'b'), [archiveClass]);
    });
  });
}
