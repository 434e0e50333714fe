// Lookups of SQLite share a read transaction for as long as that cannot be noticed.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { openSql } from '@cairn/engines';
import { temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import conformanceStore from './conformance-store.ts';

async function openHere(t: TestContext, file: string) {
  const sql = await openSql(conformanceStore, { url: `file:${file}`, world: realWorld() });
  t.after(() => sql.close());
  return sql;
}

test('a lookup sees a write that was acknowledged through another handle of the same file', async (t) => {
  const file = join(await temporaryDirectory(t), 'test.sqlite');
  const [one, two] = [await openHere(t, file), await openHere(t, file)];
  for (let value = 1; value <= 20; value++) {
    const before = two.lookup('counter', { name: 'a' });
    await one.write('increment', { name: 'a' });
    assert.equal(await before, value - 1);
    assert.equal(await two.lookup('counter', { name: 'a' }), value);
  }
});

test('lookups keep the log from being begun anew for a turn of the loop and no longer', async (t) => {
  const file = join(await temporaryDirectory(t), 'test.sqlite');
  const sql = await openHere(t, file);
  await sql.write('add', { name: 'a', amount: 1 });
  const other = new DatabaseSync(file, { timeout: 0 });
  t.after(() => other.close());
  const checkpoint = () => Number(other.prepare('pragma wal_checkpoint(truncate)').get()!.busy);

  assert.equal(await sql.lookup('counter', { name: 'a' }), 1);
  assert.equal(checkpoint(), 1, 'within the turn its state is needed');
  await nextTurn();
  assert.equal(checkpoint(), 0);
  assert.equal(await sql.lookup('counter', { name: 'a' }), 1);
});

test('a lookup that fails does not spoil those that follow in its turn', async (t) => {
  const sql = await openHere(t, join(await temporaryDirectory(t), 'test.sqlite'));
  await sql.write('add', { name: 'a', amount: 1 });
  const outcomes = await Promise.allSettled([
    sql.lookup('writes', { key: 'a' }),
    sql.lookup('counter', { name: 'a' }),
    sql.lookup('throws', {}),
    sql.lookup('counters', { names: ['a', 'b'] }),
  ]);
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['rejected', 'fulfilled', 'rejected', 'fulfilled'],
  );
  assert.deepEqual((outcomes[3] as PromiseFulfilledResult<number[]>).value, [1, 0]);
});
