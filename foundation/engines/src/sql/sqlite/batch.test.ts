import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Transaction, tablesOf } from '../statement/statement.ts';
import { defineStore } from '../store.ts';
import { type BatchConnection, readBatch, writeBatch } from './batch.ts';
import { SqliteConnection } from './sqlite-connection.ts';
import { ensureSqliteFile } from './sqlite-file.ts';
import { migrateSqlite } from './sqlite-migrations.ts';

const { statement } = tablesOf<{ page: { id: number; content: Uint8Array } }>();
const insert = statement({ id: 'integer', content: 'blob' }, (db, p) =>
  db.insertInto('page').values({ id: p.id, content: p.content }),
);
const ids = statement({}, (db) => db.selectFrom('page').select('id').orderBy('id'));

const store = defineStore({
  module: import.meta.url,
  name: 'pages',
  migrations: [
    ({ integer, blob }) => [`create table page (id ${integer} primary key, content ${blob}) strict`],
  ],
  reads: {
    *ids(): Transaction<number[]> {
      return (yield* ids.all({})).map((row) => row.id);
    },
  },
  writes: {
    *insert({ id, bytes }: { id: number; bytes: number }): Transaction<number> {
      return yield* insert.run({ id, content: new Uint8Array(bytes) });
    },
    *answer({ value }: { value: unknown }): Transaction<unknown> {
      yield* ids.all({});
      return value;
    },
    *insertTwice({ id }: { id: number }): Transaction<void> {
      yield* insert.run({ id, content: new Uint8Array(1) });
      yield* insert.run({ id, content: new Uint8Array(1) });
    },
  },
});

function openDatabase(t: TestContext): SqliteConnection {
  const directory = mkdtempSync(join(tmpdir(), 'cairn-test-'));
  const path = join(directory, 'test.sqlite');
  ensureSqliteFile(path);
  const connection = SqliteConnection.openWriter(path, 'synced');
  migrateSqlite(connection, store);
  t.after(() => {
    connection.close();
    rmSync(directory, { recursive: true });
  });
  return connection;
}

const answerCall = (value: unknown) => ({ name: 'answer', input: { value } });
const insertCall = (id: number, bytes = 10) => ({ name: 'insert', input: { id, bytes } });
const codesOf = (outcomes: ReturnType<typeof writeBatch>) =>
  outcomes.map((o) => (o.ok ? o.value : o.error.code));
const idsIn = (connection: BatchConnection) =>
  codesOf(readBatch(connection, store, [{ name: 'ids', input: {} }]))[0];

test('a full database fails what does not fit, and works again once there is space', (t) => {
  const connection = openDatabase(t);
  assert.deepEqual(codesOf(writeBatch(connection, store, [insertCall(1)])), [1]);
  const [[pages]] = connection.pragma('page_count') as [[number]];
  connection.pragma(`max_page_count = ${pages + 4}`);
  const outcomes = writeBatch(connection, store, [insertCall(2, 1_000_000)]);
  assert.deepEqual(codesOf(outcomes), ['full']);
  assert.deepEqual(idsIn(connection), [1]);
  connection.pragma('max_page_count = 100000');
  assert.deepEqual(codesOf(writeBatch(connection, store, [insertCall(2, 1_000_000)])), [1]);
  assert.deepEqual(idsIn(connection), [1, 2]);
});

test('calls that answer alike, one behind the other, have one outcome: it crosses threads once', (t) => {
  const connection = openDatabase(t);
  const outcomes = writeBatch(connection, store, [insertCall(1), insertCall(2), insertCall(3)]);
  assert.deepEqual(codesOf(outcomes), [1, 1, 1]);
  assert.equal(new Set(outcomes).size, 1);
  const numbers = [1, 1, 2, 1, undefined, undefined];
  assert.deepEqual(codesOf(writeBatch(connection, store, numbers.map(answerCall))), numbers);
});

test('a call that throws in the middle of a batch takes back what it wrote, and the others are run once in effect', (t) => {
  const connection = openDatabase(t);
  const twice = { name: 'insertTwice', input: { id: 2 } };
  const outcomes = writeBatch(connection, store, [insertCall(1), twice, insertCall(3), twice, insertCall(4)]);
  assert.deepEqual(codesOf(outcomes), [1, 'failed', 1, 'failed', 1]);
  assert.deepEqual(idsIn(connection), [1, 3, 4]);
});

test('a call that fails only because another one failed before it is run again and succeeds', (t) => {
  const connection = openDatabase(t);
  const twice = { name: 'insertTwice', input: { id: 2 } };
  assert.deepEqual(codesOf(writeBatch(connection, store, [twice, insertCall(2)])), ['failed', 1]);
  assert.deepEqual(idsIn(connection), [2]);
});

test('when the transaction is lost in the middle of a batch, every call of it fails', (t) => {
  const connection = openDatabase(t);
  const losing: BatchConnection = override(connection, {
    execute: (step) => {
      const result = connection.execute(step);
      if (step.parameters.id === 2) {
        connection.rollback();
        throw new Error('the disk failed, and the transaction was rolled back');
      }
      return result;
    },
  });
  assert.deepEqual(
    codesOf(
      writeBatch(
        losing,
        store,
        [1, 2, 3].map((id) => insertCall(id)),
      ),
    ),
    Array(3).fill('failed'),
  );
  assert.deepEqual(idsIn(connection), []);
  assert.deepEqual(codesOf(writeBatch(connection, store, [insertCall(4)])), [1]);
});

test('a commit that failed is written over, so that recovery cannot take it for committed', (t) => {
  const connection = openDatabase(t);
  const { failing, commits } = failCommits(connection, 1);
  assert.deepEqual(codesOf(writeBatch(failing, store, [insertCall(1), insertCall(2)])), ['failed', 'failed']);
  assert.equal(commits(), 2, 'another transaction was committed in its place');
  assert.deepEqual(idsIn(connection), []);
});

test('a commit that failed and cannot be written over is reported as unknown', (t) => {
  const connection = openDatabase(t);
  const { failing } = failCommits(connection, 2);
  const [outcome] = writeBatch(failing, store, [insertCall(1)]);
  assert(outcome?.ok === false);
  assert.equal(outcome.error.code, 'unavailable');
  assert.match(outcome.error.detail, /whether it was committed is unknown/);
  assert.deepEqual(codesOf(writeBatch(failing, store, [insertCall(2)])), [1], 'the connection works on');
});

/** The connection with its first commits failing as a failed sync does. */
function failCommits(connection: SqliteConnection, count: number) {
  let commits = 0;
  const failing = override(connection, {
    commit: () => {
      commits++;
      if (commits <= count) throw Object.assign(new Error('disk I/O error'), { errcode: 1_034 });
      connection.commit();
    },
  });
  return { failing, commits: () => commits };
}

function override(connection: SqliteConnection, overrides: Partial<BatchConnection>): BatchConnection {
  return {
    begin: () => connection.begin(),
    commit: () => connection.commit(),
    rollback: () => connection.rollback(),
    exec: (text) => connection.exec(text),
    execute: connection.execute,
    pragma: (text) => connection.pragma(text),
    get inTransaction() {
      return connection.inTransaction;
    },
    ...overrides,
  };
}
