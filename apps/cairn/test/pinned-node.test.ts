// Started by another Node than the pinned one, the command becomes the pinned one: arguments, exit code and signals pass
// through. The pinned Node is played by a script, so the test needs no second Node.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryDirectory } from '@cairn/testing';

const command = resolve(import.meta.dirname, '../bin/cairn.js');

test('arguments and the exit code pass through', async (t) => {
  const cairn = await installWith(t, 'shift; printf "%s|" "$@"; exit 7');
  const { output, code } = await run(cairn, ['up', '--set', 'a.b=c d', '']);
  assert.equal(output, 'up|--set|a.b=c d||');
  assert.equal(code, 7);
});

test('a signal reaches the pinned Node, and its answer comes back', async (t) => {
  const cairn = await installWith(
    t,
    // Waits in pieces, so that the trap runs; ends with its input, so that it never outlives the test.
    "trap 'echo stopping; exit 3' TERM; echo started; while read -t 1 _ || [ $? -gt 128 ]; do :; done",
  );
  const child = spawn(process.execPath, [cairn, 'up'], { stdio: ['pipe', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (text.includes('started')) child.kill('SIGTERM');
  });
  const [code] = await once(child, 'close');
  assert.equal(output, 'started\nstopping\n');
  assert.equal(code, 3);
});

test('a pinned Node that dies by a signal is reported as dead by it', async (t) => {
  const cairn = await installWith(t, 'kill -KILL $$');
  const { signal } = await run(cairn, ['up']);
  assert.equal(signal, 'SIGKILL');
});

test('the pinned Node itself starts nothing else', async () => {
  const { output, code } = await run(command, ['--version']);
  assert.match(output, /^\d+\.\d+\.\d+\n$/);
  assert.equal(code, 0);
});

/** A copy of the command beside a node_modules whose pinned Node is a bash script. */
async function installWith(t: TestContext, script: string): Promise<string> {
  const folder = await temporaryDirectory(t);
  const pinned = join(folder, 'node_modules/node');
  await mkdir(join(pinned, 'bin'), { recursive: true });
  await mkdir(join(folder, 'bin'));
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  await writeFile(join(pinned, 'package.json'), '{"name":"node","version":"99.0.0"}');
  await writeFile(join(pinned, 'bin/node'), `#!/usr/bin/env bash\n${script}\n`);
  await chmod(join(pinned, 'bin/node'), 0o755);
  await copyFile(command, join(folder, 'bin/cairn.js'));
  return join(folder, 'bin/cairn.js');
}

async function run(cairn: string, parameters: readonly string[]) {
  const child = spawn(process.execPath, [cairn, ...parameters], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const [code, signal] = await once(child, 'close');
  return { output, code, signal };
}
