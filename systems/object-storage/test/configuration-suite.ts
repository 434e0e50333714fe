// Settings of buckets, and owners and grants of objects, as a library. For any engine of the metadata.

import assert from 'node:assert/strict';
import test from 'node:test';
import { type ObjectAccess, type ObjectStorage, objectBody, openObjectStorage } from '@cairn/object-storage';
import { type TestContext, temporaryDirectory } from '@cairn/testing';

const bucket = 'settings';

export type ConfigurationSuiteOptions = {
  /** The URL of an empty metadata store; a file in the data folder when absent. */
  readonly metadataUrl?: () => Promise<string>;
  readonly skip: string | false;
};

export function configurationSuite(engine: string, { metadataUrl, skip }: ConfigurationSuiteOptions): void {
  const opened = async (t: TestContext): Promise<ObjectStorage> => {
    const directory = await temporaryDirectory(t);
    const storage = await openObjectStorage({ directory, metadataUrl: await metadataUrl?.(), writers: 1 });
    t.after(() => storage.close());
    return storage;
  };

  test(`${engine}: settings are set and taken away together, and go with their bucket`, {
    skip,
  }, async (t) => {
    const storage = await opened(t);
    await assert.rejects(async () => storage.bucketConfiguration({ bucket }), { code: 'NoSuchBucket' });
    const documents = async () => (await storage.bucketConfiguration({ bucket })).documents;
    await storage.createBucket({ bucket, owner: 'me', documents: { policy: '{}', acl: '[]' } });
    assert.deepEqual(await documents(), { acl: '[]', policy: '{}' });
    await storage.configureBucket({ bucket, documents: { policy: undefined, acl: '[1]', cors: '[ü]' } });
    assert.deepEqual(await documents(), { acl: '[1]', cors: '[ü]' });
    assert.equal(await documents(), await documents(), 'remembered');
    await storage.setBucketVersioning({ bucket, versioning: 'enabled' });
    assert.equal((await storage.bucketConfiguration({ bucket })).versioning, 'enabled');
    await assert.rejects(storage.configureBucket({ bucket, documents: { cors: 'a\0b' } }), {
      code: 'InvalidArgument',
    });
    await assert.rejects(storage.configureBucket({ bucket: 'other', documents: {} }), {
      code: 'NoSuchBucket',
    });
    await storage.createBucket({ bucket: 'beside', owner: 'me', documents: { acl: '[2]' } });
    await storage.deleteBucket({ bucket });
    await assert.rejects(async () => storage.bucketConfiguration({ bucket }), { code: 'NoSuchBucket' });
    await storage.createBucket({ bucket, owner: 'you' });
    assert.deepEqual(await documents(), {});
    assert.deepEqual((await storage.bucketConfiguration({ bucket: 'beside' })).documents, { acl: '[2]' });
    assert.deepEqual(await storage.check(), []);
  });

  test(`${engine}: a bucket that is there keeps its settings when it is made again`, { skip }, async (t) => {
    const storage = await opened(t);
    await storage.createBucket({ bucket, owner: 'me', documents: { acl: '[]' } });
    const again = storage.createBucket({ bucket, owner: 'me', documents: { acl: '[1]', cors: '[]' } });
    await assert.rejects(again, { code: 'BucketAlreadyOwnedByYou' });
    assert.deepEqual((await storage.bucketConfiguration({ bucket })).documents, { acl: '[]' });
  });

  test(`${engine}: access is changed of one version, and of nothing else`, { skip }, async (t) => {
    const storage = await opened(t);
    await storage.createBucket({ bucket, owner: 'me' });
    await storage.setBucketVersioning({ bucket, versioning: 'enabled' });
    const attributes = { headers: { 'content-type': 'text/x' }, userMetadata: { a: 'ü' } };
    const put = () => storage.putObject({ bucket, key: 'k', attributes, body: objectBody(Buffer.from('x')) });
    const [first, second] = [await put(), await put()];
    const access: ObjectAccess = { owner: 'anna', grants: [{ grantee: 'bert', permission: 'READ' }] };
    const set = (versionId: string | undefined, access: ObjectAccess) =>
      storage.changeAttributes({ bucket, key: 'k', versionId, change: () => ({ access }) });
    await set(first.versionId, access);
    const head = (versionId?: string) => storage.headObject({ bucket, key: 'k', versionId });
    assert.deepEqual(await head(first.versionId), { ...first, access });
    assert.equal((await head()).access, undefined);
    await set(undefined, { owner: 'cleo' });
    assert.deepEqual(await head(second.versionId), { ...second, access: { owner: 'cleo' } });
    await storage.deleteObject({ bucket, key: 'k', versionId: second.versionId });
    assert.deepEqual((await head()).access, access, 'goes with its version');
    await storage.deleteObject({ bucket, key: 'k' });
    await assert.rejects(set(undefined, {}), { code: 'NoSuchKey' });
    assert.deepEqual(await storage.check({ deep: true }), []);
  });

  test(`${engine}: of changes at the same time none is lost`, { skip }, async (t) => {
    const storage = await opened(t);
    await storage.createBucket({ bucket, owner: 'me' });
    const attributes = { headers: {}, userMetadata: {} };
    await storage.putObject({ bucket, key: 'k', attributes, body: objectBody(Buffer.from('x')) });
    const grantees = Array.from({ length: 8 }, (_, index) => `user${index}`);
    const add = (grantee: string) =>
      storage.changeAttributes({
        bucket,
        key: 'k',
        change: ({ access }) => ({
          access: { grants: [...(access?.grants ?? []), { grantee, permission: 'READ' }] },
        }),
      });
    await Promise.all(grantees.map(add));
    const { access } = await storage.headObject({ bucket, key: 'k' });
    assert.deepEqual(access?.grants?.map(({ grantee }) => grantee).toSorted(), grantees);
  });
}
