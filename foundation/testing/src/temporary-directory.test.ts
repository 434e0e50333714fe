import assert from 'node:assert/strict';
import { access } from 'node:fs/promises';
import { test } from 'node:test';
import { temporaryDirectory } from './temporary-directory.ts';

test('a temporary directory is gone after its test', async (t) => {
  let directory = '';
  await t.test('which uses it', async (inner) => {
    directory = await temporaryDirectory(inner);
    await access(directory);
  });
  await assert.rejects(access(directory), { code: 'ENOENT' });
});
