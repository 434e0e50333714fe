// Bits that rot where copies share bytes: in marks, in counts, in the bytes. Nothing that is damaged frees shared bytes,
// `check` names it, and `repair` counts anew.

import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import test from 'node:test';
import { type ObjectStorage, repairObjectStorage } from '@cairn/object-storage';
import { blobsOf, type Name, upload } from './copying-storage.ts';
import { bucket, contentOf, openAt, openNew, put, read, rotContent, segmentFiles } from './upkeep-storage.ts';

const content = contentOf('shared', 200_000);
const keys = ['a', 'b', 'c'] as const;

/** Three objects with the same bytes, under three keys. */
async function copied(storage: ObjectStorage): Promise<void> {
  await put(storage, 'a', content);
  for (const key of ['b', 'c']) await storage.copyObject({ bucket, key, source: { bucket, key: 'a' } });
}

function changeMetadata(directory: string, statement: string): void {
  const database = new DatabaseSync(`${directory}/metadata.sqlite`, { timeout: 5_000 });
  const { changes } = database.prepare(statement).run();
  database.close();
  assert.equal(Number(changes), 1, statement);
}

async function findings(storage: ObjectStorage): Promise<string[]> {
  return (await storage.check()).map(({ severity, where, detail }) => `${severity} ${where}: ${detail}`);
}

const countRot = [
  {
    what: 'a count that became less',
    sql: 'update share set holders = 1',
    found: /^damage share .* its row does not match its checksum$/,
  },
  {
    what: 'a count that is gone',
    sql: 'delete from share',
    found: /^damage share .* 3 rows say that they share it, and none counts them$/,
  },
  {
    what: 'a count under another name',
    sql: `update share set blob = '${'f'.repeat(32)}'`,
    found: /^damage share .* 3 rows say that they share it, and none counts them$/,
  },
];
for (const { what, sql, found } of countRot) {
  test(`${what} frees nothing, and repair counts anew`, async (t) => {
    const { storage, directory } = await openNew(t);
    await copied(storage);
    changeMetadata(directory, sql);
    assert(
      (await findings(storage)).some((text) => found.test(text)),
      String(await findings(storage)),
    );
    const copy = storage.copyObject({ bucket, key: 'd', source: { bucket, key: 'a' } });
    await assert.rejects(copy, { code: 'InternalError' });
    await storage.deleteObject({ bucket, key: 'a' });
    await storage.deleteObject({ bucket, key: 'b' });
    const { problems } = await storage.gc();
    assert.equal(problems.length, 0, 'no orphan had to be looked at');
    assert((await read(storage, 'c')).equals(content));
    await storage.close();
    const report = await repairObjectStorage({ directory, writers: 1 });
    assert.deepEqual([report.recountedShares >= 1, report.hurt, report.metadataProblems], [true, [], []]);
    const again = await openAt(directory);
    t.after(() => again.close());
    assert.deepEqual(await findings(again), []);
    await again.copyObject({ bucket, key: 'd', source: { bucket, key: 'c' } });
    await again.deleteObject({ bucket, key: 'c' });
    await again.gc();
    assert((await read(again, 'd')).equals(content));
    await again.deleteObject({ bucket, key: 'd' });
    await again.gc();
    assert.equal((await again.stats()).blobs, 0);
  });
}

const rowRot = [
  { what: 'a mark that is gone', sql: "update object set shared = null where key = 'a'" },
  { what: 'a name that is another', sql: `update object set data = '${'f'.repeat(32)}' where key = 'a'` },
];
for (const { what, sql } of rowRot) {
  test(`${what} frees nothing when its object is deleted, and keeps the bytes until repair`, async (t) => {
    const { storage, directory } = await openNew(t);
    await copied(storage);
    changeMetadata(directory, sql);
    await assert.rejects(read(storage, 'a'), { code: 'InternalError' });
    const copy = storage.copyObject({ bucket, key: 'd', source: { bucket, key: 'a' } });
    await assert.rejects(copy, { code: 'InternalError' });
    await storage.deleteObject({ bucket, key: 'a' });
    await storage.deleteObject({ bucket, key: 'b' });
    await storage.gc();
    assert((await read(storage, 'c')).equals(content));
    assert.match((await findings(storage)).join(), /^notice share .* it counts 2 rows, 1 are there$/);
    await storage.deleteObject({ bucket, key: 'c' });
    await storage.gc();
    assert.equal((await storage.stats()).blobs, 1, 'nobody knows that it was the last');
    await storage.close();
    const report = await repairObjectStorage({ directory, writers: 1 });
    assert.deepEqual([report.recountedShares, report.orphanBlobs], [1, 1]);
    const again = await openAt(directory);
    t.after(() => again.close());
    assert.equal((await again.stats()).blobs, 0);
    assert.deepEqual(await findings(again), []);
  });
}

test('repair lowers no count while a row is damaged that may be a holder', async (t) => {
  const { storage, directory } = await openNew(t);
  await copied(storage);
  await storage.close();
  changeMetadata(directory, "update object set shared = null where key = 'a'");
  const { recountedShares } = await repairObjectStorage({ directory, writers: 1 });
  assert.equal(recountedShares, 0);
  // As it would be when the row came back from a backup.
  changeMetadata(directory, "update object set shared = 1 where key = 'a'");
  const again = await openAt(directory);
  t.after(() => again.close());
  for (const key of ['b', 'c']) await again.deleteObject({ bucket, key });
  await again.gc();
  assert((await read(again, 'a')).equals(content));
  assert.deepEqual(await findings(again), []);
});

for (const sql of [
  "update part set shared = null where upload = 'ID'",
  `update part set blob = (select data from object where key = 'other') where upload = 'ID'`,
]) {
  test(`a part that rotted (${sql}) takes no bytes along when its object goes`, async (t) => {
    const { storage, directory } = await openNew(t);
    const name = (key: string) => ({ bucket, key }) as unknown as Name;
    await upload(storage, name('a'), [content]);
    await storage.copyObject({ bucket, key: 'b', source: { bucket, key: 'a' } });
    await put(storage, 'other', contentOf('other', 1_000));
    const database = new DatabaseSync(`${directory}/metadata.sqlite`, { readOnly: true });
    const row = database.prepare("select data from object where key = 'a'").get() as { data: string };
    database.close();
    changeMetadata(directory, sql.replace('ID', row.data));
    await storage.deleteObject({ bucket, key: 'a' });
    await storage.gc();
    assert((await read(storage, 'b')).equals(content));
    assert.equal((await blobsOf(storage, name('b'))).length, 1);
    assert((await read(storage, 'other')).equals(contentOf('other', 1_000)));
    await storage.close();
  });
}

test('every object that shares a rotten blob is named', async (t) => {
  const { storage, directory } = await openNew(t);
  await copied(storage);
  await storage.close();
  await rotContent(await segmentFiles(directory), content.subarray(0, 1_000));
  const again = await openAt(directory);
  for (const key of keys) await assert.rejects(read(again, key), { code: 'InternalError' });
  const damaged = (await findings(again)).filter((text) => text.startsWith('damage object'));
  assert.deepEqual(damaged.map((text) => text.slice(0, 15)).toSorted(), [
    'damage object a',
    'damage object b',
    'damage object c',
  ]);
  await again.close();
  const { hurt } = await repairObjectStorage({ directory, writers: 1 });
  assert.deepEqual(hurt.map(({ key }) => key).toSorted(), [...keys]);
});
