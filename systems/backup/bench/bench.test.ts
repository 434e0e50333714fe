// Every case of the benchmark still runs: once, small, against the peers that are installed.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findProgram } from '@cairn/testing';

const missing = ['restic', 'borg', 'python3'].filter((name) => findProgram(name) === undefined);

test('every case of the benchmark runs', {
  skip: missing.length > 0 && `not installed: ${missing.join(', ')}`,
}, async () => {
  const bench = fileURLToPath(new URL('./bench.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [bench, '--tiny']);
  for (const name of [
    'mixed-first-cpu-vs-borg-zstd',
    'small-unchanged-cpu-vs-restic',
    'incompressible-first-peak-vs-restic',
    'edits-version-5-added-vs-restic',
  ])
    assert(stdout.includes(name), `${name} is a case`);
  assert.match(stdout, /everything works/);
});
