// Objects that rules move to the place of a storage class, and what becomes of them there.

import assert from 'node:assert/strict';
import test from 'node:test';
import { type ObjectStorage, objectBody } from '@cairn/object-storage';
import { bucket, hourMs, keysOf, passMs, put, setRules } from '../lifecycle/simulated-storage.ts';
import { archiveClass, classOf, coldClass, placed, placesOf, textOf } from './placed-storage.ts';

const large = 200_000;
const settleMs = 30_000;
const empty = { check: [] as const };

async function assertSound(storage: ObjectStorage): Promise<void> {
  assert.deepEqual(await storage.check({ deep: true }), empty.check);
}

test('what is old enough moves to its class, is read there whole and in ranges, and leaves no bytes behind', async () => {
  await placed(async ({ open, untilAfterMidnight, sleep, cold }) => {
    const storage = await open();
    await setRules(storage, { filter: { prefix: 'a' }, transitions: [{ days: 1, storageClass: coldClass }] });
    await put(storage, 'a', { sizeBytes: large });
    await put(storage, 'other', { sizeBytes: large });
    const before = await storage.headObject({ bucket, key: 'a' });
    await untilAfterMidnight(hourMs);
    assert.deepEqual([await classOf(storage, 'a'), cold.blobs.size], ['STANDARD', 0], 'not a day old yet');
    await untilAfterMidnight(passMs);
    await sleep(settleMs);
    assert.deepEqual(await placesOf(storage, 'a'), [coldClass]);
    assert.deepEqual(await placesOf(storage, 'other'), ['']);
    assert.deepEqual(
      { ...(await storage.headObject({ bucket, key: 'a' })) },
      { ...before, storageClass: coldClass },
    );
    assert.equal(await textOf(storage, 'a'), 'a'.repeat(large));
    for (const range of [
      { start: 0, length: 1 },
      { start: 65_535, length: 2 },
      { start: 65_536, length: 65_536 },
      { start: 70_000, length: 100_000 },
      { start: large - 1, length: 1 },
    ])
      assert.equal(await textOf(storage, 'a', range), 'a'.repeat(range.length), JSON.stringify(range));
    assert.equal((await storage.stats()).blobs, 1, 'its local bytes went');
    await assertSound(storage);
    await storage.deleteObject({ bucket, key: 'a' });
    await sleep(settleMs);
    assert.equal(cold.blobs.size, 0, 'a deleted object goes from its place');
    await assertSound(storage);
  });
});

test('small objects stay where they are, unless a rule names a size, or an archive may take any', async () => {
  await placed(async ({ open, untilAfterMidnight, sleep }) => {
    const storage = await open();
    const to = (storageClass: 'STANDARD_IA' | 'GLACIER') => ({ transitions: [{ days: 1, storageClass }] });
    const rules = [
      { filter: { prefix: 'small' }, ...to(coldClass) },
      { filter: { prefix: 'sized', sizeGreaterThan: 1 }, ...to(coldClass) },
      { filter: { prefix: 'arch' }, ...to(archiveClass) },
    ];
    await setRules(storage, ...rules);
    for (const key of ['small', 'sized', 'arch']) await put(storage, key);
    const classes = async () =>
      Object.fromEntries(
        await Promise.all(['small', 'sized', 'arch'].map(async (key) => [key, await classOf(storage, key)])),
      );
    await untilAfterMidnight(hourMs);
    await untilAfterMidnight(passMs);
    await sleep(settleMs);
    assert.deepEqual(await classes(), { small: 'STANDARD', sized: coldClass, arch: 'STANDARD' });
    const whole = rules.map((rule, index) => ({ ...rule, id: `${index}`, enabled: true, form: 'filter' }));
    const lifecycle = { rules: whole, minimumTransitionSize: 'varies_by_storage_class' };
    await storage.configureBucket({ bucket, documents: { lifecycle: JSON.stringify(lifecycle) } });
    await sleep(passMs);
    assert.deepEqual(await classes(), { small: 'STANDARD', sized: coldClass, arch: archiveClass });
  });
});

