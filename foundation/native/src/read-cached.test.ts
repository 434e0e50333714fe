import assert from 'node:assert/strict';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { readCached } from './read-cached.ts';

const sizeBytes = 1_000_000;
const byteAt = (position: number) => (position * 7) % 251;

suite('what the page cache has of a file', () => {
  let folder: string;
  let descriptor: number;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cairn-native-'));
    const path = join(folder, 'file');
    writeFileSync(
      path,
      Uint8Array.from({ length: sizeBytes }, (_, position) => byteAt(position)),
    );
    descriptor = openSync(path, 'r');
  });

  after(async () => {
    closeSync(descriptor);
    await rm(folder, { recursive: true });
  });

  test('lands in the view and nowhere else', (context) => {
    const memory = Buffer.alloc(70_000, 255);
    const into = memory.subarray(100, 100 + 65_536);
    const count = readCached(descriptor, into, 12_345);
    if (count === 0) return context.diagnostic('this file system never says that something is at hand');
    for (let at = 0; at < count; at++) assert.equal(into[at], byteAt(12_345 + at));
    assert(memory.subarray(0, 100).every((byte) => byte === 255));
    assert(memory.subarray(100 + count).every((byte) => byte === 255));
  });

  test('ends where the file does', () => {
    const into = Buffer.alloc(65_536, 255);
    assert(readCached(descriptor, into, sizeBytes - 10) <= 10);
    assert.equal(readCached(descriptor, into, sizeBytes), 0);
    assert.equal(readCached(descriptor, into, sizeBytes + 2 ** 40), 0);
  });

  test('is nothing for a view that may move, and for what is no open file', () => {
    assert.equal(readCached(descriptor, new Uint8Array(16), 0), 0);
    assert.equal(readCached(2 ** 30, Buffer.alloc(65_536), 0), 0);
  });
});
