// Events of a storage as a library: which changes are told, what of them, in which order. For any engine of the metadata.

import assert from 'node:assert/strict';
import test from 'node:test';
import { type ObjectStorage, objectBody, openObjectStorage } from '@cairn/object-storage';
import { type TestContext, temporaryDirectory } from '@cairn/testing';
import { everything, notification, RememberingSink } from './remembering-sink.ts';

const bucket = 'told';
const attributes = { headers: {}, userMetadata: {} };
const body = (text = 'hello') => objectBody(Buffer.from(text));

export type EventsSuiteOptions = {
  /** The URL of an empty metadata store; a file in the data folder when absent. */
  readonly metadataUrl?: () => Promise<string>;
  readonly skip: string | false;
};

export function eventsSuite(engine: string, { metadataUrl, skip }: EventsSuiteOptions): void {
  const opened = async (t: TestContext, documents = { notification: everything }) => {
    const directory = await temporaryDirectory(t);
    const sink = new RememberingSink();
    const url = await metadataUrl?.();
    const open = (sinks = [sink]): Promise<ObjectStorage> =>
      openObjectStorage({ directory, metadataUrl: url, writers: 1, events: { sinks } });
    const storage = await open();
    t.after(() => storage.close());
    await storage.createBucket({ bucket, owner: 'me', documents });
    return { storage, sink, open };
  };
  const put = (storage: ObjectStorage, key: string) =>
    storage.putObject({ bucket, key, attributes, body: body() });

  test(`${engine}: every change of an object is told, in the order in which they happened`, {
    skip,
  }, async (t) => {
    const { storage, sink } = await opened(t);
    await put(storage, 'a');
    await storage.copyObject({ bucket, key: 'b', source: { bucket, key: 'a' } });
    await storage.putObject({ bucket, key: 'form', attributes, body: body(), event: 'ObjectCreated:Post' });
    const { uploadId } = await storage.createUpload({ bucket, key: 'parts', attributes, owner: 'me' });
    const part = await storage.uploadPart({ bucket, key: 'parts', uploadId, partNumber: 1, body: body() });
    const completed = { bucket, key: 'parts', uploadId, parts: [{ partNumber: 1, etag: part.etag }] };
    await storage.completeUpload(completed);
    await storage.completeUpload(completed); // Repeated: nothing happens.
    const tags = [{ key: 'k', value: 'v' }];
    const change = { bucket, key: 'a' };
    await storage.changeAttributes({ ...change, event: 'ObjectTagging:Put', change: () => ({ tags }) });
    await storage.changeAttributes({
      ...{ ...change, event: 'ObjectTagging:Delete' },
      change: () => ({ tags: undefined }),
    });
    const access = { owner: 'you' };
    const setAccess = { ...change, event: 'ObjectAcl:Put', change: () => ({ access }) } as const;
    await storage.changeAttributes(setAccess);
    await storage.changeAttributes(setAccess); // As it was: nothing happens.
    await storage.appendObject({ bucket, key: 'a', offset: 5, attributes, body: body(' you') });
    await storage.renameObject({ bucket, source: 'a', key: 'c' });
    await storage.deleteObject({ bucket, key: 'b' });
    await storage.deleteObject({ bucket, key: 'b' }); // Gone: nothing happens.
    await storage.deleteObjects({ bucket, objects: [{ key: 'c' }, { key: 'none' }, { key: 'form' }] });
    const expected = [
      'ObjectCreated:Put a',
      'ObjectCreated:Copy b',
      'ObjectCreated:Post form',
      'ObjectCreated:CompleteMultipartUpload parts',
      'ObjectTagging:Put a',
      'ObjectTagging:Delete a',
      'ObjectAcl:Put a',
      'ObjectCreated:Put a',
      'ObjectCreated:Copy c',
      'ObjectRemoved:Delete a',
      'ObjectRemoved:Delete b',
      'ObjectRemoved:Delete c',
      'ObjectRemoved:Delete form',
    ];
    assert.deepEqual(await sink.took(expected.length), expected);
    const sequencers = sink.taken.map(({ s3 }) => s3.object.sequencer);
    assert.deepEqual(sequencers, sequencers.toSorted());
    assert.equal(new Set(sequencers).size, sequencers.length);
    assert.deepEqual(await storage.check(), []);
  });

  test(`${engine}: a record says what the object is, and nothing of one that is gone`, {
    skip,
  }, async (t) => {
    const { storage, sink } = await opened(t);
    const origin = () => ({ principal: 'anna', sourceIp: '10.1.1.1', requestId: 'R', hostId: 'H' });
    const info = await storage.putObject({ bucket, key: 'a b', attributes, body: body(), origin });
    await storage.deleteObject({ bucket, key: 'a b' });
    await sink.took(2);
    const [created, removed] = sink.taken;
    assert.deepEqual(created!.s3.object, {
      ...{ key: 'a+b', size: 5, eTag: info.etag },
      sequencer: created!.s3.object.sequencer,
    });
    assert.equal(created!.eventTime, new Date(info.modifiedMs).toISOString());
    assert.equal(created!.userIdentity.principalId, 'AWS:anna');
    assert.equal(created!.s3.bucket.ownerIdentity.principalId, 'me');
    assert.equal(created!.s3.configurationId, 'rule-0');
    assert.deepEqual(removed!.s3.object, { key: 'a+b', sequencer: removed!.s3.object.sequencer });
    assert.equal(removed!.userIdentity.principalId, 's3.amazonaws.com');
  });

  test(`${engine}: with versions every record names its own`, { skip }, async (t) => {
    const { storage, sink } = await opened(t);
    await storage.setBucketVersioning({ bucket, versioning: 'enabled' });
    const first = await put(storage, 'a');
    const second = await storage.appendObject({
      bucket,
      key: 'a',
      offset: 5,
      attributes,
      body: body(' you'),
    });
    const marker = await storage.deleteObject({ bucket, key: 'a' });
    await storage.deleteObject({ bucket, key: 'a', versionId: first.versionId });
    await storage.deleteObject({ bucket, key: 'a', versionId: first.versionId }); // Gone.
    await storage.deleteObject({ bucket, key: 'a', versionId: marker.versionId });
    await storage.renameObject({ bucket, source: 'a', key: 'b' });
    await sink.took(7);
    const told = sink.taken.map(({ eventName, s3 }) => [eventName, s3.object.key, s3.object.versionId]);
    const renamed = await storage.headObject({ bucket, key: 'b' });
    const { versions } = await storage.listVersions({
      ...{ bucket, prefix: 'a', delimiter: '', afterKey: '', afterVersion: '', limit: 1 },
    });
    assert.deepEqual(told, [
      ['ObjectCreated:Put', 'a', first.versionId],
      ['ObjectCreated:Put', 'a', second.versionId],
      ['ObjectRemoved:DeleteMarkerCreated', 'a', marker.versionId],
      ['ObjectRemoved:Delete', 'a', first.versionId],
      ['ObjectRemoved:Delete', 'a', marker.versionId],
      ['ObjectCreated:Copy', 'b', renamed.versionId],
      ['ObjectRemoved:DeleteMarkerCreated', 'a', versions[0]!.versionId],
    ]);
  });

  test(`${engine}: what is refused, and what no rule covers, is not told`, { skip }, async (t) => {
    const rules = notification([
      { events: ['s3:ObjectCreated:Put'], prefix: 'in/', suffix: '.jpg' },
      { events: ['s3:ObjectRemoved:*'], prefix: 'in/' },
    ]);
    const { storage, sink } = await opened(t, { notification: rules });
    for (const key of ['in/a.jpg', 'in/a.png', 'out/a.jpg', 'in/b.jpg']) await put(storage, key);
    const again = { bucket, key: 'in/a.jpg', attributes, condition: { ifNoneMatch: '*' } } as const;
    await assert.rejects(storage.putObject({ ...again, body: body() }), { code: 'PreconditionFailed' });
    await storage.copyObject({ bucket, key: 'in/c.jpg', source: { bucket, key: 'in/a.jpg' } });
    for (const key of ['in/a.png', 'out/a.jpg']) await storage.deleteObject({ bucket, key });
    const expected = [
      'ObjectCreated:Put in%2Fa.jpg',
      'ObjectCreated:Put in%2Fb.jpg',
      'ObjectRemoved:Delete in%2Fa.png',
    ];
    assert.deepEqual(await sink.took(3), expected);
  });

  test(`${engine}: the configuration that decides is that of the moment of the change`, {
    skip,
  }, async (t) => {
    const { storage, sink } = await opened(t);
    await storage.createBucket({ bucket: 'silent', owner: 'me' });
    await storage.putObject({ bucket: 'silent', key: 'x', attributes, body: body() });
    await put(storage, 'a');
    await storage.configureBucket({ bucket, documents: { notification: undefined } });
    await put(storage, 'b');
    await storage.setBucketVersioning({ bucket, versioning: 'enabled' });
    await storage.configureBucket({ bucket, documents: { notification: everything } });
    await put(storage, 'c');
    assert.deepEqual(await sink.took(2), ['ObjectCreated:Put a', 'ObjectCreated:Put c']);
    assert.deepEqual(await storage.check(), []);
  });

  test(`${engine}: events outlive a restart and their bucket, and keep their sequence`, {
    skip,
  }, async (t) => {
    const { storage, sink, open } = await opened(t);
    await put(storage, 'a');
    await sink.took(1);
    sink.before = () => {
      throw new Error('the target is not well');
    };
    await put(storage, 'b');
    await storage.deleteObject({ bucket, key: 'a' });
    await storage.deleteObject({ bucket, key: 'b' });
    await storage.deleteBucket({ bucket });
    await storage.close();
    const later = new RememberingSink();
    const reopened = await open([later]);
    t.after(() => reopened.close());
    await reopened.createBucket({ bucket, owner: 'you', documents: { notification: everything } });
    await put(reopened, 'b');
    const expected = [
      'ObjectCreated:Put b',
      'ObjectRemoved:Delete a',
      'ObjectRemoved:Delete b',
      'ObjectCreated:Put b',
    ];
    assert.deepEqual(await later.took(4), expected);
    const sequencers = [...sink.taken, ...later.taken].map(({ s3 }) => s3.object.sequencer);
    assert.deepEqual(sequencers, sequencers.toSorted());
  });

  test(`${engine}: of many changes at once every key is told in its order`, { skip }, async (t) => {
    const { storage, sink } = await opened(t);
    const keys = ['a', 'b', 'c', 'd', 'e'];
    const rounds = 20;
    const one = async (key: string) => {
      for (let round = 0; round < rounds; round++) {
        await put(storage, key);
        await storage.deleteObject({ bucket, key });
      }
    };
    await Promise.all(keys.map(one));
    await sink.took(keys.length * rounds * 2);
    for (const key of keys) {
      const told = sink.taken.filter(({ s3 }) => s3.object.key === key).map(({ eventName }) => eventName);
      const expected = Array.from({ length: rounds }, () => ['ObjectCreated:Put', 'ObjectRemoved:Delete']);
      assert.deepEqual(told, expected.flat());
    }
  });
}