test('a class without a place is only shown', async () => {
  await placed(async ({ open, untilAfterMidnight, sleep }) => {
    const storage = await open();
    await setRules(storage, { transitions: [{ days: 1, storageClass: 'ONEZONE_IA' }] });
    await put(storage, 'a', { sizeBytes: large });
    await untilAfterMidnight(hourMs);
    await untilAfterMidnight(passMs);
    await sleep(settleMs);
    assert.equal(await classOf(storage, 'a'), 'ONEZONE_IA');
    assert.deepEqual(await placesOf(storage, 'a'), ['']);
    const listed = await storage.listObjects({ bucket, prefix: '', delimiter: '', after: '', limit: 1 });
    assert.equal(listed.objects[0]!.storageClass, 'ONEZONE_IA');
    await assertSound(storage);
  });
});

test('an object moves on from place to place, and its bytes with it', async () => {
  await placed(async ({ open, untilAfterMidnight, sleep, cold, archive }) => {
    const storage = await open();
    await setRules(storage, {
      transitions: [
        { days: 1, storageClass: coldClass },
        { days: 3, storageClass: archiveClass },
      ],
    });
    await put(storage, 'a', { sizeBytes: large });
    for (let day = 0; day < 2; day++) await untilAfterMidnight(passMs);
    await sleep(settleMs);
    assert.deepEqual([cold.blobs.size, archive.blobs.size], [1, 0]);
    for (let day = 0; day < 2; day++) await untilAfterMidnight(passMs);
    await sleep(settleMs);
    assert.deepEqual([cold.blobs.size, archive.blobs.size], [0, 1]);
    assert.equal(await classOf(storage, 'a'), archiveClass);
    await assertSound(storage);
  });
});

test('noncurrent versions move by their own rule, the newest of them stay', async () => {
  await placed(async ({ open, untilAfterMidnight, sleep, cold }) => {
    const storage = await open();
    await storage.setBucketVersioning({ bucket, versioning: 'enabled' });
    const noncurrentTransitions = [{ days: 1, storageClass: coldClass, newerVersions: 1 } as const];
    await setRules(storage, { noncurrentTransitions });
    const versions: string[] = [];
    for (let index = 0; index < 4; index++)
      versions.push((await put(storage, 'a', { sizeBytes: large + index }))!);
    await untilAfterMidnight(hourMs);
    await untilAfterMidnight(passMs);
    await sleep(settleMs);
    const classes = await Promise.all(
      versions.map(
        async (versionId) => (await storage.headObject({ bucket, key: 'a', versionId })).storageClass,
      ),
    );
    assert.deepEqual(classes, [coldClass, coldClass, undefined, undefined]);
    assert.equal(cold.blobs.size, 2);
    await storage.deleteObject({ bucket, key: 'a', versionId: versions[0] });
    await sleep(settleMs);
    assert.equal(cold.blobs.size, 1);
    await assertSound(storage);
  });
});

test('an object that is put with the class of a place goes there by itself, also one made from parts', async () => {
  await placed(async ({ open, sleep, cold }) => {
    const storage = await open();
    await put(storage, 'a', { sizeBytes: 10, storageClass: coldClass });
    await putInParts(storage, 'parts', [100_000, 70_000, 5]);
    await sleep(settleMs);
    assert.equal(cold.blobs.size, 2);
    assert.equal(await textOf(storage, 'a'), 'a'.repeat(10));
    const whole = `${'0'.repeat(100_000)}${'1'.repeat(70_000)}${'2'.repeat(5)}`;
    assert.equal(await textOf(storage, 'parts'), whole);
    assert.equal(
      await textOf(storage, 'parts', { start: 99_999, length: 70_003 }),
      whole.slice(99_999, 170_002),
    );
    const { part } = await storage.headObject({ bucket, key: 'parts', partNumber: 2 });
    assert.deepEqual(part?.range, { start: 100_000, length: 70_000 });
    const { page } = await storage.objectParts({ bucket, key: 'parts', afterPart: 0, limit: 10 });
    assert.deepEqual(
      page?.parts.map(({ sizeBytes }) => sizeBytes),
      [100_000, 70_000, 5],
    );
    assert.equal((await storage.stats()).blobs, 0);
    await assertSound(storage);
    for (const key of await keysOf(storage)) await storage.deleteObject({ bucket, key });
    await sleep(settleMs);
    assert.equal(cold.blobs.size, 0);
    await assertSound(storage);
  });
});

