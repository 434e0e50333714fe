// What DESIGN.md says of ten million files is still so: the script that counted runs, smaller.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

test('files and chunks take as many bytes as DESIGN.md says', async () => {
  const script = fileURLToPath(new URL('./bytes-per-file.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script, '200000', '5000']);
  const bytes = new Map(
    Array.from(stdout.matchAll(/^(.*?) +([\d.]+) B/gm), ([, what, each]) => [what!, Number(each)]),
  );
  const most = {
    'index objects, stored, a chunk': 40,
    'index in memory, a chunk': 68,
    'table that archivers share, a chunk': 42,
    'marks of gc, a chunk': 24,
    'map of the service, a key': 46,
    "service's log, a key": 16,
    'Bloom filter of clients, a key': 1.5,
    'manifest, a file of one chunk': 100,
    'manifest, stored, a file of one chunk': 80,
  };
  assert.deepEqual([...bytes.keys()], Object.keys(most));
  for (const [what, limit] of Object.entries(most)) assert(bytes.get(what)! <= limit, stdout);
});
