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

test('rows are one parameter, a table by its name, and bound as JSON in the order of the columns', () => {
  const find = statement({ wanted: { key: 'text', size: 'integer?' } }, (db, p) =>
    db.selectFrom(p.wanted).innerJoin('item', 'item.key', 'wanted.key').select('item.size'),
  );
  assert.equal(
    find.compiledFor('sqlite').sql,
    'select "item"."size" from (select value ->> 0 as "key", value ->> 1 as "size" from json_each(?)) as "wanted" ' +
      'inner join "item" on "item"."key" = "wanted"."key"',
  );
  assert.match(
    find.compiledFor('postgres').sql,
    /\(select \(value ->> 0\)::text as "key", \(value ->> 1\)::bigint as "size" from json_array_elements\(\$1::json\)\)/,
  );
  const bound = find.compiledFor('sqlite').bind({
    wanted: [
      { size: 1, key: 'a' },
      { size: null, key: 'b' },
    ],
  });
  assert.deepEqual(bound, ['[["a",1],["b",null]]']);
});

test('a row that the database could not store is refused, and named', () => {
  const find = statement({ wanted: { key: 'text' } }, (db, p) =>
    db.selectFrom(p.wanted).select('wanted.key'),
  );
  const compiled = find.compiledFor('sqlite');
  assert.throws(
    () => compiled.bind({ wanted: [{ key: 'a' }, { key: 'b\0' }] }),
    /number 1, whose "key" holds U\+0000/,
  );
  assert.throws(() => compiled.bind({ wanted: [{} as never] }), /number 0, whose "key" is missing/);
  assert.throws(() => compiled.bind({ wanted: 'a' }), /"wanted" must be rows/);
});
