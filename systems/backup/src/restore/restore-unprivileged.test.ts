// A restore by a user who is not root, which root plays for the test by giving up its rights meanwhile.

import assert from 'node:assert/strict';
import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  lstatSync,
  mkdirSync,
  readFileSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryDirectory } from '@cairn/testing';
import { directory, file, type SampleEntry, special, symlink } from '../../test/sample-manifest.ts';
import { sampleRepository } from '../../test/sample-repository.ts';
import { pathText } from '../manifest/path-text.ts';
import type { RestoreOptions } from './restore-options.ts';
import { restoreSnapshot } from './restore-snapshot.ts';

const nobody = 65_534;
const isRoot = process.getuid?.() === 0;

/** Calls `work` as a user without rights; threads started by it have none either. */
async function unprivileged<T>(work: () => Promise<T>): Promise<T> {
  if (!isRoot) return work();
  process.setegid?.(nobody);
  process.seteuid?.(nobody);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
    process.setegid?.(0);
  }
}

/** Workers load the sources as that user, too. */
const readable = await unprivileged(async () => {
  try {
    accessSync(import.meta.filename, constants.R_OK);
    return true;
  } catch {
    return false;
  }
});
const skip = readable ? false : 'the sources must be readable by all users';

async function restore(
  t: TestContext,
  children: readonly SampleEntry[],
  options: Partial<RestoreOptions> = {},
) {
  const { repository, add } = await sampleRepository();
  t.after(() => repository.close());
  const base = options.target ?? (await temporaryDirectory(t));
  if (isRoot) chownSync(base, nobody, nobody);
  const snapshot = await add(children);
  const result = await unprivileged(() =>
    restoreSnapshot(repository, snapshot, { target: base, ...options }),
  );
  return { ...result, target: base };
}

const foreign = { uid: 1234, gid: 5678 };

test('owners that cannot be set are told once, and setuid is left off', { skip }, async (t) => {
  const children = [
    file('setuid', 'x', { ...foreign, mode: 0o4755 }),
    symlink('symlink', 'y', foreign),
    directory('d', [file('below', 'z', foreign)], foreign),
  ];
  const { named, warnings, target } = await restore(t, children);
  assert.deepEqual(named, []);
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!, /^owners could not be set.*: 4, the first/);
  assert.equal(lstatSync(join(target, 'setuid')).mode & 0o7777, 0o755);
  assert.equal(readFileSync(join(target, 'd/below'), 'utf8'), 'z');
});

test('directories without rights for their owner are filled all the same, also a second time', {
  skip,
}, async (t) => {
  const closed = (mode: number) => [
    directory('a', [directory('b', [file('c', 'c', foreign)], { ...foreign, mode })], { ...foreign, mode }),
  ];
  const { target, named } = await restore(t, closed(0o500));
  assert.deepEqual(named, []);
  assert.equal(lstatSync(join(target, 'a')).mode & 0o777, 0o500);
  const second = await restore(t, closed(0o000), { target });
  assert.deepEqual(second.named, []);
  assert.equal(lstatSync(join(target, 'a')).mode & 0o777, 0o000);
  for (const name of ['a', 'a/b']) await unprivileged(async () => chmodSync(join(target, name), 0o700));
  assert.equal(readFileSync(join(target, 'a/b/c'), 'utf8'), 'c');
});

test('a device is named, and the rest is restored', { skip }, async (t) => {
  const { named, target } = await restore(t, [special('device', 'block-device'), file('z', 'z', foreign)]);
  assert.deepEqual(
    named.map(({ path }) => pathText(path)),
    ['/device'],
  );
  assert.match(named[0]!.problem, /EPERM/);
  assert.equal(readFileSync(join(target, 'z'), 'utf8'), 'z');
});

test('a directory of somebody else is named, and the rest is restored', {
  skip: skip || (isRoot ? false : 'only root can make one'),
}, async (t) => {
  const target = await temporaryDirectory(t);
  mkdirSync(join(target, 'theirs'), { mode: 0o755 });
  const children = [directory('theirs', [file('a', 'a', foreign)], foreign), file('z', 'z', foreign)];
  const { named } = await restore(t, children, { target });
  assert.ok(named.some(({ path, problem }) => pathText(path) === '/theirs/a' && /EACCES/.test(problem)));
  assert.equal(readFileSync(join(target, 'z'), 'utf8'), 'z');
});

test('a target that cannot be written is an error', {
  skip: skip || (isRoot ? false : 'only root can make one'),
}, async (t) => {
  const base = await temporaryDirectory(t);
  chmodSync(base, 0o755);
  const target = join(base, 'below');
  const { repository, add } = await sampleRepository();
  t.after(() => repository.close());
  const snapshot = await add([file('a', 'a')]);
  await unprivileged(() =>
    assert.rejects(restoreSnapshot(repository, snapshot, { target }), { code: 'target' }),
  );
  assert.equal(statSync(base).mode & 0o777, 0o755);
});
