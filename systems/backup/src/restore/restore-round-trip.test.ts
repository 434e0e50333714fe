// What a backup took comes back: real trees, through createSnapshot and a repository in memory, with all that makes them up.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  closeSync,
  lchownSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  openSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { findProgram, temporaryDirectory } from '@cairn/testing';
import type { SeededRandom } from '@cairn/world/simulated';
import { assertSameTree } from '../../test/compare-trees.ts';
import { memoryRepository } from '../../test/memory-repository.ts';
import { seededRandom } from '../../test/seeded-random.ts';
import { createSnapshot } from '../create/create-snapshot.ts';
import type { RestoreOptions } from './restore-options.ts';
import { restoreSnapshot } from './restore-snapshot.ts';

const isRoot = process.getuid?.() === 0;

async function folders(t: TestContext) {
  const base = await temporaryDirectory(t);
  const [source, target] = [join(base, 'source'), join(base, 'target')];
  mkdirSync(source);
  return { source, target };
}

async function roundTrip(source: string, target: string, options: Partial<RestoreOptions> = {}) {
  const { repository } = await memoryRepository({ parameters: { compressionLevel: 1 } });
  try {
    const { snapshot, problems } = await createSnapshot(repository, {
      paths: [source],
      host: 'h',
      user: 'u',
    });
    assert.deepEqual(problems, []);
    return await restoreSnapshot(repository, snapshot!, { target, path: Buffer.from(source), ...options });
  } finally {
    await repository.close();
  }
}

const hostile = Buffer.from([0x66, 0xff, 0xfe, 0x0a, 0x27, 0x20]);

async function makeEverything(source: string): Promise<void> {
  const at = (...names: string[]) => join(source, ...names);
  writeFileSync(at('file'), 'contents');
  writeFileSync(at('empty'), '');
  writeFileSync(at('large'), Buffer.alloc(20_000_000, 'many chunks of this, and more of it. '));
  writeFileSync(Buffer.concat([Buffer.from(`${source}/`), hostile]), 'a name that is not UTF-8');
  mkdirSync(at('directory', 'empty'), { recursive: true });
  writeFileSync(at('directory', 'executable'), '#!/bin/sh\n', { mode: 0o755 });
  symlinkSync('file', at('symlink'));
  symlinkSync(Buffer.concat([Buffer.from('nowhere/'), hostile]), at('dangling'));
  linkSync(at('file'), at('directory', 'linked'));
  linkSync(at('symlink'), at('directory', 'symlink too'));
  execFileSync('mkfifo', [at('fifo')]);
  await makeSocket(at('socket'));
  makeSparse(at('sparse'));
  chmodSync(at('empty'), 0o000);
  chmodSync(at('directory', 'executable'), 0o6755);
  lutimesSync(at('symlink'), 1_000_000_000.5, 1_000_000_000.25);
  utimesSync(at('empty'), -5, -5.5);
  mkdirSync(at('read-only'));
  writeFileSync(at('read-only', 'below'), 'x');
  utimesSync(at('read-only'), 1, 1.125);
  chmodSync(at('read-only'), 0o555);
}

function makeSparse(path: string): void {
  const descriptor = openSync(path, 'w');
  writeSync(descriptor, 'begin', 0);
  writeSync(descriptor, 'middle', 5_000_000);
  closeSync(descriptor);
  truncateSync(path, 9_000_000);
}

async function makeSocket(path: string): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(`${path}-bound`, resolve));
  // Its name goes when the server closes; another name of it stays.
  linkSync(`${path}-bound`, path);
  await new Promise((resolve) => server.close(resolve));
}

test('everything that a tree is made of comes back', async (t) => {
  const { source, target } = await folders(t);
  await makeEverything(source);
  const result = await roundTrip(source, target);
  assert.deepEqual([result.named, result.warnings], [[], []]);
  assertSameTree(source, target, { holes: true });
  chmodSync(join(source, 'read-only'), 0o755);
  chmodSync(join(target, 'read-only'), 0o755);
});

