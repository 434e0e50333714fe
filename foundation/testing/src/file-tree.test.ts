import assert from 'node:assert/strict';
import { appendFileSync, cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fingerprintOf, writeFileTree } from './file-tree.ts';
import { temporaryDirectory } from './temporary-directory.ts';

test('a copy of a tree has its fingerprint, and a changed or a missing file shows', async (t) => {
  const folder = await temporaryDirectory(t);
  const [tree, copy] = [join(folder, 'tree'), join(folder, 'copy')];
  writeFileTree(tree, { largeBytes: 100_000, many: 50 });
  cpSync(tree, copy, { recursive: true });
  assert.equal(Object.keys(fingerprintOf(tree)).length, 70);
  assert.deepEqual(fingerprintOf(copy), fingerprintOf(tree));
  appendFileSync(join(copy, 'many/3/10'), 'x');
  assert.notDeepEqual(fingerprintOf(copy), fingerprintOf(tree));
  cpSync(join(tree, 'many/3/10'), join(copy, 'many/3/10'));
  rmSync(join(copy, 'sizes/0'));
  assert.notDeepEqual(fingerprintOf(copy), fingerprintOf(tree));
});
