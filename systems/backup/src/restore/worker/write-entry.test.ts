import assert from 'node:assert/strict';
import { closeSync, linkSync, lstatSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '@cairn/testing';
import { cString } from '../../filesystem/libc.ts';
import { requireSystemCalls } from '../../filesystem/system-calls.ts';
import type { ChunkOpener } from './chunk-opener.ts';
import type { UnpackedEntry } from './entry-batch.ts';
import { checkSize, type WriteContext, writeContent, writeEntry } from './write-entry.ts';

const calls = requireSystemCalls();

test('a file that reads back differently is refused', () => {
  // What is written there is gone, and zeros are read.
  const descriptor = openSync('/dev/zero', 'r+');
  const bytes = new Uint8Array(300_000).fill(0);
  const chunks = { open: () => bytes } as unknown as ChunkOpener;
  const write = () =>
    writeContent({ calls, chunks, delete: false, verify: true }, descriptor, Uint32Array.of(0), {
      offset: 0,
      sparse: false,
    });
  assert.equal(write(), 300_000);
  bytes[299_999] = 1;
  assert.throws(write, /reads back differently/);
  closeSync(descriptor);
});

test('chunks that do not add up to the size of a file are damage', () => {
  checkSize(5, 5);
  assert.throws(() => checkSize(5, 6), { code: 'damaged' });
});

test('metadata is not set on what has another name, or is of another type', async (t) => {
  const folder = await temporaryDirectory(t);
  writeFileSync(join(folder, 'victim'), '', { mode: 0o600 });
  linkSync(join(folder, 'victim'), join(folder, 'planted'));
  writeFileSync(join(folder, 'alone'), '', { mode: 0o600 });
  const directory = openSync(folder, 'r');
  const context = { calls, delete: false, verify: false } as unknown as WriteContext;
  const describe = (name: string, type: UnpackedEntry['type']) =>
    writeEntry(context, directory, {
      type,
      name: cString(Buffer.from(name)),
      action: 'describe',
      mode: 0o777,
      uid: process.getuid!(),
      gid: process.getgid!(),
      mtime: { seconds: 1, nanoseconds: 0 },
      attributes: [],
    } as unknown as UnpackedEntry);
  assert.throws(() => describe('planted', 'file'), /took its place/);
  assert.throws(() => describe('alone', 'fifo'), /took its place/);
  assert.equal(lstatSync(join(folder, 'victim')).mode & 0o777, 0o600);
  describe('alone', 'file');
  assert.equal(lstatSync(join(folder, 'alone')).mode & 0o777, 0o777);
  closeSync(directory);
});
