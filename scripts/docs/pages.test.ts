// The generated pages and files are what the code says now.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { generatedPages } from './pages.ts';

const root = resolve(import.meta.dirname, '../..');
const pages = await generatedPages(root);

for (const [path, text] of Object.entries(pages)) {
  test(`${path} is what the code says: if not, run 'npm run docs'`, () => {
    assert.equal(readFileSync(join(root, path), 'utf8'), text);
  });
}

test('the pages show a flag of every kind of command and a key of the process', () => {
  assert.match(pages['docs/commands.md']!, /^## cairn up$/m);
  assert.match(pages['docs/commands.md']!, /`--set <key=value>`/);
  assert.match(pages['docs/configuration.md']!, /`service\.port`/);
});

test('every store of a system has the texts of its statements beside it', () => {
  const texts = JSON.parse(pages['systems/identity/src/store/store.statements.json']!);
  assert.deepEqual(texts['db.selectFrom("setting").select("value").where("name","=",:name text)'], {
    sql: 'select "value" from "setting" where "name" = ?',
    parameterNames: ['name'],
  });
  assert.equal(Object.keys(pages).filter((path) => path.endsWith('.statements.json')).length, 6);
});
