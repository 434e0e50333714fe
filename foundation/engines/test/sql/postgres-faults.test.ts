// What only a server can do wrong: go away, be shared with others, be set up by somebody else.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { inspect } from 'node:util';
import { openSql, type SqlOptions } from '@cairn/engines';
import { freePort } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import conformanceStore from './conformance-store.ts';
import otherStore from './other-store.ts';
import { asSuperuser, freshDatabase, postgresMissing } from './postgres-server.ts';
import sessionStore from './session-store.ts';

const skip = { skip: postgresMissing };
const endOthers = `select pg_terminate_backend(pid) from pg_stat_activity
  where datname = current_database() and pid <> pg_backend_pid()`;

async function openHere(t: TestContext, options: Omit<SqlOptions, 'world'>) {
  const sql = await openSql(conformanceStore, { ...options, world: realWorld() });
  t.after(() => sql.close());
  return sql;
}

test('connections that the server ends while idle are replaced', skip, async (t) => {
  const url = await freshDatabase();
  const sql = await openHere(t, { url });
  assert.equal(await sql.write('add', { name: 'a', amount: 1 }), 1);
  await asSuperuser(url, (client) => client.query(endOthers));
  // The end may be noticed only when the connection is used: that is an error to try again after, never a crash.
  const retried = () => sql.write('add', { name: 'a', amount: 1 });
  assert.equal(await retried().catch(retried), 2);
});

test('a connection that is lost in a transaction is reported as unavailable', skip, async (t) => {
  const url = await freshDatabase();
  const sql = await openHere(t, { url });
  await asSuperuser(url, async (client) => {
    // Holds the row, so that the write waits in the middle of its transaction.
    await client.query('set search_path = conformance; begin');
    await client.query("insert into counter values ('a', 1)");
    const write = sql.write('add', { name: 'a', amount: 1 });
    const rejected = assert.rejects(write, { code: 'unavailable', retryable: true });
    const waiting =
      "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    while ((await client.query(waiting)).rowCount === 0);
    await client.query(endOthers);
    await rejected;
    await client.query('rollback');
  });
  assert.equal(await sql.write('add', { name: 'a', amount: 1 }), 1);
});

test('a server that does not listen is unavailable, and no error shows the password', async () => {
  const url = `postgres://somebody:secret-password@127.0.0.1:${await freePort()}/somewhere`;
  const error = await openSql(conformanceStore, { url, world: realWorld() }).catch((reason) => reason);
  assert.equal(error.code, 'unavailable');
  assert.match(error.message, /"conformance" at postgres:\/\/127\.0\.0\.1:\d+\/somewhere/);
  assert.doesNotMatch(wholeText(error), /secret-password/);
});

test('a URL that is malformed or of an unknown scheme is refused without being shown', async () => {
  for (const url of [
    'postgres://user:secret-password@host:port/',
    'mysql://user:secret-password@host/',
    'secret-password',
  ]) {
    const error = await openSql(conformanceStore, { url, world: realWorld() }).catch((reason) => reason);
    assert.equal(error.code, 'invalid-url');
    assert.match(error.message, /wanted is/);
    assert.doesNotMatch(wholeText(error), /secret-password/);
  }
});

test('a database that does not exist is named', skip, async (t) => {
  const url = new URL('/nowhere', await freshDatabase()).href;
  await assert.rejects(openHere(t, { url }), { code: 'failed', message: /"nowhere" does not exist/ });
});

test('several processes that start at once migrate once', skip, async (t) => {
  const url = await freshDatabase();
  const opened = await Promise.all(Array.from({ length: 5 }, () => openHere(t, { url, poolSizeMax: 2 })));
  await Promise.all(opened.map((sql) => sql.write('increment', { name: 'a' })));
  assert.equal(await opened[0]!.lookup('counter', { name: 'a' }), 5);
});

test('stores share a database, each in a schema of its own', skip, async (t) => {
  const url = await freshDatabase();
  await openHere(t, { url });
  const other = await openSql(otherStore, { url, world: realWorld() });
  await other.close();
  const schemas = await asSuperuser(url, (client) =>
    client.query(
      "select schemaname from pg_tables where tablename in ('note', 'counter') order by schemaname",
    ),
  );
  assert.deepEqual(schemas.rows, [{ schemaname: 'conformance' }, { schemaname: 'other_store' }]);
});

test('durability `synced` overrules a server that does not sync, and `os` asks for it', skip, async () => {
  const url = await freshDatabase();
  await asSuperuser(url, async (client) => {
    const { rows } = await client.query('select current_database() as name');
    await client.query(`alter database ${rows[0].name} set synchronous_commit = off`);
  });
  for (const [durability, wanted] of [
    ['synced', 'on'],
    ['os', 'off'],
  ] as const) {
    const sql = await openSql(sessionStore, { url, durability, world: realWorld() });
    const { synchronousCommit, isolation } = (await sql.read('settings', {}))!;
    assert.deepEqual([synchronousCommit, isolation], [wanted, 'serializable']);
    await sql.close();
  }
});

test('the server ends what takes longer than it is waited for, but not scans', skip, async (t) => {
  const url = new URL(await freshDatabase());
  url.searchParams.set('query_timeout', '7000');
  const sql = await openSql(sessionStore, { url: url.href, poolSizeMax: 1, world: realWorld() });
  t.after(() => sql.close());
  const timeouts = async (read: 'settings' | 'settingsOfScans') => {
    const { statementTimeout, idleTimeout } = (await sql.read(read, {}))!;
    return [statementTimeout, idleTimeout];
  };
  for (let round = 0; round < 3; round++) {
    assert.deepEqual(await timeouts('settingsOfScans'), ['0', '7s']);
    assert.deepEqual(await timeouts('settings'), ['7s', '7s']);
  }
});

test('what a commit failed with tells whether the transaction happened only if it can', skip, async (t) => {
  const url = await freshDatabase();
  const sql = await openHere(t, { url });
  // A server whose disk is full, or broken, ends with these, and may find the commit in its log when it starts again.
  for (const [state, code, mayHaveHappened] of [
    ['53100', 'unavailable', true],
    ['58030', 'unavailable', true],
    ['23514', 'failed', false],
  ] as const) {
    await asSuperuser(url, (client) =>
      client.query(`set search_path = conformance;
        create or replace function fail() returns trigger language plpgsql as
          $$ begin raise 'the commit fails' using errcode = '${state}'; end $$;
        drop trigger if exists fails on counter;
        create constraint trigger fails after insert or update on counter
          deferrable initially deferred for each row execute function fail()`),
    );
    const error = await sql.write('add', { name: 'a', amount: 1 }).catch((reason) => reason);
    assert.deepEqual([error.code, error.mayHaveHappened], [code, mayHaveHappened], error.message);
    assert.match(error.message, /the commit fails/);
  }
});

test('a statement prepared before another process migrated its table is prepared again', skip, async (t) => {
  const url = await freshDatabase();
  const sql = await openHere(t, { url, poolSizeMax: 1 });
  await sql.write('insertIfAbsent', { key: 'a' });
  assert.deepEqual(Object.keys((await sql.lookup('item', { key: 'a' }))!), [
    'key',
    'text',
    'integer',
    'blob',
  ]);
  await asSuperuser(url, (client) => client.query('alter table conformance.item add column later bigint'));
  assert.equal((await sql.lookup('item', { key: 'a' }))?.key, 'a');
});

/** Everything about an error that could end in a log. */
function wholeText(error: unknown): string {
  return inspect(error, { depth: 10, showHidden: true });
}
