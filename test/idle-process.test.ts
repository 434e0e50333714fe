// What `cairn up --only object-storage` costs before anyone uses it: memory, time to start, and what its threads load; and how those are scheduled.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { temporaryDirectory } from '@cairn/testing';
import { rootEnvironment, startCairn } from './cairn-process.ts';

const skip = existsSync('/proc/self/status') ? false : 'memory is read from /proc, which only Linux has';
const only = ['--only', 'object-storage'];

/** It takes some 130 MB. */
const residentBytesMax = 150_000_000;
/** CPU time of all threads, the least of some starts: 1,350 ms when nothing else runs, 1,600 beside a test that wants all of a core. */
const startCpuMsMax = 1_900;
const startsMax = 4;
/** Threads that serve nobody end after some seconds. */
const settledMsMax = 30_000;

test('an idle process stays under 150 MB, and starts within 1.9 s of CPU time', { skip }, async (t) => {
  const data = await temporaryDirectory(t);
  // The first start fills the compile cache, for which it loads a compiler.
  const first = await startCairn(t, { data, parameters: only });
  await first.end('SIGTERM');

  let { child, end } = await startCairn(t, { data, parameters: only });
  let startedCpuMs = cpuMs(child.pid!);
  for (let starts = 1; startedCpuMs > startCpuMsMax && starts < startsMax; starts += 1) {
    await end('SIGTERM');
    ({ child, end } = await startCairn(t, { data, parameters: only }));
    startedCpuMs = cpuMs(child.pid!);
  }
  assert(startedCpuMs <= startCpuMsMax, `${startedCpuMs} ms of CPU until ready`);

  assert.deepEqual(policiesOf(child.pid!, 'node-V8Worker'), ['3']);

  const startedMs = performance.now();
  let bytes = residentBytes(child.pid!);
  while (bytes > residentBytesMax && performance.now() - startedMs < settledMsMax) {
    await pause(200);
    bytes = residentBytes(child.pid!);
  }
  assert(bytes <= residentBytesMax, `${bytes} bytes are resident`);
  t.diagnostic(`${(bytes / 1e6).toFixed(0)} MB, ${startedCpuMs} ms`);
});

test('threads of stores load the store and its engine, and nobody loads Kysely', async (t) => {
  const directory = await temporaryDirectory(t);
  const file = join(directory, 'loaded');
  const hook = new URL('./loaded-modules.ts', import.meta.url).href;
  const environment = { ...rootEnvironment, LOADED_MODULES: file, NODE_OPTIONS: `--import ${hook}` };
  const cairn = await startCairn(t, { data: join(directory, 'data'), parameters: only, environment });
  await cairn.end('SIGTERM');

  const loaded = readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' ') as [string, string]);
  const byStores = loaded.filter(([thread]) => thread !== '0').map(([, url]) => url);
  assert(byStores.some((url) => url.endsWith('/sqlite-writer.ts')));
  assert.deepEqual(
    loaded.filter(([, url]) => url.includes('/node_modules/kysely/')),
    [],
  );
  assert.deepEqual(packagesOf(byStores, /\/((?:foundation|systems)\/[^/]+)\//), [
    'foundation/engines',
    'foundation/hashing', // Completing an upload computes the checksums of the object.
    'foundation/native', // The world's disk reads what the page cache has.
    'foundation/world',
    'systems/identity',
    'systems/object-storage',
  ]);
  const npm = packagesOf(byStores, /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//);
  assert.deepEqual(
    npm.filter((name) => !/^(@node-rs\/crc32|hash-wasm)/.test(name)),
    [],
  );
});

/** Of the threads of that name, each once; `SCHED_BATCH` is 3: proc(5), field 41. */
function policiesOf(pid: number, name: string): readonly string[] {
  const stats = readdirSync(`/proc/${pid}/task`).map((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/stat`, 'latin1'),
  );
  const named = stats.filter((stat) => stat.includes(`(${name})`));
  return [...new Set(named.map((stat) => stat.replace(/.*\) /s, '').split(' ')[38]!))];
}

function packagesOf(urls: readonly string[], pattern: RegExp): readonly string[] {
  const names = new Set(urls.map((url) => pattern.exec(url)?.[1]));
  return [...names].filter((name) => name !== undefined).sort();
}

function residentBytes(processId: number): number {
  const status = readFileSync(`/proc/${processId}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)![1]) * 1024;
}

/** User and system time of all threads, in the clock ticks of proc(5): 10 ms. */
function cpuMs(processId: number): number {
  const stat = readFileSync(`/proc/${processId}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