test('encrypted objects move as they are stored, with their keys, also those made from parts', async () => {
  await placed(async ({ open, sleep, cold }) => {
    const storage = await open();
    const attributes = { headers: {}, userMetadata: {}, storageClass: coldClass } as const;
    const body = objectBody(Buffer.alloc(large, 'a'));
    await storage.putObject({ bucket, key: 'a', attributes, body, encryption: 'AES256' });
    await putInParts(storage, 'parts', [100_000, 70_000, 5], { encryption: 'AES256' });
    await sleep(settleMs);
    assert.equal(cold.blobs.size, 2);
    for (const bytes of cold.blobs.values())
      assert(!bytes.includes('a'.repeat(64)) && !bytes.includes('0'.repeat(64)));
    assert.equal(await textOf(storage, 'a', { start: 65_000, length: 1_000 }), 'a'.repeat(1_000));
    const whole = `${'0'.repeat(100_000)}${'1'.repeat(70_000)}${'2'.repeat(5)}`;
    assert.equal(await textOf(storage, 'parts'), whole);
    assert.equal(
      await textOf(storage, 'parts', { start: 99_999, length: 70_003 }),
      whole.slice(99_999, 170_002),
    );
    await storage.rotateMasterKey();
    await sleep(settleMs);
    assert.equal(await textOf(storage, 'parts'), whole);
    await assertSound(storage);
  });
});

test('what was appended to an encrypted object moves with it, under the keys that it has', async () => {
  await placed(async ({ open, sleep, cold }) => {
    const storage = await open();
    const attributes = { headers: {}, userMetadata: {}, storageClass: coldClass } as const;
    const pieces = [Buffer.alloc(large, 'a'), Buffer.alloc(0), Buffer.alloc(70_000, 'b'), Buffer.from('c')];
    const whole = Buffer.concat(pieces).toString();
    cold.away = true;
    const [first, ...others] = pieces.map((piece) => objectBody(piece));
    await storage.putObject({ bucket, key: 'a', attributes, body: first!, encryption: 'AES256' });
    let offset = large;
    for (const body of others) {
      const { sizeBytes } = await storage.appendObject({ bucket, key: 'a', offset, attributes, body });
      offset = sizeBytes;
    }
    cold.away = false;
    await sleep(90_000);
    assert.deepEqual(new Set(await placesOf(storage, 'a')), new Set([coldClass]));
    assert.equal(await textOf(storage, 'a'), whole);
    const range = { start: large - 3, length: 70_004 };
    assert.equal(await textOf(storage, 'a', range), whole.slice(range.start));
    const body = objectBody(Buffer.from('d'));
    const late = storage.appendObject({ bucket, key: 'a', offset, attributes, body });
    await assert.rejects(late, { code: 'InvalidObjectState' });
    await assertSound(storage);
  });
});

test('an object that an append makes goes to the place of its class, as one of a put does', async () => {
  await placed(async ({ open, sleep }) => {
    const storage = await open();
    const attributes = { headers: {}, userMetadata: {}, storageClass: archiveClass } as const;
    const body = objectBody(Buffer.alloc(large, 'a'));
    await storage.appendObject({ bucket, key: 'a', offset: 0, attributes, body });
    await sleep(settleMs);
    assert.deepEqual(await placesOf(storage, 'a'), [archiveClass]);
    await assertSound(storage);
  });
});

