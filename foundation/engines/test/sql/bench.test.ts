// The measurements of bench/sql.ts still run.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';

test('the benchmark runs', () => {
  const program = new URL('../../bench/sql.ts', import.meta.url).pathname;
  const output = execFileSync(process.execPath, [program, '--tiny'], { encoding: 'utf8' });
  assert.equal(output.match(/\d+\/s {2}CPU/g)?.length, 6, output);
});
