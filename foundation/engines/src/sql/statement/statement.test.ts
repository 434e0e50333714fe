import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { tablesOf } from './statement.ts';

const { statement } = tablesOf<{ item: { key: string; size: number } }>();

test('a statement is compiled once per dialect, with its parameters in the order of their binding', () => {
  let built = 0;
  const resize = statement({ key: 'text', size: 'integer', than: 'integer?' }, (db, p) => {
    built++;
    return db.updateTable('item').set({ size: p.size }).where('key', '=', p.key).where('size', '<', p.than);
  });
  const compiled = resize.compiledFor('sqlite');
  assert.equal(compiled.sql, 'update "item" set "size" = ? where "key" = ? and "size" < ?');
  assert.deepEqual(compiled.parameterNames, ['size', 'key', 'than']);
  assert.deepEqual(compiled.bind({ key: 'a', size: 1, than: null }), [1, 'a', null]);
  assert.equal(resize.compiledFor('sqlite'), compiled);
  assert.equal(built, 1);
});

test('PostgreSQL is told the type of every parameter', () => {
  const find = statement({ key: 'text', least: 'integer?', most: 'integer', blob: 'blob' }, (db, p) =>
    db
      .selectFrom('item')
      .selectAll()
      .where('key', '=', p.key)
      .where(sql`${p.blob}`, 'is', sql`${p.least}`)
      .limit(p.most),
  );
  assert.equal(
    find.compiledFor('postgres').sql,
    'select * from "item" where "key" = $1::text and $2::bytea is $3::bigint limit $4::bigint',
  );
});

test('a parameter may be used twice, and one that is not used is not bound', () => {
  const find = statement({ key: 'text', unused: 'integer' }, (db, p) =>
    db
      .selectFrom('item')
      .selectAll()
      .where(({ or, eb }) => or([eb('key', '=', p.key), eb('key', '>', p.key)])),
  );
  assert.deepEqual(find.compiledFor('sqlite').bind({ key: 'a', unused: 1 }), ['a', 'a']);
});

test('a value that is computed while the statement is built is refused, because it would be frozen', () => {
  const find = statement({ key: 'text' }, (db, p) =>
    db.selectFrom('item').selectAll().where('key', 'like', `${p.key}%`),
  );
  assert.throws(() => find.compiledFor('sqlite'), /must take its values as parameters/);
});
