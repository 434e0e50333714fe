import assert from 'node:assert/strict';
import { closeSync, constants, lstatSync, openSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '@cairn/testing';
import { bytesOf } from '../../test/sample-manifest.ts';
import { readExtendedAttributes } from './extended-attributes.ts';
import { cString, errnoOf, libc } from './libc.ts';
import { openFlags, requireSystemCalls, SystemCalls } from './system-calls.ts';
import { writeMetadata, writeMetadataByPath } from './write-metadata.ts';

const calls = requireSystemCalls();
const [uid, gid] = [process.getuid!(), process.getgid!()];
const mtime = { seconds: -1, nanoseconds: 999_999_999 };

test('setuid survives the change of owner, and an ACL the mode', async (t) => {
  const path = join(await temporaryDirectory(t), 'file');
  writeFileSync(path, '');
  const descriptor = openSync(path, 'r+');
  const attributes = [{ name: bytesOf('user.note'), value: Uint8Array.of(0, 1) }];
  assert.deepEqual(writeMetadata(calls, descriptor, { mode: 0o6755, uid, gid, mtime, attributes }), []);
  closeSync(descriptor);
  const stat = lstatSync(path, { bigint: true });
  assert.deepEqual([stat.mode & 0o7777n, stat.mtimeNs], [0o6755n, -1n]);
  assert.deepEqual(readExtendedAttributes(libc()!, cString(bytesOf(path))), attributes);
});

test('the time of the last access is left alone', async (t) => {
  const path = join(await temporaryDirectory(t), 'file');
  writeFileSync(path, '');
  const before = lstatSync(path, { bigint: true }).atimeNs;
  const descriptor = openSync(path, 'r+');
  writeMetadata(calls, descriptor, { mode: 0o600, uid, gid, mtime, attributes: [] });
  closeSync(descriptor);
  assert.equal(lstatSync(path, { bigint: true }).atimeNs, before);
});

test('a symlink is described itself, and what it points to is not touched', async (t) => {
  const folder = await temporaryDirectory(t);
  writeFileSync(join(folder, 'target'), '', { mode: 0o640 });
  symlinkSync('target', join(folder, 'symlink'));
  const before = lstatSync(join(folder, 'target'), { bigint: true });
  const directory = openSync(folder, constants.O_RDONLY);
  const descriptor = calls.open(directory, cString(bytesOf('symlink')), openFlags.path);
  writeMetadataByPath(
    calls,
    descriptor,
    { mode: 0o777, uid, gid, mtime, attributes: [] },
    { isSymlink: true },
  );
  calls.close(descriptor);
  closeSync(directory);
  assert.equal(lstatSync(join(folder, 'symlink'), { bigint: true }).mtimeNs, -1n);
  assert.deepEqual(lstatSync(join(folder, 'target'), { bigint: true }), before);
});

test('attributes that the file system does not know are told, and the rest is set', async (t) => {
  const path = join(await temporaryDirectory(t), 'file');
  writeFileSync(path, '');
  const descriptor = openSync(path, 'r+');
  const attributes = [{ name: bytesOf('nonsense.name'), value: Uint8Array.of(1) }];
  const problems = writeMetadata(calls, descriptor, { mode: 0o400, uid, gid, mtime, attributes });
  closeSync(descriptor);
  assert.deepEqual(problems, [{ kind: 'attributes', detail: 'nonsense.name: ENOTSUP' }]);
  assert.equal(lstatSync(path).mode & 0o777, 0o400);
});

test('an attribute that is larger than this file system takes is told, and is no full disk', async (t) => {
  const path = join(await temporaryDirectory(t), 'file');
  writeFileSync(path, '');
  const descriptor = openSync(path, 'r+');
  const attributes = [{ name: bytesOf('user.large'), value: new Uint8Array(65_537) }];
  const problems = writeMetadata(calls, descriptor, { mode: 0o400, uid, gid, mtime, attributes });
  closeSync(descriptor);
  assert.deepEqual(
    problems.map(({ kind }) => kind),
    ['attributes'],
  );
  assert.equal(lstatSync(path).mode & 0o777, 0o400);
});

for (const code of ['EPERM', 'EIO', 'EOPNOTSUPP', 'ENOSPC'] as const) {
  test(`a file system that refuses all of it by ${code} keeps the file`, async (t) => {
    const path = join(await temporaryDirectory(t), 'file');
    writeFileSync(path, '');
    const descriptor = openSync(path, 'r+');
    const opened = libc()!;
    const refuse = Object.assign(() => -1, { pointer: 0n });
    const refused = { fchown: refuse, fchmod: refuse, fsetxattr: refuse, futimens: refuse };
    const refusing = new SystemCalls({
      ...opened,
      functions: { ...opened.functions, ...refused },
      errno: () => errnoOf[code],
    });
    const attributes = [{ name: bytesOf('user.note'), value: Uint8Array.of(1) }];
    const problems = writeMetadata(refusing, descriptor, { mode: 0o4755, uid, gid, mtime, attributes });
    closeSync(descriptor);
    const told = code === 'EOPNOTSUPP' ? 'ENOTSUP' : code;
    assert.deepEqual(problems, [
      { kind: 'owner', detail: `${uid}:${gid}: ${told}` },
      { kind: 'attributes', detail: `user.note: ${told}` },
      { kind: 'mode', detail: `0755: ${told}` },
      { kind: 'time', detail: `-1 s: ${told}` },
    ]);
  });
}
