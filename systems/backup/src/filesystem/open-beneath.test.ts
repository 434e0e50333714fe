import assert from 'node:assert/strict';
import { mkdirSync, openSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryDirectory } from '@cairn/testing';
import { bytesOf } from '../../test/sample-manifest.ts';
import { statusAt, statusOf } from './file-status.ts';
import { cString } from './libc.ts';
import { descend, openBeneath } from './open-beneath.ts';
import { removeTree } from './remove-tree.ts';
import { requireSystemCalls } from './system-calls.ts';

const calls = requireSystemCalls();

/** Closed by the process's end: hooks run in the order in which they were registered. */
async function held(t: TestContext): Promise<number> {
  const root = await temporaryDirectory(t);
  mkdirSync(join(root, 'target/a/b'), { recursive: true });
  mkdirSync(join(root, 'outside/b'), { recursive: true });
  writeFileSync(join(root, 'target/file'), '');
  symlinkSync('../outside', join(root, 'target/link'));
  symlinkSync('a', join(root, 'target/link-within'));
  symlinkSync('/', join(root, 'target/absolute'));
  return openSync(join(root, 'target'), 'r');
}

for (const [name, open] of [
  ['openat2', openBeneath],
  ['openat', descend],
] as const) {
  test(`${name} opens a directory below`, async (t) => {
    const directory = await held(t);
    const opened = open(calls, directory, bytesOf('a/b'));
    const expected = statusAt(calls, directory, cString(bytesOf('a/b')));
    assert.equal(statusOf(calls, opened).inode, expected?.inode);
    calls.close(opened);
  });

  for (const path of ['link', 'link/b', 'link-within', 'link-within/b', 'absolute', 'absolute/tmp'])
    test(`${name} does not go through the symlink of ${path}`, async (t) => {
      const directory = await held(t);
      assert.throws(
        () => open(calls, directory, bytesOf(path)),
        (error: NodeJS.ErrnoException) => error.code === 'ELOOP' || error.code === 'ENOTDIR',
      );
    });

  for (const path of ['..', '../outside', 'a/../../outside', '/', '/tmp'])
    test(`${name} does not leave by ${path}`, async (t) => {
      const directory = await held(t);
      assert.throws(() => open(calls, directory, bytesOf(path)));
    });

  test(`${name} does not open what is no directory`, async (t) => {
    const directory = await held(t);
    assert.throws(() => open(calls, directory, bytesOf('file')), { code: 'ENOTDIR' });
    assert.throws(() => open(calls, directory, bytesOf('missing')), { code: 'ENOENT' });
  });
}

test('a path longer than the kernel takes is opened', async (t) => {
  const directory = await held(t);
  const name = cString(bytesOf('n'.repeat(250)));
  let place = calls.openDirectory(directory, cString(bytesOf('a')));
  const path = ['a'];
  for (let depth = 0; depth < 20; depth += 1) {
    calls.makeDirectory(place, name, 0o700);
    const next = calls.openDirectory(place, name);
    calls.close(place);
    place = next;
    path.push('n'.repeat(250));
  }
  const opened = openBeneath(calls, directory, bytesOf(path.join('/')));
  assert.equal(statusOf(calls, opened).inode, statusOf(calls, place).inode);
  calls.close(opened);
  calls.close(place);
  // Node's own removal, when the test has ended, gives up on such a path.
  removeTree(calls, directory, cString(bytesOf('a')));
  assert.equal(statusAt(calls, directory, cString(bytesOf('a'))), undefined);
});
