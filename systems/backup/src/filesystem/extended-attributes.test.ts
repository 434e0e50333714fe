import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { findProgram, temporaryDirectory } from '@cairn/testing';
import { readExtendedAttributes } from './extended-attributes.ts';
import { cString, libc } from './libc.ts';

const setfattr = findProgram('setfattr');
const getfattr = findProgram('getfattr');
const setfacl = findProgram('setfacl');
const skip =
  setfattr && getfattr && setfacl ? false : 'setfattr, getfattr (attr) and setfacl (acl) are needed';

describe('extended attributes', { skip }, () => {
  test('those that setfattr set are read, values with any byte and sorted by name', async (t) => {
    const path = await fileIn(await temporaryDirectory(t));
    execFileSync(setfattr!, ['-n', 'user.zebra', '-v', '0x00ff0a00', path]);
    execFileSync(setfattr!, ['-n', 'user.ant', '-v', 'text', path]);
    execFileSync(setfattr!, ['-n', 'user.empty', path]);
    assert.deepEqual(read(path), [
      ['user.ant', '74657874'],
      ['user.empty', ''],
      ['user.zebra', '00ff0a00'],
    ]);
  });

  test('what is read equals what getfattr prints, ACLs too', async (t) => {
    const path = await fileIn(await temporaryDirectory(t));
    execFileSync(setfacl!, ['-m', 'u:1234:rw,g:99:r', path]);
    execFileSync(setfattr!, ['-n', 'user.x', '-v', 'y', path]);
    const attributes = read(path);
    assert.deepEqual(
      attributes.map(([name]) => name),
      ['system.posix_acl_access', 'user.x'],
    );
    assert.deepEqual(attributes, printed(path));
  });

  test('a symlink is not followed', async (t) => {
    const directory = await temporaryDirectory(t);
    const path = await fileIn(directory);
    execFileSync(setfattr!, ['-n', 'user.of-the-target', '-v', 'y', path]);
    symlinkSync(path, join(directory, 'link'));
    assert.deepEqual(read(join(directory, 'link')), []);
  });

  test('an entry that is gone is a system error with its code', () => {
    assert.throws(() => read('/nonexistent-entry'), { code: 'ENOENT', syscall: 'llistxattr' });
  });

  test('a filesystem without attributes has none', () => {
    assert.deepEqual(read('/proc/self/status'), []);
  });
});

async function fileIn(directory: string): Promise<string> {
  const path = join(directory, 'file');
  writeFileSync(path, 'contents');
  return path;
}

function read(path: string): (readonly [string, string])[] {
  return readExtendedAttributes(libc()!, cString(Buffer.from(path))).map(
    ({ name, value }) => [Buffer.from(name).toString(), Buffer.from(value).toString('hex')] as const,
  );
}

function printed(path: string): (readonly [string, string])[] {
  const lines = execFileSync(getfattr!, ['--absolute-names', '-d', '-m', '-', '-e', 'hex', path], {
    encoding: 'utf8',
  }).split('\n');
  return lines
    .filter((line) => line.includes('=0x'))
    .map((line) => line.split('=0x') as [string, string])
    .sort(([left], [right]) => (left < right ? -1 : 1));
}