test('a place that is away fails reads for the time being, and moves go on when it is back', async () => {
  await placed(async ({ open, sleep, cold }) => {
    const storage = await open();
    await put(storage, 'there', { sizeBytes: large, storageClass: coldClass });
    await sleep(settleMs);
    cold.away = true;
    await put(storage, 'waits', { sizeBytes: large, storageClass: coldClass });
    await put(storage, 'goes', { sizeBytes: large, storageClass: coldClass });
    await sleep(settleMs);
    await assert.rejects(textOf(storage, 'there'), { code: 'ServiceUnavailable', message: /STANDARD_IA/ });
    assert.equal(await textOf(storage, 'waits'), 'waits'.repeat(large / 5), 'what is here is read here');
    await storage.deleteObject({ bucket, key: 'goes' });
    const [stats] = (await storage.stats()).storageClasses;
    assert.equal(stats!.waiting, 2);
    assert(stats!.failures > 1);
    assert.match(stats!.failure ?? '', /cannot be reached/);
    const notice = (await storage.check()).map(({ severity }) => severity);
    assert.deepEqual(notice, ['notice'], 'nobody knows what lies at a place that is away');
    cold.away = false;
    await sleep(120_000);
    assert.deepEqual(await placesOf(storage, 'waits'), [coldClass]);
    assert.equal(await textOf(storage, 'there'), 'there'.repeat(large / 5));
    assert.equal(cold.blobs.size, 2);
    const [later] = (await storage.stats()).storageClasses;
    assert.deepEqual([later!.waiting, later!.objects, later!.garbage, later!.failures], [0, 2, 0, 0]);
    await assertSound(storage);
  });
});

test('damage at a place is never served, and is counted and found', async () => {
  await placed(async ({ open, sleep, cold, metrics }) => {
    const storage = await open();
    await put(storage, 'a', { sizeBytes: large, storageClass: coldClass });
    await sleep(settleMs);
    const [name] = cold.blobs.keys();
    cold.rot(name!, 36 + 65_540 + 100);
    assert.equal(await textOf(storage, 'a', { start: 0, length: 65_536 }), 'a'.repeat(65_536));
    await assert.rejects(textOf(storage, 'a'), { code: 'InternalError' });
    await assert.rejects(textOf(storage, 'a', { start: 65_536, length: 1 }), { code: 'InternalError' });
    assert.match(metrics(), /cairn_object_storage_damaged_reads_total 2\n/);
    assert.equal((await storage.check()).length, 0, 'its size is right');
    const [finding] = await storage.check({ deep: true });
    assert.match(
      `${finding?.where}: ${finding?.detail}`,
      /^object a: .* block 1 does not match its checksum$/,
    );
    cold.blobs.set(name!, cold.blobs.get(name!)!.subarray(0, 1_000));
    await assert.rejects(textOf(storage, 'a', { start: 0, length: 1 }), { code: 'InternalError' });
    cold.blobs.clear();
    await assert.rejects(textOf(storage, 'a'), { code: 'InternalError' });
    assert.match((await storage.check())[0]!.detail, /is missing/);
  });
});

test('another blob in place of the right one is noticed, also of the same size', async () => {
  await placed(async ({ open, sleep, cold }) => {
    const storage = await open();
    for (const key of ['a', 'b']) await put(storage, key, { sizeBytes: large, storageClass: coldClass });
    await sleep(settleMs);
    const [[one, first], [two, second]] = [...cold.blobs] as [[string, Buffer], [string, Buffer]];
    cold.blobs.set(one, second).set(two, first);
    for (const key of ['a', 'b']) await assert.rejects(textOf(storage, key), { code: 'InternalError' });
  });
});

test('what is put in place of an object while it moves stays, and what was moved goes', async () => {
  await placed(async ({ open, sleep, cold }) => {
    const storage = await open({ lifecycle: { transitionBytesPerSecond: 500_000 } });
    await put(storage, 'a', { sizeBytes: 2_000_000, storageClass: coldClass });
    await sleep(3_000);
    assert.equal((await storage.stats()).storageClasses[0]!.garbage, 1, 'it is on its way');
    await put(storage, 'a', { sizeBytes: 7 });
    await sleep(settleMs);
    assert.equal(await textOf(storage, 'a'), 'a'.repeat(7));
    assert.deepEqual(await placesOf(storage, 'a'), ['']);
    assert.equal(cold.blobs.size, 0);
    await assertSound(storage);
  });
});

