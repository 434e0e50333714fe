// Bits that rot in segments, index and metadata: detected, told of, never served, and repaired where that is possible.

import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import test from 'node:test';
import { repairObjectStorage } from '@cairn/object-storage';
import {
  bucket,
  changeIndex,
  contentOf,
  openAt,
  openNew,
  put,
  read,
  rotContent,
  segmentFiles,
} from './upkeep-storage.ts';

const damaged = { code: 'InternalError' };

test('a rotten block is refused, remembered over restarts, and forgotten with its object', async (t) => {
  const { storage, directory } = await openNew(t);
  const content = contentOf('rotten', 200_000);
  await put(storage, 'rotten', content);
  await put(storage, 'sound', contentOf('sound', 200_000));
  await storage.close();
  await rotContent(await segmentFiles(directory), content.subarray(0, 1_000));
  const again = await openAt(directory);
  await assert.rejects(read(again, 'rotten'), damaged);
  assert.equal((await again.stats()).damagedBlobs, 1);
  await again.close();
  const third = await openAt(directory);
  assert.equal((await third.stats()).damagedBlobs, 1);
  const findings = await third.check();
  assert(
    findings.some(({ where }) => where.includes('rotten')),
    JSON.stringify(findings),
  );
  await assert.rejects(read(third, 'rotten'), damaged);
  assert((await read(third, 'sound')).equals(contentOf('sound', 200_000)));
  await third.deleteObject({ bucket, key: 'rotten' });
  await third.gc();
  assert.equal((await third.stats()).damagedBlobs, 0);
  assert.deepEqual(await third.check({ deep: true }), []);
  await third.close();
});

test('compaction leaves a blob that it cannot read where it is, and its segment with it', async (t) => {
  const { storage, directory } = await openNew(t);
  const content = contentOf('rotten', 50_000);
  await put(storage, 'rotten', content);
  await put(storage, 'dropped', contentOf('dropped', 900_000));
  await put(storage, 'next', contentOf('next', 900_000));
  await storage.deleteObject({ bucket, key: 'dropped' });
  await storage.close();
  await rotContent(await segmentFiles(directory), content.subarray(0, 1_000));
  const again = await openAt(directory);
  const before = (await again.stats()).segments;
  await again.gc();
  assert.equal((await again.stats()).damagedBlobs, 1);
  assert.equal((await again.stats()).segments, before);
  await assert.rejects(read(again, 'rotten'), damaged);
  await again.close();
});

test('a rotten place in the index is refused and found, and repair makes it anew', async (t) => {
  const { storage, directory } = await openNew(t);
  await put(storage, 'a', contentOf('a', 100_000));
  await put(storage, 'b', contentOf('b', 100_000));
  await storage.close();
  // The place of one under the name of another: what a rotten page could look like at its worst.
  changeIndex(
    directory,
    'update blob set runs = (select max(runs) from blob) where runs = (select min(runs) from blob)',
  );
  const again = await openAt(directory);
  const outcomes = await Promise.allSettled([read(again, 'a'), read(again, 'b')]);
  assert.equal(outcomes.filter(({ status }) => status === 'rejected').length, 1);
  assert((await again.check()).some(({ detail }) => /row in the index/.test(detail)));
  await again.close();
  const report = await repairObjectStorage({ directory, writers: 1 });
  assert.equal(report.rottenIndexRows, 1);
  assert.deepEqual(report.hurt, []);
  const repaired = await openAt(directory);
  for (const key of ['a', 'b']) assert((await read(repaired, key)).equals(contentOf(key, 100_000)));
  assert.deepEqual(await repaired.check({ deep: true }), []);
  await repaired.close();
});

test('the id of a blob that rotted does not say where the next ids begin', async (t) => {
  const { storage, directory } = await openNew(t);
  await put(storage, 'a', contentOf('a', 1_000));
  await put(storage, 'b', contentOf('b', 1_000));
  await storage.close();
  // '0' and 'p' differ in one bit, and no digit sorts behind 'p'.
  changeIndex(directory, "update blob set id = 'p' || substr(id, 2) where id = (select max(id) from blob)");
  const again = await openAt(directory);
  await put(again, 'c', contentOf('c', 1_000));
  for (const key of ['a', 'c']) assert((await read(again, key)).equals(contentOf(key, 1_000)));
  await assert.rejects(read(again, 'b'), damaged);
  await again.close();
  const report = await repairObjectStorage({ directory, writers: 1 });
  assert.deepEqual(report.hurt, []);
});

test('a segment whose count rotted is never removed, and repair counts it anew', async (t) => {
  const { storage, directory } = await openNew(t);
  await put(storage, 'kept', contentOf('kept', 600_000));
  await put(storage, 'next', contentOf('next', 900_000));
  await storage.close();
  changeIndex(directory, 'update segment set blobs = 0, bytes = 0');
  const again = await openAt(directory);
  await put(again, 'third', contentOf('third', 900_000));
  await again.deleteObject({ bucket, key: 'third' });
  await again.gc();
  assert((await read(again, 'kept')).equals(contentOf('kept', 600_000)));
  assert((await again.check()).some(({ detail }) => /lost its count/.test(detail)));
  await again.close();
  await repairObjectStorage({ directory, writers: 1 });
  const repaired = await openAt(directory);
  assert.deepEqual(await repaired.check({ deep: true }), []);
  await repaired.close();
});

