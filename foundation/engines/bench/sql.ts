// A short measure of the embedded sql engine: `npx node foundation/engines/bench/sql.ts`. `--tiny` only shows that it
// runs.
//
// Rates are wall time on this machine's temporary folder: that of synced writes is above all a measure of its disk, and
// all of them of what else the machine does. CPU time per call, on the calling thread and on all others, is the figure
// to compare.

import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { openSql } from '@cairn/engines';
import { realWorld } from '@cairn/world';
import conformanceStore from '../test/sql/conformance-store.ts';

const tiny = process.argv.includes('--tiny');
const durationMs = tiny ? 20 : 1_500;
const warmUpMs = tiny ? 0 : 300;
const rows = tiny ? 10 : 10_000;
const concurrency = 64;

const directory = await mkdtemp(join(tmpdir(), 'cairn-bench-'));
const sql = await openSql(conformanceStore, { url: `file:${directory}/`, world: realWorld() });
const keyOf = (row: number) => `some/folder/of/objects/${String(row % rows).padStart(8, '0')}`;

type Measured = { readonly perSecond: number; readonly callerUs: number; readonly othersUs: number };

/** Runs `clients` loops of the call for a while. */
async function measure(clients: number, call: (count: number) => Promise<unknown>): Promise<Measured> {
  let count = 0;
  const loop = async (untilMs: number) => {
    while (performance.now() < untilMs) await call(count++);
  };
  const loopsUntil = (untilMs: number) => Promise.all(Array.from({ length: clients }, () => loop(untilMs)));
  await loopsUntil(performance.now() + warmUpMs);
  count = 0;
  const [startedMs, all, caller] = [performance.now(), process.cpuUsage(), process.threadCpuUsage()];
  await loopsUntil(startedMs + durationMs);
  const elapsedMs = performance.now() - startedMs;
  const callerUs = sum(process.threadCpuUsage(caller)) / count;
  return {
    perSecond: (count * 1_000) / elapsedMs,
    callerUs,
    othersUs: Math.max(0, sum(process.cpuUsage(all)) / count - callerUs),
  };
}

function sum({ user, system }: { user: number; system: number }): number {
  return user + system;
}

try {
  await Promise.all(
    Array.from({ length: rows }, (_, row) => sql.write('insertIfAbsent', { key: keyOf(row) })),
  );
  const cases = {
    'synced writes, 64 clients': await measure(concurrency, (n) =>
      sql.write('add', { name: keyOf(n), amount: 1 }),
    ),
    'synced writes, 1 client': await measure(1, (n) => sql.write('add', { name: keyOf(n), amount: 1 })),
    'lookups by key, many in a turn': await measure(1, (n) => sql.lookup('item', { key: keyOf(n) })),
    'lookups by key, one in a turn': await measure(1, async (n) => {
      await sql.lookup('item', { key: keyOf(n) });
      await nextTurn();
    }),
    'reads by key, 64 clients': await measure(concurrency, (n) => sql.read('item', { key: keyOf(n) })),
    'reads by key, 1 client': await measure(1, (n) => sql.read('item', { key: keyOf(n) })),
  };
  console.log(`${cpus()[0]?.model}, ${cpus().length} cores, Node ${process.versions.node}`);
  for (const [name, { perSecond, callerUs, othersUs }] of Object.entries(cases)) {
    const cpu = `CPU of the caller ${callerUs.toFixed(1)} us, of others ${othersUs.toFixed(1)} us`;
    console.log(`${name.padEnd(32)} ${perSecond.toFixed(0).padStart(9)}/s  ${cpu}`);
  }
} finally {
  await sql.close();
  await rm(directory, { recursive: true });
}