test('a moved object is renamed, copied, tagged and refuses to be appended to', async () => {
  await placed(async ({ open, sleep, cold }) => {
    const storage = await open();
    await put(storage, 'a', { sizeBytes: large, storageClass: coldClass });
    await put(storage, 'soon', { sizeBytes: large, storageClass: coldClass });
    await storage.renameObject({ bucket, source: 'soon', key: 'later' });
    await sleep(settleMs);
    assert.deepEqual(await placesOf(storage, 'later'), [coldClass], 'a rename takes a waiting move along');
    await storage.renameObject({ bucket, source: 'a', key: 'b' });
    const copy = await storage.copyObject({ bucket, key: 'copy', source: { bucket, key: 'b' } });
    assert.equal(copy.storageClass, undefined);
    const tags = [{ key: 'a', value: 'b' }];
    await storage.changeAttributes({ bucket, key: 'b', change: () => ({ tags }) });
    for (const key of ['b', 'copy']) assert.equal(await textOf(storage, key), 'a'.repeat(large));
    const append = storage.appendObject({
      ...{ bucket, key: 'b', attributes: { headers: {}, userMetadata: {} } },
      ...{ body: objectBody(Buffer.from('x')), offset: large },
    });
    await assert.rejects(append, { code: 'InvalidObjectState' });
    await sleep(settleMs);
    assert.equal(cold.blobs.size, 2);
    await assertSound(storage);
  });
});

test('bytes that a copy shares go when the last of both has moved, and a copy of what was moved is one of its own', async () => {
  await placed(async ({ open, untilAfterMidnight, sleep, cold }) => {
    const storage = await open();
    await setRules(storage, { filter: { prefix: 'a' }, transitions: [{ days: 1, storageClass: coldClass }] });
    await put(storage, 'a', { sizeBytes: large });
    for (const key of ['a2', 'stays'])
      await storage.copyObject({ bucket, key, source: { bucket, key: 'a' } });
    assert.deepEqual([(await storage.stats()).blobs, (await storage.stats()).sharedBlobs], [1, 1]);
    await untilAfterMidnight(hourMs);
    await untilAfterMidnight(passMs);
    await sleep(settleMs);
    assert.equal(cold.blobs.size, 2);
    assert.equal((await storage.stats()).blobs, 1, 'the one that stays still needs it');
    await storage.copyObject({ bucket, key: 'back', source: { bucket, key: 'a' } });
    await storage.copyObject({
      bucket,
      key: 'cold',
      source: { bucket, key: 'stays' },
      storageClass: coldClass,
    });
    await sleep(settleMs);
    assert.deepEqual(await placesOf(storage, 'cold'), [coldClass], 'a copy goes to the place of its class');
    for (const key of ['a', 'a2', 'stays', 'back', 'cold'])
      assert.equal(await textOf(storage, key), 'a'.repeat(large));
    await assertSound(storage);
    for (const key of ['a', 'a2', 'stays', 'back', 'cold']) await storage.deleteObject({ bucket, key });
    await sleep(settleMs);
    await storage.gc();
    assert.deepEqual([(await storage.stats()).blobs, cold.blobs.size], [0, 0]);
    await assertSound(storage);
  });
});

test('an object that is copied onto itself into STANDARD before it moved stays there', async () => {
  await placed(async ({ open, sleep, cold }) => {
    const storage = await open();
    cold.away = true;
    await put(storage, 'a', { sizeBytes: large, storageClass: coldClass });
    const attributes = { headers: {}, userMetadata: { colour: 'green' } };
    await storage.copyObject({ bucket, key: 'a', source: { bucket, key: 'a' }, attributes });
    cold.away = false;
    await sleep(90_000);
    assert.deepEqual([await classOf(storage, 'a'), cold.blobs.size], ['STANDARD', 0]);
    assert.deepEqual(await placesOf(storage, 'a'), ['']);
    await assertSound(storage);
  });
});

