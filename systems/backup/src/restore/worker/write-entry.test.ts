import assert from 'node:assert/strict';
import { closeSync, openSync } from 'node:fs';
import { test } from 'node:test';
import { requireSystemCalls } from '../../filesystem/system-calls.ts';
import type { ChunkOpener } from './chunk-opener.ts';
import { checkSize, writeContent } from './write-entry.ts';

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
