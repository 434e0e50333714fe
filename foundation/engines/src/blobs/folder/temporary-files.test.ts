import assert from 'node:assert/strict';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import { TemporaryFiles } from './temporary-files.ts';

const body = Buffer.alloc(8 * 1024 * 1024, 'a body that is as long as a pack of a backup ');

/** That of `FileHandle.write` which is meant. */
type WriteBytes = (
  this: FileHandle,
  bytes: Uint8Array,
  offset: number,
  length: number,
) => Promise<{ bytesWritten: number }>;

/** Bytes of each write, of which the system takes `bytesMax` at most. */
async function watchWrites(t: TestContext, folder: string, bytesMax: number): Promise<readonly number[]> {
  const file = await open(join(folder, 'any'), 'wx');
  const handles = Object.getPrototypeOf(file) as FileHandle;
  await file.close();
  const write: WriteBytes = handles.write;
  const writes: number[] = [];
  t.mock.method(handles, 'write', async function (this: FileHandle, bytes: Uint8Array, offset: number) {
    const written = await write.call(this, bytes, offset, Math.min(bytes.length - offset, bytesMax));
    writes.push(written.bytesWritten);
    return written;
  });
  return writes;
}

test('a body is written in one call: each more is a turn of the event loop, in which it stays in memory', async (t) => {
  const folder = await temporaryDirectory(t);
  const writes = await watchWrites(t, folder, Infinity);
  const path = await new TemporaryFiles(folder, realWorld()).write(body, { attempted: 'put a body' });
  assert.deepEqual(writes, [body.length]);
  assert((await readFile(path)).equals(body));
});

test('what the system did not take at once is written behind it', async (t) => {
  const folder = await temporaryDirectory(t);
  const writes = await watchWrites(t, folder, 3_000_000);
  const path = await new TemporaryFiles(folder, realWorld()).write(body, { attempted: 'put a body' });
  assert.deepEqual(writes, [3_000_000, 3_000_000, body.length - 6_000_000]);
  assert((await readFile(path)).equals(body));
});