test('an object that is copied onto itself into STANDARD while it moves stays there', async () => {
  await placed(async ({ open, sleep, cold }) => {
    const storage = await open({ lifecycle: { transitionBytesPerSecond: 500_000 } });
    await put(storage, 'a', { sizeBytes: 2_000_000, storageClass: coldClass });
    await sleep(3_000);
    assert.equal((await storage.stats()).storageClasses[0]!.garbage, 1, 'it is on its way');
    const attributes = { headers: {}, userMetadata: { colour: 'green' } };
    await storage.copyObject({ bucket, key: 'a', source: { bucket, key: 'a' }, attributes });
    await sleep(settleMs);
    assert.deepEqual([await classOf(storage, 'a'), cold.blobs.size], ['STANDARD', 0]);
    await assertSound(storage);
  });
});

test('an object that is appended to before it moved moves with what was appended', async () => {
  await placed(async ({ open, sleep, cold }) => {
    const storage = await open();
    cold.away = true;
    await put(storage, 'a', { sizeBytes: large, storageClass: coldClass });
    for (const offset of [large, large + 1])
      await storage.appendObject({
        ...{ bucket, key: 'a', attributes: { headers: {}, userMetadata: {} } },
        ...{ body: objectBody(Buffer.from('x')), offset },
      });
    cold.away = false;
    await sleep(90_000);
    assert.deepEqual([await classOf(storage, 'a'), await placesOf(storage, 'a')], [coldClass, [coldClass]]);
    assert.equal(await textOf(storage, 'a'), `${'a'.repeat(large)}xx`);
    await assertSound(storage);
  });
});

test('moved objects may be renamed while orphans are searched for', async () => {
  await placed(async ({ open, sleep }) => {
    const storage = await open();
    await put(storage, 'a', { sizeBytes: large, storageClass: coldClass });
    await sleep(settleMs);
    let renamed = 0;
    const collecting = (async () => {
      while (renamed < 20) await storage.gc();
    })();
    for (; renamed < 20; renamed++) {
      const [source, key] = renamed % 2 === 0 ? ['a', 'b'] : ['b', 'a'];
      await storage.renameObject({ bucket, source: source!, key: key! });
    }
    await collecting;
    assert.equal(await textOf(storage, 'a'), 'a'.repeat(large));
  });
});

test('gc empties places too, and says why not while one is away', async () => {
  await placed(async ({ open, sleep, cold }) => {
    const storage = await open();
    await put(storage, 'a', { sizeBytes: large, storageClass: coldClass });
    await sleep(settleMs);
    cold.away = true;
    await storage.deleteObject({ bucket, key: 'a' });
    assert.match((await storage.gc()).problems.join(), /garbage of storage class STANDARD_IA was left alone/);
    cold.away = false;
    assert.deepEqual((await storage.gc()).problems, []);
    assert.equal(cold.blobs.size, 0);
  });
});

test('moves keep to the pace that is set', async () => {
  await placed(async ({ open, sleep }) => {
    const storage = await open({ lifecycle: { transitionBytesPerSecond: 100_000 } });
    await put(storage, 'a', { sizeBytes: 3_000_000, storageClass: coldClass });
    await sleep(25_000);
    assert.deepEqual(await placesOf(storage, 'a'), ['']);
    await sleep(10_000);
    assert.deepEqual(await placesOf(storage, 'a'), [coldClass]);
  });
});

async function putInParts(
  storage: ObjectStorage,
  key: string,
  sizes: readonly number[],
  { encryption }: { encryption?: 'AES256' } = {},
): Promise<void> {
  const attributes = { headers: {}, userMetadata: {}, storageClass: coldClass } as const;
  const created = await storage.createUpload({ bucket, key, attributes, owner: 'me', encryption });
  const upload = { bucket, key, uploadId: created.uploadId };
  const parts = [];
  for (const [index, size] of sizes.entries()) {
    const body = objectBody(Buffer.alloc(size, String(index)));
    const { partNumber, etag } = await storage.uploadPart({ ...upload, partNumber: index + 1, body });
    parts.push({ partNumber, etag });
  }
  await storage.completeUpload({ ...upload, parts });
}
