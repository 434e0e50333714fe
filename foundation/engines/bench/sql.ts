// A short measure of the embedded sql engine: `npx node foundation/engines/bench/sql.ts`. `--tiny` only shows that it
// runs.
//
// Wall time on this machine's temporary folder; the rate of synced writes is above all a measure of its disk.

import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
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

/** Runs `clients` loops of the call for a while; returns calls per second. */
async function rateOf(clients: number, call: (count: number) => Promise<unknown>): Promise<number> {
  let count = 0;
  const loop = async (untilMs: number) => {
    while (performance.now() < untilMs) await call(count++);
  };
  const loopsUntil = (untilMs: number) => Promise.all(Array.from({ length: clients }, () => loop(untilMs)));
  await loopsUntil(performance.now() + warmUpMs);
  count = 0;
  const startedMs = performance.now();
  await loopsUntil(startedMs + durationMs);
  return (count * 1_000) / (performance.now() - startedMs);
}

try {
  await Promise.all(
    Array.from({ length: rows }, (_, row) => sql.write('insertIfAbsent', { key: keyOf(row) })),
  );
  const cases = {
    'synced writes, 64 clients': await rateOf(concurrency, (n) =>
      sql.write('add', { name: keyOf(n), amount: 1 }),
    ),
    'synced writes, 1 client': await rateOf(1, (n) => sql.write('add', { name: keyOf(n), amount: 1 })),
    'lookups by key': await rateOf(1, (n) => sql.lookup('item', { key: keyOf(n) })),
    'reads by key, 64 clients': await rateOf(concurrency, (n) => sql.read('item', { key: keyOf(n) })),
    'reads by key, 1 client': await rateOf(1, (n) => sql.read('item', { key: keyOf(n) })),
  };
  console.log(`${cpus()[0]?.model}, ${cpus().length} cores, Node ${process.versions.node}`);
  for (const [name, perSecond] of Object.entries(cases)) {
    const each = (1_000_000 / perSecond).toFixed(1);
    console.log(`${name.padEnd(28)} ${perSecond.toFixed(0).padStart(9)}/s ${each.padStart(9)} us each`);
  }
} finally {
  await sql.close();
  await rm(directory, { recursive: true });
}
