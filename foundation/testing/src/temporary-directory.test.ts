import assert from 'node:assert/strict';
import { access } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
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

test('what the memory has no room for goes to the disk', async (t) => {
  const [little, much] = [
    await temporaryDirectory(t, { bytesMax: 1 }),
    await temporaryDirectory(t, { bytesMax: 1e15 }),
  ];
  await access(little);
  assert.equal(dirname(much), tmpdir());
});
