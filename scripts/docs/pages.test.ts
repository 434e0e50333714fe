// The generated pages are what the code says now.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { generatedPages } from './pages.ts';

const root = resolve(import.meta.dirname, '../..');

for (const [path, text] of Object.entries(generatedPages())) {
  test(`${path} is what the code says: if not, run 'npm run docs'`, () => {
    assert.equal(readFileSync(join(root, path), 'utf8'), text);
  });
}

test('the pages show a flag of every kind of command and a key of the process', () => {
  const pages = generatedPages();
  assert.match(pages['docs/commands.md']!, /^## cairn up$/m);
  assert.match(pages['docs/commands.md']!, /`--set <key=value>`/);
  assert.match(pages['docs/configuration.md']!, /`service\.port`/);
});
