import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { temporaryDirectory } from '@cairn/testing';
import { KnownStatements, knownStatementsUrl } from './known-statements.ts';
import { tablesOf } from './statement.ts';
import { shapeOf } from './statement-shape.ts';

const { statement } = tablesOf<{ item: { key: string; size: number } }>();
const findSize = statement({ key: 'text' }, (db, p) =>
  db.selectFrom('item').select('size').where('key', '=', p.key),
);
const findKey = statement({ size: 'integer' }, (db, p) =>
  db.selectFrom('item').select('key').where('size', '=', p.size),
);

test('a text is taken from beside the store, and compiled when it is not there', async (t) => {
  const module = pathToFileURL(join(await temporaryDirectory(t), 'store.ts')).href;
  const text = { sql: 'select /* known */ "size" from "item" where "key" = ?', parameterNames: ['key'] };
  writeFileSync(knownStatementsUrl(module), JSON.stringify({ [shapeOf(findSize.source)!]: text }));
  const known = KnownStatements.beside(module);
  assert.equal(known.compiled(findSize as never).sql, text.sql);
  assert.deepEqual(known.compiled(findSize as never).bind({ key: 'a' }), ['a']);
  assert.equal(known.compiled(findKey as never).sql, 'select "key" from "item" where "size" = ?');
});

test('a store without a file has its statements compiled', async (t) => {
  const module = pathToFileURL(join(await temporaryDirectory(t), 'store.ts')).href;
  const compiled = KnownStatements.beside(module).compiled(findKey as never);
  assert.equal(compiled.sql, 'select "key" from "item" where "size" = ?');
});

test('a file that cannot be read is an error and not passed over', async (t) => {
  const module = pathToFileURL(join(await temporaryDirectory(t), 'store.ts')).href;
  writeFileSync(knownStatementsUrl(module), '{');
  assert.throws(() => KnownStatements.beside(module), SyntaxError);
});
