// The real lock between processes: the operating system gives it back when its holder is killed.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryDirectory } from '@cairn/testing';
import { directoryLockName, realWorld } from '../src/index.ts';

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

test('garbage in the lock file, which holds nothing, neither keeps a folder from being taken nor opens one that is held', async (context) => {
  const directory = await temporaryDirectory(context);
  const { disk } = realWorld();
  const header = Buffer.from('SQLite format 3\0');
  for (const garbage of [
    Buffer.alloc(100, 'x'),
    Buffer.alloc(4096),
    Buffer.concat([header, Buffer.alloc(5000, 7)]),
  ]) {
    writeFileSync(join(directory, directoryLockName), garbage);
    const lock = await disk.lockDirectory(directory);
    assert(lock !== undefined);
    assert.equal(await disk.lockDirectory(directory), undefined);
    const refused = await startHolder(directory);
    assert.equal(refused.said, 'refused');
    await kill(refused);
    await lock.release();

    const holding = await startHolder(directory);
    assert.equal(holding.said, 'locked');
    writeFileSync(join(directory, directoryLockName), garbage);
    assert.equal(await disk.lockDirectory(directory), undefined);
    await kill(holding);
  }
});
