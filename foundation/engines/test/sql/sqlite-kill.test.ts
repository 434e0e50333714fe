// kill -9 against the real engine: what SQLite promises is what the simulated engine models.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { openSql } from '@cairn/engines';
import { temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import conformanceStore from './conformance-store.ts';

const kills = 5;
const program = new URL('./kill-writer.ts', import.meta.url).pathname;

test('a killed process loses no acknowledged row and leaves no half transaction', async (t) => {
  const file = join(await temporaryDirectory(t), 'test.sqlite');
  const acknowledged: string[] = [];
  for (let run = 0; run < kills; run++) acknowledged.push(...(await runUntilKilled(file, run)));

  const sql = await openSql(conformanceStore, { url: `file:${file}`, world: realWorld() });
  t.after(() => sql.close());
  assert.deepEqual(await sql.check(), []);
  const keys = new Set(await sql.read('keys', { after: '', limit: 1_000_000 }));
  const missing = acknowledged.filter((key) => !keys.has(key));
  assert.deepEqual(missing, []);
  // Each transaction inserts a row and counts it: a half one would make them differ.
  assert.equal(await sql.lookup('counter', { name: 'rows' }), keys.size);
});

/** Kills the writer after a random number of acknowledged rows; returns all that it printed. */
async function runUntilKilled(file: string, run: number): Promise<string[]> {
  const killAfter = 1 + realWorld().random.integer(200);
  const writer = spawn(process.execPath, [program, file, `${run}`], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(writer, 'exit');
  const printed: string[] = [];
  for await (const line of createInterface({ input: writer.stdout })) {
    printed.push(line);
    if (printed.length === killAfter) writer.kill('SIGKILL');
  }
  const [, signal] = await exited;
  assert.equal(signal, 'SIGKILL', 'the writer did not end by itself');
  return printed;
}
