// A bucket's id is remembered, so that a put need not look it up; one that is made anew under the same name is another.

import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { temporaryDirectory } from '@cairn/testing';
import { objectBody } from '../src/core/object-body.ts';
import type { ObjectStorage } from '../src/core/object-storage.ts';
import { openObjectStorage } from '../src/core/open-object-storage.ts';

const bucket = 'photos';
async function inStorage(t: TestContext, body: (storage: ObjectStorage) => Promise<void>): Promise<void> {
  const storage = await openObjectStorage({ directory: await temporaryDirectory(t) });
  try {
    await body(storage);
  } finally {
    await storage.close();
  }
}

const attributes = { headers: {}, userMetadata: {} };

test('a bucket that was made anew takes objects, and one that is gone takes none', (t) =>
  inStorage(t, async (storage) => {
    const put = (key: string) =>
      storage.putObject({ bucket, key, attributes, body: objectBody(Buffer.from(key)) });
    await assert.rejects(put('too early'), { code: 'NoSuchBucket' });
    for (const key of ['first', 'second']) {
      await storage.createBucket({ bucket, owner: 'me' });
      await put(key);
      const { objects } = await storage.listObjects({
        bucket,
        prefix: '',
        delimiter: '',
        after: '',
        limit: 10,
      });
      assert.deepEqual(
        objects.map((object) => object.key),
        [key],
      );
      await storage.deleteObject({ bucket, key });
      await storage.deleteBucket({ bucket });
      await assert.rejects(put('too late'), { code: 'NoSuchBucket' });
    }
  }));

test('an upload that began before its bucket was made anew is refused', (t) =>
  inStorage(t, async (storage) => {
    await storage.createBucket({ bucket, owner: 'me' });
    const began = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    async function* slowly(): AsyncIterable<Uint8Array> {
      began.resolve();
      await goOn.promise;
      yield Buffer.from('late');
    }
    const body = objectBody(slowly());
    const refused = assert.rejects(storage.putObject({ bucket, key: 'late', attributes, body }), {
      code: 'NoSuchBucket',
    });
    await began.promise;
    await storage.deleteBucket({ bucket });
    await storage.createBucket({ bucket, owner: 'me' });
    goOn.resolve();
    await refused;
  }));
