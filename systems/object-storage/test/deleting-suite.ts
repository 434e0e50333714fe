// Deletions with conditions, and buckets that go with their unfinished uploads. For any engine of the metadata.

import assert from 'node:assert/strict';
import test from 'node:test';
import {
  type DeleteCondition,
  type ObjectStorage,
  objectBody,
  openObjectStorage,
} from '@cairn/object-storage';
import { type TestContext, temporaryDirectory } from '@cairn/testing';
import { uploadsDroppedAtOnce } from '../src/limits.ts';
import { outcome } from './locking-storage.ts';

const bucket = 'deleting';
const attributes = { headers: {}, userMetadata: {} };
const never = { ifModifiedSecond: 1 };

export type DeletingSuiteOptions = {
  /** The URL of an empty metadata store; a file in the data folder when absent. */
  readonly metadataUrl?: () => Promise<string>;
  readonly skip: string | false;
};

/** Registers the tests. */
export function deletingSuite(engine: string, { metadataUrl, skip }: DeletingSuiteOptions): void {
  const named = (name: string) => `${engine}: ${name}`;
  const opened = async (t: TestContext): Promise<ObjectStorage> => {
    const directory = await temporaryDirectory(t);
    const storage = await openObjectStorage({ directory, metadataUrl: await metadataUrl?.(), writers: 1 });
    t.after(() => storage.close());
    await storage.createBucket({ bucket, owner: 'me' });
    return storage;
  };
  const put = (storage: ObjectStorage, key: string) =>
    storage.putObject({ bucket, key, attributes, body: objectBody(Buffer.from('hello')) });

  test(named('an object is deleted if it is what the condition says'), { skip }, async (t) => {
    const storage = await opened(t);
    const { etag, modifiedMs } = await put(storage, 'k');
    const remove = (condition: DeleteCondition, key = 'k') =>
      outcome(storage.deleteObject({ bucket, key, condition }));
    const second = Math.floor(modifiedMs / 1_000);
    for (const condition of [{ ifMatch: 'other' }, never, { ifSizeBytes: 4 }, { ifMatch: etag, ...never }]) {
      assert.equal(await remove(condition), 'PreconditionFailed', JSON.stringify(condition));
    }
    const all = { ifMatch: etag, ifModifiedSecond: second, ifSizeBytes: 5 };
    for (const condition of [{ ifMatch: '*' }, { ifMatch: etag }, { ifSizeBytes: 5 }, all]) {
      await put(storage, 'k');
      const { modifiedMs: nowMs } = await storage.headObject({ bucket, key: 'k' });
      const wanted = 'ifModifiedSecond' in condition ? { ifModifiedSecond: Math.floor(nowMs / 1_000) } : {};
      assert.equal(await remove({ ...condition, ...wanted }), 'done', JSON.stringify(condition));
      assert.equal(await outcome(storage.headObject({ bucket, key: 'k' })), 'NoSuchKey');
    }
    assert.equal(await remove({ ifMatch: '*' }), 'NoSuchKey', 'there is nothing to compare with');
    assert.equal(await remove({ ifMatch: etag }), 'NoSuchKey');
    assert.equal(await remove(never), 'done', 'what is not there is deleted');
  });

  test(named('with versioning a condition is about the newest version, or the one that is named'), {
    skip,
  }, async (t) => {
    const storage = await opened(t);
    await storage.setBucketVersioning({ bucket, versioning: 'enabled' });
    const { etag, versionId } = await put(storage, 'k');
    const remove = (condition: DeleteCondition, id?: string) =>
      outcome(storage.deleteObject({ bucket, key: 'k', versionId: id, condition }));
    assert.equal(await remove({ ifMatch: 'other' }, versionId), 'PreconditionFailed');
    assert.equal(await remove({ ifMatch: 'other' }), 'PreconditionFailed');
    assert.equal(await remove({ ifMatch: etag }), 'done', 'a delete marker');
    assert.equal(await remove({ ifMatch: etag }), 'NoSuchKey', 'a delete marker is no object');
    assert.equal(await remove({ ifSizeBytes: 0 }), 'PreconditionFailed');
    assert.equal(await remove({ ifMatch: etag }, versionId), 'done');
    assert.equal(await remove({ ifMatch: etag }, versionId), 'done', 'gone for good');
  });

  test(named('of two deletions under the same condition one succeeds'), { skip }, async (t) => {
    const storage = await opened(t);
    await storage.setBucketVersioning({ bucket, versioning: 'enabled' });
    for (let round = 0; round < 10; round++) {
      const { etag } = await put(storage, 'k');
      const remove = () => outcome(storage.deleteObject({ bucket, key: 'k', condition: { ifMatch: etag } }));
      assert.deepEqual((await Promise.all([remove(), remove()])).toSorted(), ['NoSuchKey', 'done']);
    }
  });

  test(named('each of a list of deletions has a condition of its own'), { skip }, async (t) => {
    const storage = await opened(t);
    for (const key of ['a', 'b']) await put(storage, key);
    const results = await storage.deleteObjects({
      bucket,
      objects: [
        { key: 'a', condition: { ifSizeBytes: 6 } },
        { key: 'b', condition: { ifSizeBytes: 5 } },
        { key: 'c', condition: { ifMatch: '*' } },
        { key: 'd' },
      ],
    });
    const shown = results.map((result) => result.error ?? 'deleted');
    assert.deepEqual(shown, ['PreconditionFailed', 'deleted', 'NoSuchKey', 'deleted']);
  });

  test(named('a write may be held back by the entity tag that is there'), { skip }, async (t) => {
    const storage = await opened(t);
    const { etag } = await put(storage, 'k');
    const write = (ifNoneMatch: string) =>
      outcome(
        storage.copyObject({ bucket, key: 'k2', source: { bucket, key: 'k' }, condition: { ifNoneMatch } }),
      );
    assert.equal(await write(etag), 'done', 'nothing is there');
    assert.equal(await write(etag), 'PreconditionFailed');
    assert.equal(await write('other'), 'done');
    assert.equal(await write('*'), 'PreconditionFailed');
  });

  test(named('a bucket goes with its unfinished uploads, however many, and their bytes are given back'), {
    skip,
  }, async (t) => {
    const storage = await opened(t);
    const count = uploadsDroppedAtOnce + 1;
    for (let index = 0; index < count; index++) {
      const name = { bucket, key: `k${index % 7}` };
      const { uploadId } = await storage.createUpload({ ...name, attributes, owner: 'me' });
      if (index % 50 > 0) continue;
      const body = objectBody(Buffer.from(`part ${index}`));
      await storage.uploadPart({ ...name, uploadId, partNumber: 1, body });
    }
    await put(storage, 'k');
    assert.equal(await outcome(storage.deleteBucket({ bucket })), 'BucketNotEmpty');
    assert.equal((await storage.stats()).uploads, count, 'nothing of a bucket that stays is dropped');
    await storage.deleteObject({ bucket, key: 'k' });
    await storage.deleteBucket({ bucket });
    assert.equal(await outcome(storage.headBucket({ bucket })), 'NoSuchBucket');
    await storage.gc();
    const { uploads, blobs, garbageBlobs } = await storage.stats();
    assert.deepEqual([uploads, blobs, garbageBlobs], [0, 0, 0]);
    assert.deepEqual(await storage.check({ deep: true }), []);
  });
}
