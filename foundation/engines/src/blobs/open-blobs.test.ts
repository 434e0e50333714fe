import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { World } from '@cairn/world';
import type { Blobs } from './blobs.ts';
import { BlobsError } from './blobs-error.ts';
import { openBlobs, registerBlobs } from './open-blobs.ts';

const world = {} as World; // no engine is reached

test('an unknown scheme is refused with those that are known', async () => {
  for (const url of ['ftp://host/path', 'nothing', '', '/a/path']) {
    await assert.rejects(openBlobs({ url, world }), (error) => {
      assert(error instanceof BlobsError);
      assert.equal(error.code, 'invalid-url');
      assert.match(error.message, /file: s3: http: https:/);
      return true;
    });
  }
});

test('an unknown scheme does not repeat the URL, which may hold a secret', async () => {
  await assert.rejects(
    openBlobs({ url: 'ftp://user:secret@host', world }),
    (error) => !/secret/.test(String(error)),
  );
});

test('a system registers its engine under a scheme of its own, once', async () => {
  const opened: string[] = [];
  registerBlobs('test-engine', async ({ url }) => {
    opened.push(url);
    return {
      head: async (name: string) => ({ name, sizeBytes: 1, modifiedMs: 0 }),
      close: async () => {},
    } as unknown as Blobs;
  });
  const blobs = await openBlobs({ url: 'test-engine:place', world });
  assert.deepEqual(opened, ['test-engine:place']);
  assert.equal((await blobs.head('name'))?.sizeBytes, 1);
  await assert.rejects(blobs.head(''), { code: 'invalid-name' });
  assert.throws(() => registerBlobs('test-engine', async () => blobs));
  assert.throws(() => registerBlobs('file', async () => blobs));
});
