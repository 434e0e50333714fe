// The script that chose the size of chunks still runs, small.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

test('smaller chunks make an insertion cheaper', async () => {
  const script = fileURLToPath(new URL('./chunk-sizes.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script, '1', '8']);
  const rows = stdout.trim().split('\n').slice(1);
  const insertions = rows.map((row) => Number(row.trim().split(/\s+/).at(-2)));
  assert.equal(rows.length, 6);
  assert(insertions[0]! < insertions.at(-1)!, stdout);
});
