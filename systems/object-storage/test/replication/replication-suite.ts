// Replication between two buckets of one storage, as a library. For any engine of the metadata.

import assert from 'node:assert/strict';
import test from 'node:test';
import { type ObjectStorage, objectBody, openObjectStorage } from '@cairn/object-storage';
import { type TestContext, temporaryDirectory } from '@cairn/testing';
import type { OpenObjectStorageOptions } from '../../src/core/open-stores.ts';
import { arnOf, historyOf, replication, settled } from './replicating.ts';

const attributes = { headers: { 'content-type': 'text/plain' }, userMetadata: { colour: 'blue' } };
const body = (text: string) => objectBody(Buffer.from(text), { checksum: 'crc32c' });

export type ReplicationSuiteOptions = {
  /** The URL of an empty metadata store; a file in the data folder when absent. */
  readonly metadataUrl?: () => Promise<string>;
  readonly skip: string | false;
};

export function replicationSuite(engine: string, { metadataUrl, skip }: ReplicationSuiteOptions): void {
  const opened = async (t: TestContext, buckets: readonly string[] = ['source', 'copies']) => {
    const options: OpenObjectStorageOptions = {
      directory: await temporaryDirectory(t),
      metadataUrl: await metadataUrl?.(),
      writers: 1,
      settings: { reserveBytes: 0 },
    };
    let storage = await openObjectStorage(options);
    t.after(() => storage.close());
    for (const bucket of buckets) {
      await storage.createBucket({ bucket, owner: 'me' });
      await storage.setBucketVersioning({ bucket, versioning: 'enabled' });
    }
    return {
      storage,
      reopen: async () => {
        await storage.close();
        storage = await openObjectStorage(options);
        return storage;
      },
    };
  };
  const put = (storage: ObjectStorage, key: string, text = key, bucket = 'source') =>
    storage.putObject({ bucket, key, attributes, body: body(text) });
  const statusOf = async (storage: ObjectStorage, key: string, bucket = 'source') => {
    const { replication: found } = await storage.headObject({ bucket, key });
    return found?.replica ? 'REPLICA' : found && Object.values(found.to).map(({ status }) => status);
  };
  const it = (name: string, run: (t: TestContext) => Promise<void>) =>
    test(`${engine}: ${name}`, { skip }, run);

  it('versions and delete markers arrive with their ids, times and attributes, in their order', async (t) => {
    const { storage } = await opened(t);
    await storage.configureBucket({
      bucket: 'source',
      documents: replication([{ destination: arnOf('copies') }]),
    });
    const tags = [{ key: 'k', value: 'v' }];
    await storage.putObject({
      bucket: 'source',
      key: 'a',
      attributes: { ...attributes, tags },
      body: body('1'),
    });
    await storage.deleteObject({ bucket: 'source', key: 'a' });
    await put(storage, 'a', '2');
    await put(storage, 'ü/ä b');
    await put(storage, 'empty', '');
    await settled(storage);
    const from = await historyOf(storage, 'source');
    assert.equal(from.length, 5);
    assert.deepEqual(await historyOf(storage, 'copies'), from);
    const first = from.find(({ key, deleteMarker, latest }) => key === 'a' && !deleteMarker && !latest)!;
    const { content, info } = await storage.getObject({
      ...{ bucket: 'copies', key: 'a', versionId: first.versionId },
    });
    assert.equal(Buffer.from(content.whole!).toString(), '1');
    assert.deepEqual(info.tags, tags);
    assert.deepEqual(info.userMetadata, attributes.userMetadata);
    assert.deepEqual(info.checksum?.algorithm, 'crc32c');
    assert.deepEqual(await statusOf(storage, 'a'), ['COMPLETED']);
    assert.equal(await statusOf(storage, 'a', 'copies'), 'REPLICA');
    assert.deepEqual(await storage.check(), []);
  });

  it('an object of parts arrives with its parts, and so with its entity tag', async (t) => {
    const { storage } = await opened(t);
    await storage.configureBucket({
      bucket: 'source',
      documents: replication([{ destination: arnOf('copies') }]),
    });
    const name = { bucket: 'source', key: 'parts' };
    const checksum = { algorithm: 'crc32c', type: 'COMPOSITE' } as const;
    const { uploadId } = await storage.createUpload({ ...name, attributes, owner: 'me', checksum });
    const parts: { partNumber: number; etag: string }[] = [];
    for (const [partNumber, byte] of [
      [3, 1],
      [7, 2],
    ] as const) {
      const content = objectBody(Buffer.alloc(5 * 2 ** 20 + partNumber, byte), { checksum: 'crc32c' });
      const { etag } = await storage.uploadPart({ ...name, uploadId, partNumber, body: content });
      parts.push({ partNumber, etag });
    }
    const made = await storage.completeUpload({ ...name, uploadId, parts });
    await settled(storage);
    const there = await storage.headObject({ bucket: 'copies', key: 'parts' });
    assert.equal(there.etag, made.etag);
    assert.deepEqual(there.checksum, made.checksum);
    assert.equal(there.versionId, made.versionId);
    assert.equal(there.partCount, 2);
    assert.deepEqual((await storage.stats()).uploads, 0);
    assert.deepEqual(await storage.check({ deep: true }), []);
  });

  it('versions that appends make arrive with their parts, and so with their entity tags', async (t) => {
    const { storage } = await opened(t);
    const name = { bucket: 'source', key: 'log' };
    await storage.configureBucket({
      bucket: 'source',
      documents: replication([{ destination: arnOf('copies') }]),
    });
    for (const [offset, text] of [
      [0, 'one '],
      [4, 'two '],
      [8, ''],
      [8, 'three'],
    ] as const)
      await storage.appendObject({ ...name, offset, attributes, body: body(text) });
    assert.deepEqual(await statusOf(storage, 'log'), ['PENDING']);
    await settled(storage);
    const from = await historyOf(storage, 'source');
    assert.equal(from.length, 4);
    assert.deepEqual(await historyOf(storage, 'copies'), from);
    const { content, info } = await storage.getObject({ bucket: 'copies', key: 'log' });
    const chunks = await Array.fromAsync(content.chunks(), (chunk) => Buffer.from(chunk));
    assert.equal(Buffer.concat(chunks).toString(), 'one two three');
    assert.equal(info.partCount, 4);
    assert.deepEqual(info.checksum, (await storage.headObject(name)).checksum);
    // A client's own from here on: it says neither what became of the version before, nor that it is a replica.
    const mine = { bucket: 'copies', key: 'log', offset: 13, attributes, body: body('!') };
    assert.equal((await storage.appendObject(mine)).replication, undefined);
    assert.deepEqual(await statusOf(storage, 'log'), ['COMPLETED']);
    assert.deepEqual(await storage.check({ deep: true }), []);
  });

  it('tags and other attributes follow when they change, and a version that was deleted by its id stays', async (t) => {
    const { storage } = await opened(t);
    await storage.configureBucket({
      bucket: 'source',
      documents: replication([{ destination: arnOf('copies') }]),
    });
    const { versionId } = await put(storage, 'a');
    await settled(storage);
    const tags = [{ key: 'k', value: 'v' }];
    await storage.changeAttributes({ bucket: 'source', key: 'a', change: () => ({ tags }) });
    assert.deepEqual(await statusOf(storage, 'a'), ['PENDING']);
    await settled(storage);
    assert.deepEqual((await storage.headObject({ bucket: 'copies', key: 'a' })).tags, tags);
    assert.deepEqual(await statusOf(storage, 'a'), ['COMPLETED']);
    await storage.deleteObject({ bucket: 'source', key: 'a', versionId });
    await put(storage, 'b');
    await settled(storage);
    assert.deepEqual(
      (await historyOf(storage, 'copies')).map(({ key }) => key),
      ['a', 'b'],
    );
  });

  it('filters, priorities and several destinations decide what goes where', async (t) => {
    const { storage } = await opened(t, ['source', 'copies', 'other']);
    const [to, other] = ['copies', 'other'].map(arnOf) as [string, string];
    const red = [{ key: 'colour', value: 'red' }];
    await storage.configureBucket({
      bucket: 'source',
      documents: replication([
        { destination: to, filter: { prefix: 'logs/' }, deleteMarkers: false, priority: 9 },
        { destination: to, filter: { prefix: 'l' }, priority: 1 },
        { destination: other, filter: { tags: red }, deleteMarkers: false, priority: 2 },
        { destination: other, filter: { prefix: 'off/' }, enabled: false, priority: 3 },
      ]),
    });
    for (const key of ['logs/a', 'life', 'off/a', 'none']) await put(storage, key);
    await storage.putObject({
      ...{ bucket: 'source', key: 'logs/red', attributes: { ...attributes, tags: red }, body: body('red') },
    });
    await storage.deleteObject({ bucket: 'source', key: 'logs/a' });
    await storage.deleteObject({ bucket: 'source', key: 'life' });
    await settled(storage);
    const shown = async (bucket: string) =>
      (await historyOf(storage, bucket)).map(({ key, deleteMarker }) => `${key}${deleteMarker ? '-' : ''}`);
    assert.deepEqual(await shown('copies'), ['life-', 'life', 'logs/a', 'logs/red']);
    assert.deepEqual(await shown('other'), ['logs/red']);
    assert.equal(await statusOf(storage, 'none'), undefined);
    assert.deepEqual(await statusOf(storage, 'logs/red'), ['COMPLETED', 'COMPLETED']);
  });

  it('what was there before goes along where the rule says so, null versions too', async (t) => {
    const { storage } = await opened(t, ['copies', 'other']);
    await storage.createBucket({ bucket: 'source', owner: 'me' });
    await put(storage, 'old', 'before versioning');
    await storage.setBucketVersioning({ bucket: 'source', versioning: 'enabled' });
    await put(storage, 'old', 'after');
    for (let index = 0; index < 60; index++) await put(storage, `k${index}`);
    await storage.deleteObject({ bucket: 'source', key: 'k7' });
    await storage.configureBucket({
      bucket: 'source',
      documents: replication([
        { destination: arnOf('copies'), existingObjects: true, priority: 1 },
        { destination: arnOf('other'), priority: 2 },
      ]),
    });
    await put(storage, 'new');
    await settled(storage);
    assert.deepEqual(await historyOf(storage, 'copies'), await historyOf(storage, 'source'));
    assert.deepEqual(
      (await historyOf(storage, 'other')).map(({ key }) => key),
      ['new'],
    );
    // The same again finds nothing to do.
    const before = await historyOf(storage, 'copies');
    assert.deepEqual(await storage.retryReplication(), { buckets: 1 });
    await settled(storage);
    assert.deepEqual(await historyOf(storage, 'copies'), before);
  });

  it('two buckets replicate to each other, and nothing goes round', async (t) => {
    const { storage } = await opened(t);
    const existingObjects = true;
    await storage.configureBucket({
      ...{ bucket: 'source', documents: replication([{ destination: arnOf('copies'), existingObjects }]) },
    });
    await storage.configureBucket({
      ...{ bucket: 'copies', documents: replication([{ destination: arnOf('source'), existingObjects }]) },
    });
    await put(storage, 'a');
    await put(storage, 'b', 'b', 'copies');
    await storage.deleteObject({ bucket: 'copies', key: 'b' });
    await settled(storage);
    await storage.retryReplication();
    await settled(storage);
    const history = await historyOf(storage, 'source');
    assert.equal(history.length, 3);
    assert.deepEqual(await historyOf(storage, 'copies'), history);
    assert.equal(await statusOf(storage, 'a', 'copies'), 'REPLICA');
  });

  it('what never can succeed says so, and is tried again when it is asked for', async (t) => {
    const { storage } = await opened(t, ['source']);
    await storage.configureBucket({
      bucket: 'source',
      documents: replication([{ destination: arnOf('copies') }]),
    });
    await put(storage, 'a');
    await settled(storage);
    assert.deepEqual(await statusOf(storage, 'a'), ['FAILED']);
    await storage.createBucket({ bucket: 'copies', owner: 'me' });
    await storage.setBucketVersioning({ bucket: 'copies', versioning: 'enabled' });
    await storage.retryReplication();
    await settled(storage);
    assert.deepEqual(await statusOf(storage, 'a'), ['COMPLETED']);
    assert.deepEqual(await historyOf(storage, 'copies'), await historyOf(storage, 'source'));
  });

  it('a restart goes on where it was', async (t) => {
    const { storage, reopen } = await opened(t);
    await storage.configureBucket({
      bucket: 'source',
      documents: replication([{ destination: arnOf('copies') }]),
    });
    for (let index = 0; index < 300; index++) await put(storage, `k${index}`);
    const again = await reopen();
    await settled(again);
    assert.deepEqual(await historyOf(again, 'copies'), await historyOf(again, 'source'));
  });

  it('a bucket that replicates keeps its versioning; a copy and a renamed object are replicated as such', async (t) => {
    const { storage } = await opened(t);
    const documents = replication([{ destination: arnOf('copies') }]);
    await storage.configureBucket({ bucket: 'source', documents });
    const suspended = { bucket: 'source', versioning: 'suspended' } as const;
    await assert.rejects(storage.setBucketVersioning(suspended), { code: 'InvalidBucketState' });
    await storage.createBucket({ bucket: 'plain', owner: 'me' });
    await assert.rejects(storage.configureBucket({ bucket: 'plain', documents }), { code: 'InvalidRequest' });
    await put(storage, 'a');
    await settled(storage);
    await storage.copyObject({ bucket: 'source', key: 'copy', source: { bucket: 'copies', key: 'a' } });
    await storage.renameObject({ bucket: 'source', source: 'a', key: 'renamed' });
    await settled(storage);
    const [from, to] = [await historyOf(storage, 'source'), await historyOf(storage, 'copies')];
    const names = (history: typeof from) => history.map(({ key, deleteMarker }) => [key, deleteMarker]);
    // The version that was renamed was there before under its old name, and is not deleted there.
    assert.deepEqual(
      names(to).filter(([, marker], at) => marker || names(to)[at]![0] !== 'a'),
      names(from),
    );
    assert.deepEqual(await statusOf(storage, 'copy'), ['COMPLETED']);
    await storage.configureBucket({ bucket: 'source', documents: { replication: undefined } });
    await storage.setBucketVersioning(suspended);
  });

  it('objects under master keys are encrypted anew there; under a key of the client they stay', async (t) => {
    const { storage } = await opened(t);
    await storage.configureBucket({
      bucket: 'source',
      documents: replication([{ destination: arnOf('copies') }]),
    });
    const encrypted = { bucket: 'source', attributes, body: body('secret') };
    await storage.putObject({ ...encrypted, key: 'master', encryption: 'AES256' });
    const customerKey = { customerKey: Buffer.alloc(32, 1) };
    await storage.putObject({ ...encrypted, body: body('x'), key: 'customer', encryption: customerKey });
    await settled(storage);
    const { info, content } = await storage.getObject({ bucket: 'copies', key: 'master' });
    assert.equal(
      Buffer.concat(await Array.fromAsync(content.chunks(), (c) => Buffer.from(c))).toString(),
      'secret',
    );
    assert.equal(info.encryption?.by, 'master');
    assert.equal(await statusOf(storage, 'customer'), undefined);
    assert.deepEqual(
      (await historyOf(storage, 'copies')).map(({ key }) => key),
      ['master'],
    );
  });

  it('locks go along where the destination has object lock, and are never made looser there', async (t) => {
    const { storage } = await opened(t, ['plain']);
    const locked = { 'object-lock': '{}' };
    for (const bucket of ['source', 'copies'])
      await storage.createBucket({ bucket, owner: 'me', documents: locked });
    await storage.configureBucket({
      bucket: 'source',
      documents: replication([{ destination: arnOf('copies') }, { destination: arnOf('plain') }]),
    });
    const soonMs = Date.now() + 3_600_000;
    const retention = { mode: 'GOVERNANCE', untilMs: soonMs } as const;
    const lock = { retention, legalHold: false };
    await storage.putObject({
      ...{ bucket: 'source', key: 'a', attributes: { ...attributes, lock }, body: body('a') },
    });
    await settled(storage);
    const lockOf = async (bucket: string) => (await storage.headObject({ bucket, key: 'a' })).lock;
    assert.deepEqual(await lockOf('copies'), lock);
    assert.equal(await lockOf('plain'), undefined);
    const harder = { mode: 'GOVERNANCE', untilMs: soonMs + 1_000 } as const;
    await storage.setRetention({ bucket: 'copies', key: 'a', retention: harder });
    await storage.setLegalHold({ bucket: 'source', key: 'a', legalHold: true });
    await settled(storage);
    assert.deepEqual(await lockOf('copies'), { retention: harder, legalHold: true });
  });
}
