// The example of the README runs, and says what it seems to say.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '@cairn/testing';

const packageFolder = join(import.meta.dirname, '..');

test('the example of the README runs alone', async (t) => {
  const readme = await readFile(join(packageFolder, 'README.md'), 'utf8');
  const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1];
  assert.ok(example);
  const folder = await temporaryDirectory(t);
  await symlink(join(packageFolder, '../../node_modules'), join(folder, 'node_modules'));
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  await writeFile(join(folder, 'example.ts'), example.replaceAll('/tmp/identity-', `${folder}/identity-`));
  const output = execFileSync(process.execPath, [join(folder, 'example.ts')], { encoding: 'utf8' });
  assert.match(output, /decision: 'allow'[\s\S]*decision: 'implicit-deny'/);
});
