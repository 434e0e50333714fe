import assert from 'node:assert/strict';
import {
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryDirectory } from '@cairn/testing';
import { bytesOf } from '../../test/sample-manifest.ts';
import { cString, errnoOf, libc } from './libc.ts';
import { createFile, discardFile, publishFile } from './new-file.ts';
import { requireSystemCalls, SystemCalls } from './system-calls.ts';

const calls = requireSystemCalls();
const name = cString(bytesOf('name'));

async function held(t: TestContext) {
  const path = await temporaryDirectory(t);
  const directory = openSync(path, 'r');
  t.after(() => calls.close(directory));
  return { path, directory };
}

for (const forceName of [false, true]) {
  const how = forceName ? 'with a temporary name' : 'without a name';

  test(`a file ${how} appears when it is published`, async (t) => {
    const { path, directory } = await held(t);
    const file = createFile(calls, directory, { forceName });
    writeSync(file.descriptor, 'contents');
    assert.ok(!readdirSync(path).includes('name'));
    assert.equal(publishFile(calls, file, directory, name, { replace: false }), true);
    assert.deepEqual(readdirSync(path), ['name']);
    assert.equal(readFileSync(join(path, 'name'), 'utf8'), 'contents');
  });

  test(`a file ${how} that is discarded leaves nothing`, async (t) => {
    const { path, directory } = await held(t);
    discardFile(calls, createFile(calls, directory, { forceName }), directory);
    assert.deepEqual(readdirSync(path), []);
  });

  test(`a name that is taken is kept by a file ${how}`, async (t) => {
    const { path, directory } = await held(t);
    writeFileSync(join(path, 'name'), 'before');
    const file = createFile(calls, directory, { forceName });
    assert.equal(publishFile(calls, file, directory, name, { replace: false }), false);
    assert.equal(readFileSync(join(path, 'name'), 'utf8'), 'before');
    assert.deepEqual(readdirSync(path), ['name']);
  });

  test(`what a file ${how} replaces keeps its other names and its contents`, async (t) => {
    const { path, directory } = await held(t);
    writeFileSync(join(path, 'name'), 'before');
    linkSync(join(path, 'name'), join(path, 'other'));
    const file = createFile(calls, directory, { forceName });
    writeSync(file.descriptor, 'after');
    assert.equal(publishFile(calls, file, directory, name, { replace: true }), true);
    assert.equal(readFileSync(join(path, 'name'), 'utf8'), 'after');
    assert.equal(readFileSync(join(path, 'other'), 'utf8'), 'before');
    assert.deepEqual(readdirSync(path).sort(), ['name', 'other']);
  });

  test(`a file ${how} takes the place of a symlink, not of its target`, async (t) => {
    const { path, directory } = await held(t);
    writeFileSync(join(path, 'target'), 'untouched');
    symlinkSync('target', join(path, 'name'));
    const file = createFile(calls, directory, { forceName });
    publishFile(calls, file, directory, name, { replace: true });
    assert.equal(readFileSync(join(path, 'target'), 'utf8'), 'untouched');
    assert.ok(statSync(join(path, 'name')).isFile());
  });

  test(`a directory is not replaced by a file ${how}`, async (t) => {
    const { path, directory } = await held(t);
    mkdirSync(join(path, 'name'));
    const file = createFile(calls, directory, { forceName });
    assert.throws(() => publishFile(calls, file, directory, name, { replace: true }), { code: 'EISDIR' });
    assert.deepEqual(readdirSync(path), ['name']);
  });
}

for (const code of ['EPERM', 'EIO', 'EOPNOTSUPP'] as const) {
  test(`a file system without hard links, which says so by ${code}, gets files as others do`, async (t) => {
    const { path, directory } = await held(t);
    const opened = libc()!;
    let refused = false;
    const refuse = () => {
      refused = true;
      return -1;
    };
    const linkat = Object.assign(refuse, { pointer: 0n });
    const linkless = new SystemCalls({
      ...opened,
      functions: { ...opened.functions, linkat },
      errno: () => {
        if (!refused) return opened.errno();
        refused = false;
        return errnoOf[code];
      },
    });
    const publish = (text: string) => {
      const file = createFile(linkless, directory, { forceName: true });
      writeSync(file.descriptor, text);
      return publishFile(linkless, file, directory, name, { replace: false });
    };
    assert.equal(publish('first'), true);
    assert.equal(publish('second'), false);
    assert.deepEqual(readdirSync(path), ['name']);
    assert.equal(readFileSync(join(path, 'name'), 'utf8'), 'first');
  });
}