test('a segment whose count is gone is not taken for empty', async (t) => {
  const { storage, directory } = await openNew(t);
  await put(storage, 'kept', contentOf('kept', 600_000));
  await put(storage, 'next', contentOf('next', 900_000));
  await storage.close();
  changeIndex(directory, 'delete from segment; delete from blob');
  const again = await openAt(directory);
  await again.gc();
  await again.close();
  const report = await repairObjectStorage({ directory, writers: 1 });
  assert.deepEqual(report.hurt, []);
  const repaired = await openAt(directory);
  assert((await read(repaired, 'kept')).equals(contentOf('kept', 600_000)));
  await repaired.close();
});

test('a rotten checkpoint makes the next start read the whole log', async (t) => {
  const { storage, directory } = await openNew(t);
  await put(storage, 'k', contentOf('k', 100));
  await storage.close();
  changeIndex(
    directory,
    'update checkpoint set segment = segment + 7; delete from blob; delete from segment',
  );
  const again = await openAt(directory);
  assert((await read(again, 'k')).equals(contentOf('k', 100)));
  assert.deepEqual(await again.check(), []);
  await again.close();
});

test('repair keeps an index that is no database, names the objects that are hurt, and deletes none', async (t) => {
  const { storage, directory } = await openNew(t);
  const rotten = contentOf('rotten', 200_000);
  await put(storage, 'rotten', rotten);
  await put(storage, 'sound', contentOf('sound', 1_000));
  await put(storage, 'dropped', contentOf('dropped', 1_000));
  await storage.deleteObject({ bucket, key: 'dropped' });
  await storage.gc();
  await storage.close();
  await rotContent(await segmentFiles(directory), rotten.subarray(0, 1_000));
  await writeFile(`${directory}/blobs.sqlite`, Buffer.alloc(20_000, 'no database'));
  await assert.rejects(openAt(directory), { code: 'ServiceUnavailable', message: /object-storage repair/ });
  const report = await repairObjectStorage({ directory, writers: 1 });
  assert.match(report.replacedIndex ?? '', /blobs\.sqlite\.damaged-/);
  assert.deepEqual(
    report.hurt.map(({ bucket, key }) => `${bucket}/${key}`),
    ['upkeep/rotten'],
  );
  assert((await readdir(directory)).some((name) => name.startsWith('blobs.sqlite.damaged-')));
  const repaired = await openAt(directory);
  assert((await read(repaired, 'sound')).equals(contentOf('sound', 1_000)));
  await assert.rejects(read(repaired, 'rotten'), damaged);
  await repaired.close();
});

test('repair refuses a folder that is in use', async (t) => {
  const { storage, directory } = await openNew(t);
  await assert.rejects(repairObjectStorage({ directory }), { code: 'ServiceUnavailable' });
  await storage.close();
});

test('orphans are left alone while the metadata store is damaged', async (t) => {
  const { storage, directory } = await openNew(t);
  for (let number = 0; number < 9; number++) await put(storage, `key-${number}`, contentOf('k', 10));
  await storage.close();
  const path = `${directory}/metadata.sqlite`;
  const database = new DatabaseSync(path);
  database.exec("delete from object where key = 'key-7'");
  database.close();
  const bytes = await readFile(path);
  // The number of free pages (https://www.sqlite.org/fileformat.html): no row is hurt, but the file does not add up.
  bytes.writeUInt32BE(5, 36);
  await writeFile(path, bytes);
  const again = await openAt(directory);
  const report = await again.gc();
  assert.equal(report.orphanBlobs, 0);
  assert.match(report.problems.join(), /metadata store is damaged/);
  await again.close();
});

test('a row that rotted to one that names no blob is told by gc, which gives back what it can', async (t) => {
  const { storage, directory } = await openNew(t);
  await put(storage, 'kept', contentOf('kept', 300_000));
  await put(storage, 'rotten', contentOf('rotten', 10));
  for (let number = 0; number < 4; number++) await put(storage, `dropped-${number}`, contentOf('d', 400_000));
  await storage.close();
  const database = new DatabaseSync(`${directory}/metadata.sqlite`);
  database.exec("update object set data = substr(data, 2) where key = 'rotten'");
  database.close();
  const again = await openAt(directory);
  await again.deleteObjects({
    bucket,
    objects: [0, 1, 2, 3].map((number) => ({ key: `dropped-${number}` })),
  });
  const { problems, orphanBlobs } = await again.gc();
  assert.match(problems.join(), /row that names .* does not match its checksum/);
  assert.equal(orphanBlobs, 0);
  const { deadBytes, liveBytes } = await again.stats();
  assert(deadBytes <= liveBytes, `${deadBytes} bytes are dead`);
  assert((await read(again, 'kept')).equals(contentOf('kept', 300_000)));
  await again.close();
});
