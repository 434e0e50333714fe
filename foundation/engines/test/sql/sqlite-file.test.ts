// SQLite's files: where they are, who may read them, what happens when they are full, foreign or damaged.

import assert from 'node:assert/strict';
import { open, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { openSql, type SqlOptions } from '@cairn/engines';
import { temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import conformanceStore from './conformance-store.ts';
import otherStore from './other-store.ts';

async function openHere(t: TestContext, options: Omit<SqlOptions, 'world'>) {
  const sql = await openSql(conformanceStore, { ...options, world: realWorld() });
  t.after(() => sql.close());
  return sql;
}

/** A closed database of some hundred pages. */
async function filledDatabase(file: string): Promise<void> {
  const sql = await openSql(conformanceStore, { url: `file:${file}`, world: realWorld() });
  const text = 'x'.repeat(100);
  await Promise.all(
    Array.from({ length: 3_000 }, (_, row) =>
      sql.write('insert', { key: `key ${row}`, text, integer: row, blob: null }),
    ),
  );
  await sql.close();
}

test('only the owner may read the files, and closing leaves the database alone', async (t) => {
  const file = join(await temporaryDirectory(t), 'new', 'folder', 'test.sqlite');
  const sql = await openHere(t, { url: `file:${file}` });
  await sql.write('add', { name: 'a', amount: 1 });
  for (const suffix of ['', '-wal', '-shm']) {
    assert.equal((await stat(file + suffix)).mode & 0o777, 0o600, `${suffix} is readable by its owner only`);
  }
  await sql.close();
  for (const suffix of ['-wal', '-shm']) await assert.rejects(stat(file + suffix), { code: 'ENOENT' });
});

test('a URL names a file, a folder, or leaves the choice to the caller', async (t) => {
  const directory = await temporaryDirectory(t);
  const named = join(directory, 'with space and %41.sqlite');
  await openHere(t, { url: `file:${named}` });
  await stat(named);
  await openHere(t, { url: pathToFileURL(join(directory, 'as URL ü.sqlite')).href });
  await stat(join(directory, 'as URL ü.sqlite'));
  await openHere(t, { url: `file:${directory}/` });
  await stat(join(directory, 'conformance.sqlite'));
  await openHere(t, { url: 'file:', file: join(directory, 'chosen.sqlite') });
  await stat(join(directory, 'chosen.sqlite'));
});

test("a store does not open another store's file", async (t) => {
  const file = join(await temporaryDirectory(t), 'test.sqlite');
  await filledDatabase(file);
  await assert.rejects(openSql(otherStore, { url: `file:${file}`, world: realWorld() }), {
    code: 'failed',
    message: /belongs to another store or program/,
  });
});

test("a store does not open another program's database", async (t) => {
  const file = join(await temporaryDirectory(t), 'test.sqlite');
  const foreign = new DatabaseSync(file);
  foreign.exec('create table precious (data text)');
  foreign.close();
  await assert.rejects(openHere(t, { url: `file:${file}` }), {
    code: 'failed',
    message: /another store or program/,
  });
});

test('a file that is no database is reported as damaged', async (t) => {
  const file = join(await temporaryDirectory(t), 'test.sqlite');
  await writeFile(file, 'this is a letter to my mother, and not a database at all. '.repeat(100));
  await assert.rejects(openHere(t, { url: `file:${file}` }), { code: 'corrupt' });
  assert.match(await readFile(file, 'utf8'), /^this is a letter/, 'and not overwritten');
});

test('damage in the middle of a file is found by the check', async (t) => {
  const file = join(await temporaryDirectory(t), 'test.sqlite');
  await filledDatabase(file);
  const handle = await open(file, 'r+');
  const { size } = await handle.stat();
  await handle.write(Buffer.alloc(8_192, 0xa5), 0, 8_192, Math.floor(size / 8_192) * 4_096);
  await handle.close();
  const sql = await openHere(t, { url: `file:${file}` });
  const findings = await sql.check();
  assert(findings.length > 0);
  assert(findings.every((finding) => !finding.includes('\n')));
  await assert.rejects(sql.read('keys', { after: '', limit: 1_000_000 }), { code: 'corrupt' });
});

test('with durability `os` what was acknowledged is there after closing and opening', async (t) => {
  const file = join(await temporaryDirectory(t), 'test.sqlite');
  const first = await openHere(t, { url: `file:${file}`, durability: 'os' });
  await first.write('add', { name: 'a', amount: 5 });
  await first.close();
  const second = await openHere(t, { url: `file:${file}`, durability: 'os' });
  assert.equal(await second.lookup('counter', { name: 'a' }), 5);
});
