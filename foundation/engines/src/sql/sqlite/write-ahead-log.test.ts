import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { SqliteConnection } from './sqlite-connection.ts';
import { ensureSqliteFile } from './sqlite-file.ts';
import { logBytesMax, looksEvery, WriteAheadLog } from './write-ahead-log.ts';

test('a log past its bound is cut back as soon as no reader needs it', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'cairn-test-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'test.sqlite');
  ensureSqliteFile(path);
  const writer = SqliteConnection.openWriter(path, 'os');
  t.after(() => writer.close());
  const log = new WriteAheadLog(writer, path);
  const keepSmall = () => {
    for (let transaction = 0; transaction < looksEvery; transaction++) log.keepSmall();
  };
  const logBytes = () => statSync(`${path}-wal`).size;
  writer.exec(
    'create table page (content blob); insert into page values (zeroblob(100)); pragma busy_timeout = 0',
  );

  const reader = SqliteConnection.openReader(path);
  reader.begin();
  reader.pragma('schema_version');
  writer.exec(`insert into page values (zeroblob(${logBytesMax}))`);
  keepSmall();
  assert(logBytes() > logBytesMax, 'the reader still needs the state from before');

  reader.close();
  keepSmall();
  assert(logBytes() > logBytesMax, 'after a vain attempt the next one waits for the log to grow on');
  writer.exec(`insert into page values (zeroblob(${logBytesMax}))`);
  keepSmall();
  assert.equal(logBytes(), 0);
});

test('a log that is too long is found after the first transaction and then after each sixteenth', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'cairn-test-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'test.sqlite');
  writeFileSync(`${path}-wal`, '');
  truncateSync(`${path}-wal`, logBytesMax);
  let transaction = 0;
  const found: number[] = [];
  const connection = {
    pragma: (text: string) => {
      if (text.startsWith('wal_checkpoint')) found.push(transaction);
      return [[text.startsWith('journal_mode') ? 'wal' : 0]];
    },
    exec: () => {},
  } as unknown as SqliteConnection;
  const log = new WriteAheadLog(connection, path);
  for (; transaction <= 2 * looksEvery; transaction++) log.keepSmall();
  assert.deepEqual(found, [0, looksEvery, 2 * looksEvery]);
});
