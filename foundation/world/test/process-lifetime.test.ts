// What keeps a process alive (work that is owed an answer, and nothing that only waits), and what would end it.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

async function outputOf(program: string, ...args: string[]): Promise<string> {
  const path = fileURLToPath(new URL(program, import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [path, ...args], { timeout: 20_000 });
  return stdout;
}

test('an idle worker and a timer do not keep the process alive', async () => {
  assert.equal(await outputOf('./executor-process.ts', 'idle'), '1\n');
});

test('a run that is under way keeps the process alive until it is answered', async () => {
  assert.equal(await outputOf('./executor-process.ts', 'pending'), '1\n2\n');
});

test('a rejection that nobody handles fails the simulated run, as it would have ended a process', async () => {
  assert.equal(await outputOf('./unhandled-rejection.ts'), 'the run failed: nobody listens\n');
});
