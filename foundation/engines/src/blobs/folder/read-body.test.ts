import assert from 'node:assert/strict';
import { open } from 'node:fs/promises';
import { type TestContext, test } from 'node:test';
import { BlobsError } from '../blobs-error.ts';
import { readBody } from './read-body.ts';

const KiB = 1024;

const isUnreadable = (error: unknown) =>
  error instanceof BlobsError && error.code === 'unreadable' && error.message.includes('EIO');

/** A file whose first page no read ever gives: a process has nothing mapped there. Linux answers EIO, as for a bad sector. */
async function badSector(t: TestContext) {
  if (process.platform !== 'linux') {
    t.skip('/proc/self/mem is a file of Linux');
    return undefined;
  }
  return open('/proc/self/mem', 'r');
}

test('a bad sector makes a blob unreadable, in a short read, a stream, and a read into memory', async (t) => {
  const attempted = 'get "a"';
  const reads = [
    { length: KiB },
    { length: 512 * KiB },
    { length: 512 * KiB, into: new Uint8Array(512 * KiB) },
  ] as const;
  for (const { length, ...options } of reads) {
    const file = await badSector(t);
    if (file === undefined) return;
    const read = async () => {
      const body = await readBody(file, { range: { start: 0, length }, attempted, ...options });
      for await (const _ of body);
    };
    await assert.rejects(read, isUnreadable);
    await file.close();
  }
});
