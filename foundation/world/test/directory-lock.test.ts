// The real lock between processes: the operating system gives it back when its holder is killed.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryDirectory } from '@cairn/testing';
import { realWorld } from '../src/index.ts';

const holder = fileURLToPath(new URL('./lock-holder.ts', import.meta.url));

async function startHolder(directory: string) {
  const child = spawn(process.execPath, [holder, directory], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout, 'data');
  return { child, said: String(line).trim() };
}

async function kill({ child }: Awaited<ReturnType<typeof startHolder>>): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

test('a folder held by another process is refused until that process is killed', async (context) => {
  const directory = await temporaryDirectory(context);
  const { disk } = realWorld();
  const first = await startHolder(directory);
  assert.equal(first.said, 'locked');
  assert.equal(await disk.lockDirectory(directory), undefined);
  await kill(first);
  const lock = await disk.lockDirectory(directory);
  assert(lock !== undefined);
  const second = await startHolder(directory);
  assert.equal(second.said, 'refused');
  await kill(second);
  await lock.release();
});
