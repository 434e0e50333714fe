// Two rounds of the soak in each run of the tests; bench/SOAK.md has longer ones.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { temporaryDirectory } from '@cairn/testing';
import { seededRandom } from '../seeded-random.ts';
import { Soak } from './soak.ts';

test('what clients back up while others forget, collect and are killed is there and whole', async (t) => {
  const seed = seededRandom(t).integer(2 ** 32);
  const soak = await Soak.begin({ folder: await temporaryDirectory(t), seed });
  for (let round = 0; round < 2; round += 1) t.diagnostic(await soak.round());
});

test('a tree that is named is taken there and back', async (t) => {
  const folder = await temporaryDirectory(t);
  await writeFile(join(folder, 'file'), 'content');
  const soak = fileURLToPath(new URL('../soak.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [soak, '--tree', folder]);
  assert.match(stdout, /no damage/);
  assert.match(stdout, /whole: 2 entries, 0 MB; 0 that others changed/);
});
