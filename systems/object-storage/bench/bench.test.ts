// Every case of the benchmark still runs: once, small.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findProgram } from '@cairn/testing';

const skip = findProgram('nginx', ['/usr/sbin']) === undefined && 'nginx is not installed';

test('every case of the benchmark runs', { skip }, async () => {
  const bench = fileURLToPath(new URL('./bench.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [bench, '--tiny']);
  assert.match(stdout, /get-4kib-vs-nginx/);
  assert.match(stdout, /erasure-encode-8\+4/);
  assert.match(stdout, /get-10mib-two-drives-gone/);
  assert.match(stdout, /get-4kib-p99-beside-upkeep/);
  assert.match(stdout, /put-4kib-p99-beside-upkeep/);
  assert.match(stdout, /list-1000-keys/);
  assert.match(stdout, /start-to-ready/);
  assert.match(stdout, /everything works/);
});
