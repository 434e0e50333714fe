// Backup, verify and restore of a program that gives its own thread for the work: nothing that one worker could do is given to another thread,
// and all is as it was.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryDirectory } from '@cairn/testing';
import { type ExecutorOptions, type Executors, realWorld, type World } from '@cairn/world';
import { verifyRepository } from '../src/check/verify-repository.ts';
import { createSnapshot } from '../src/create/create-snapshot.ts';
import { restoreSnapshot } from '../src/restore/restore-snapshot.ts';
import { assertSameTree } from './compare-trees.ts';
import { memoryRepository } from './memory-repository.ts';

/** The real world, and which modules were opened on threads of their own. */
function watchedWorld(): { readonly world: World; readonly threads: string[] } {
  const threads: string[] = [];
  const { executors } = realWorld();
  const open: Executors['open'] = (module, init, options: ExecutorOptions = {}) => {
    if (options.inCallingThread !== true) threads.push(basename(module.pathname));
    return executors.open(module, init, options);
  };
  return { world: { ...realWorld(), executors: { open } }, threads };
}

async function prepare(t: TestContext, compressionLevel: number) {
  const base = await temporaryDirectory(t);
  const [source, target] = [join(base, 'source'), join(base, 'target')];
  mkdirSync(source);
  for (let file = 0; file < 20; file += 1) writeFileSync(join(source, `${file}`), randomBytes(10_000 * file));
  const { world, threads } = watchedWorld();
  const { repository } = await memoryRepository({ world, parameters: { compressionLevel } });
  t.after(() => repository.close());
  const back = (archivers: number) =>
    createSnapshot(repository, { paths: [source], host: 'h', user: 'u', archivers, inCallingThread: true });
  return { source, target, repository, threads, back };
}

test('one worker of each kind has no thread of its own', async (t) => {
  const { source, target, repository, threads, back } = await prepare(t, 3);
  const { snapshot, problems } = await back(1);
  assert.deepEqual(problems, []);
  const alone = { workers: 1, inCallingThread: true };
  const { findings } = await verifyRepository(repository, { readData: { kind: 'all' }, ...alone });
  assert.deepEqual(findings, []);
  const result = await restoreSnapshot(repository, snapshot!, {
    target,
    path: Buffer.from(source),
    ...alone,
  });
  assert.deepEqual(result.named, []);
  assertSameTree(target, source);
  assert.deepEqual(threads, []);
});

test('of two workers one has a thread', async (t) => {
  const { source, target, repository, threads, back } = await prepare(t, 3);
  const { snapshot } = await back(1);
  const options = { target, path: Buffer.from(source), workers: 2, inCallingThread: true };
  await restoreSnapshot(repository, snapshot!, options);
  assertSameTree(target, source);
  assert.deepEqual(threads, ['restore-worker.ts']);
});

test('what takes seconds to compress is compressed on another thread', async (t) => {
  const { threads, back } = await prepare(t, 9);
  assert.deepEqual((await back(1)).problems, []);
  assert.deepEqual(threads, ['archiver-worker.ts']);
});
