// Every case of the benchmark still runs: once, small, against those peers that are installed and start quickly.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { kcat } from './load/kcat.ts';

const run = async (program: string): Promise<string> => {
  const path = fileURLToPath(new URL(program, import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [path, '--tiny']);
  return stdout;
};

test('every case of the benchmark runs', {
  skip: kcat === undefined && 'kcat is not installed',
}, async () => {
  const stdout = await run('./bench.ts');
  for (const name of [
    'produce-1kib-cost',
    'consume-100b-cost',
    'batches-1mib-vs-tcp',
    'latency-os',
    'sqs-send',
  ])
    assert(stdout.includes(name), `${name} is a case`);
  assert.match(stdout, /rebalance-100-consumers/);
  assert.match(stdout, /everything works/);
});

test('the measurement of a shared write-ahead file runs', async () => {
  assert.match(await run('./shared-log.ts'), /^\| 100 \| 262144 \|/m);
});