test('everything comes back with verification, by one worker', async (t) => {
  const { source, target } = await folders(t);
  await makeEverything(source);
  const result = await roundTrip(source, target, { verify: true, workers: 1 });
  assert.deepEqual(result.named, []);
  assertSameTree(source, target, { holes: true });
  for (const folder of [source, target]) chmodSync(join(folder, 'read-only'), 0o755);
});

test('a second restore over the first changes nothing', async (t) => {
  const { source, target } = await folders(t);
  await makeEverything(source);
  await roundTrip(source, target);
  for (const overwrite of ['always', 'if-changed', 'if-newer', 'never'] as const) {
    const result = await roundTrip(source, target, { overwrite, delete: true });
    assert.deepEqual([result.named, result.filesDeleted], [[], 0], overwrite);
    assertSameTree(source, target, { holes: true });
  }
  for (const folder of [source, target]) chmodSync(join(folder, 'read-only'), 0o755);
});

test('owners, devices and setuid come back for root', {
  skip: isRoot ? false : 'only root may give files away',
}, async (t) => {
  const { source, target } = await folders(t);
  writeFileSync(join(source, 'setuid'), '');
  chownSync(join(source, 'setuid'), 1234, 5678);
  chmodSync(join(source, 'setuid'), 0o4755);
  symlinkSync('x', join(source, 'symlink'));
  lchownSync(join(source, 'symlink'), 4_000_000_000, 7);
  mkdirSync(join(source, 'directory'));
  chownSync(join(source, 'directory'), 99, 100);
  chmodSync(join(source, 'directory'), 0o3770);
  execFileSync('mknod', [join(source, 'character'), 'c', '260', '70000']);
  execFileSync('mknod', [join(source, 'block'), 'b', '7', '300']);
  const result = await roundTrip(source, target);
  assert.deepEqual([result.named, result.warnings], [[], []]);
  assertSameTree(source, target);
});

const setfattr = findProgram('setfattr');
const setfacl = findProgram('setfacl');

test('extended attributes and ACLs come back', {
  skip: setfattr && setfacl ? false : 'setfattr (attr) and setfacl (acl) are needed',
}, async (t) => {
  const { source, target } = await folders(t);
  writeFileSync(join(source, 'file'), '');
  mkdirSync(join(source, 'directory'));
  for (const name of ['file', 'directory']) {
    execFileSync(setfattr!, ['-n', 'user.note', '-v', '0x00ff0a', join(source, name)]);
    execFileSync(setfacl!, ['-m', 'u:1234:rw,g:99:r', join(source, name)]);
  }
  execFileSync(setfacl!, ['-d', '-m', 'u:7:rwx', join(source, 'directory')]);
  const result = await roundTrip(source, target);
  assert.deepEqual([result.named, result.warnings], [[], []]);
  assertSameTree(source, target);
});

test('any tree comes back', async (t) => {
  const random = seededRandom(t);
  for (let round = 0; round < 5; round += 1) {
    const { source, target } = await folders(t);
    const files: string[] = [];
    makeRandom(random, source, 4, files);
    const result = await roundTrip(source, target, { workers: 1 + random.integer(2) });
    assert.deepEqual(result.named, []);
    assertSameTree(source, target);
  }
});

function makeRandom(random: SeededRandom, folder: string, depth: number, files: string[]): void {
  for (let count = random.integer(7); count > 0; count -= 1) {
    const path = join(folder, `${count}${'n'.repeat(random.integer(200))}`);
    const kind = random.integer(depth === 0 ? 3 : 6);
    if (kind === 0) symlinkSync('x'.repeat(1 + random.integer(1000)), path);
    else if (kind === 1 && files.length > 0) linkSync(files[random.integer(files.length)]!, path);
    else if (kind <= 2) {
      writeFileSync(path, Buffer.alloc(random.integer(3) * random.integer(300_000), `${random.integer(10)}`));
      files.push(path);
      utimesSync(path, random.integer(2e9), random.integer(2e9));
    } else {
      mkdirSync(path);
      makeRandom(random, path, depth - 1, files);
      chmodSync(path, 0o700 + random.integer(0o100));
    }
  }
}
