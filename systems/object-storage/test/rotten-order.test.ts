// Bits that rot where SQLite keeps its order: rows come out of it, and who goes on behind the last row of a page may come by
// the same page for ever. Whoever goes through all rows has to come to an end, and say what is damaged.

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import test from 'node:test';
import { repairObjectStorage } from '@cairn/object-storage';
import { bucket, contentOf, openAt, openNew, put, read } from './upkeep-storage.ts';

const timeout = 120_000;
const sectorBytes = 4_096;

/** Changes the page that a table or an index begins at. */
async function rotPage(file: string, name: string, rot: (page: Buffer) => void): Promise<void> {
  const database = new DatabaseSync(file);
  const found = database.prepare('select rootpage from sqlite_master where name = ?').get(name);
  database.close();
  const bytes = await readFile(file);
  const from = (Number(found!.rootpage) - 1) * sectorBytes;
  rot(bytes.subarray(from, from + sectorBytes));
  await writeFile(file, bytes);
}

/** Makes a hexadecimal digit of a text less, the last that can be. */
function lessen(page: Buffer, at: number, digits: number): void {
  for (let digit = at + digits - 1; digit >= at; digit--) {
    if (page[digit]! === 0x30 || page[digit]! === 0x61) continue;
    page[digit]! -= 1;
    return;
  }
  assert.fail('all digits are the least');
}

test('an index of shared blobs that rotted ends in findings, of check, gc and repair', {
  timeout,
}, async (t) => {
  const { storage, directory } = await openNew(t);
  await put(storage, 'a', contentOf('a', 1_000));
  await storage.copyObject({ bucket, key: 'b', source: { bucket, key: 'a' } });
  const blob = (await storage.inspect({ bucket, key: 'b' })).placements[0]!.blob;
  await put(storage, 'orphan', contentOf('orphan', 1_000));
  await storage.close();
  const file = `${directory}/metadata.sqlite`;
  // An index of its own would be an orphan's only reference.
  const database = new DatabaseSync(file);
  database.exec("delete from object where key = 'orphan'");
  database.close();
  // The entries are of the blob, then the bucket's number, then the key, and the first that was written ends the page: the last one
  // in order comes before the first.
  await rotPage(file, 'object_shared', (page) => {
    const last = page.at(-1) === 'b'.charCodeAt(0) ? page.lastIndexOf(blob) : page.indexOf(blob);
    lessen(page, last, blob.length);
  });
  const again = await openAt(directory);
  const findings = await again.check();
  assert(findings.some(({ where }) => where === 'metadata'));
  assert(
    findings.some(({ where }) => where === 'table share'),
    JSON.stringify(findings),
  );
  const { orphanBlobs, problems } = await again.gc();
  assert.equal(orphanBlobs, 0);
  assert.match(problems.join(), /damaged/);
  for (const key of ['a', 'b']) assert((await read(again, key)).equals(contentOf('a', 1_000)));
  await again.close();
  const { metadataProblems, hurt } = await repairObjectStorage({ directory });
  assert(metadataProblems.length > 0);
  assert.deepEqual(hurt, []);
});

test('a table whose last row rotted to one before the first ends in findings', { timeout }, async (t) => {
  const { storage, directory } = await openNew(t);
  for (const name of ['vvv', 'www', 'xxx']) await storage.createBucket({ bucket: name, owner: 'me' });
  await put(storage, 'a', contentOf('a', 1_000));
  await storage.close();
  await rotPage(`${directory}/metadata.sqlite`, 'bucket', (page) => {
    page.write('a', page.indexOf('xxx'));
  });
  const again = await openAt(directory);
  const found = (await again.check()).map(({ where }) => where);
  assert(found.includes('bucket axx'), JSON.stringify(found));
  assert((await read(again, 'a')).equals(contentOf('a', 1_000)));
  await again.close();
});

test('an index of blobs whose last row rotted to one before the first ends in findings', {
  timeout,
}, async (t) => {
  const { storage, directory } = await openNew(t);
  for (const key of ['a', 'b', 'c']) await put(storage, key, contentOf(key, 1_000));
  const blob = (await storage.inspect({ bucket, key: 'c' })).placements[0]!.blob;
  await storage.close();
  await rotPage(`${directory}/blobs.sqlite`, 'blob', (page) => {
    page.write('00', page.indexOf(blob));
  });
  const again = await openAt(directory);
  const details = (await again.check()).map(({ where, detail }) => `${where}: ${detail}`);
  assert.match(details.join('\n'), /index: its blobs cannot be checked: .*the index is damaged/);
  assert((await read(again, 'a')).equals(contentOf('a', 1_000)));
  await again.close();
  await repairObjectStorage({ directory });
  const repaired = await openAt(directory);
  assert.deepEqual(await repaired.check({ deep: true }), []);
  for (const key of ['a', 'b', 'c']) assert((await read(repaired, key)).equals(contentOf(key, 1_000)));
  await repaired.close();
});

test('an index whose order rotted in several places is told by check, and removals spare what they do not name', {
  timeout,
}, async (t) => {
  const { storage, directory } = await openNew(t);
  const keys = Array.from({ length: 40 }, (_, number) => `${number}`.padStart(2, '0'));
  for (const key of keys) await put(storage, key, contentOf(key, 1_000));
  const blobs: string[] = [];
  for (const key of keys) blobs.push((await storage.inspect({ bucket, key })).placements[0]!.blob);
  await storage.close();
  await rotPage(`${directory}/blobs.sqlite`, 'blob', (page) => {
    for (const at of [9, 19, 29]) {
      const digit = page.indexOf(blobs[at]!) + 4;
      page.write(page.toString('latin1', digit, digit + 1) === 'f' ? 'e' : 'f', digit);
    }
  });
  const again = await openAt(directory);
  const findings = await again.check({ deep: true });
  assert(findings.some(({ where }) => where === 'index'));
  const dropped = keys.filter((_, number) => number % 10 >= 7);
  await again.deleteObjects({ bucket, objects: dropped.map((key) => ({ key })) });
  await again.gc();
  await again.close();
  await repairObjectStorage({ directory });
  const repaired = await openAt(directory);
  for (const key of keys)
    if (!dropped.includes(key)) assert((await read(repaired, key)).equals(contentOf(key, 1_000)), key);
  await repaired.close();
});

test('a start with an index that is damaged says that repair makes it anew, which it does', {
  timeout,
}, async (t) => {
  for (const name of ['blob', 'sqlite_schema'] as const) {
    const { storage, directory } = await openNew(t);
    await put(storage, 'a', contentOf('a', 1_000));
    await storage.close();
    const file = `${directory}/blobs.sqlite`;
    if (name === 'blob') await rotPage(file, name, (page) => page.fill(0xff, 0, 16));
    else {
      const bytes = await readFile(file);
      bytes.write('creete', bytes.indexOf('CREATE'));
      await writeFile(file, bytes);
    }
    await assert.rejects(openAt(directory), { code: 'ServiceUnavailable', message: /object-storage repair/ });
    assert.deepEqual((await repairObjectStorage({ directory })).hurt, []);
    const again = await openAt(directory);
    assert((await read(again, 'a')).equals(contentOf('a', 1_000)));
    await again.close();
  }
});
