// What went wrong once between two buckets of one storage, each by its name.

import assert from 'node:assert/strict';
import test from 'node:test';
import { openSimulatedSql } from '@cairn/engines';
import { type ObjectStorage, objectBody } from '@cairn/object-storage';
import type { MetadataSql } from '../../src/metadata/store.ts';
import { type OpenOptions, simulated } from '../lifecycle/simulated-storage.ts';
import tamperingStore from '../tampering-store.ts';
import { archiveClass, placed } from '../transition/placed-storage.ts';
import { arnOf, historyOf, replication } from './replicating.ts';

const attributes = { headers: {}, userMetadata: {} };
const hourMs = 3_600_000;
const settleMs = 60_000;
const locked = { 'object-lock': '{}' };
const documents = replication([{ destination: arnOf('copies'), existingObjects: true }]);

async function twoBuckets(storage: ObjectStorage, settings: { source?: object; copies?: object } = {}) {
  for (const bucket of ['source', 'copies'] as const) {
    await storage.createBucket({ bucket, owner: 'me', documents: { ...settings[bucket] } });
    await storage.setBucketVersioning({ bucket, versioning: 'enabled' });
  }
}

const put = (storage: ObjectStorage, bucket: string, key: string, more = {}) =>
  storage.putObject({
    ...{ bucket, key, attributes: { ...attributes, ...more }, body: objectBody(Buffer.from(bucket + key)) },
  });
const statusOf = async (storage: ObjectStorage, key = 'a') => {
  const { replication: found } = await storage.headObject({ bucket: 'source', key });
  return found?.replica ? 'REPLICA' : found?.to[arnOf('copies')]?.status;
};

test('a lock that is set on a replica while its tags follow stays as hard as it was set', async () => {
  let then: (() => Promise<unknown>) | undefined;
  const wrap: OpenOptions['wrap'] = (metadata) =>
    new Proxy(metadata, {
      get(target, property) {
        const value: unknown = Reflect.get(target, property, target);
        if (property !== 'lookup') return typeof value === 'function' ? value.bind(target) : value;
        return async (...[name, input]: Parameters<MetadataSql['lookup']>) => {
          const found = await target.lookup(name, input);
          const step = (input as { bucket?: string }).bucket === 'copies' && name === 'findVersion' && then;
          if (!step) return found;
          then = undefined;
          await step();
          return found;
        };
      },
    });
  await simulated(async ({ open, sleep, nowMs }) => {
    const storage = await open({ wrap });
    await twoBuckets(storage, { source: locked, copies: locked });
    await storage.configureBucket({ bucket: 'source', documents });
    const retention = { mode: 'GOVERNANCE', untilMs: nowMs() + hourMs } as const;
    await put(storage, 'source', 'a', { lock: { retention } });
    await sleep(settleMs);
    const harder = { mode: 'COMPLIANCE', untilMs: nowMs() + 9 * hourMs } as const;
    then = async () => {
      await storage.setRetention({ bucket: 'copies', key: 'a', retention: harder, bypassGovernance: true });
    };
    const tags = [{ key: 'k', value: 'v' }];
    await storage.changeAttributes({ bucket: 'source', key: 'a', change: () => ({ tags }) });
    await sleep(settleMs);
    assert.equal(then, undefined, 'it was set meanwhile');
    const found = await storage.headObject({ bucket: 'copies', key: 'a' });
    assert.deepEqual([found.tags, found.lock?.retention], [tags, harder]);
  });
});

test('a replica of what has no retention gets the default retention of its bucket, once', async () => {
  await simulated(async ({ open, sleep, nowMs }) => {
    const storage = await open();
    const defaultRetention = { mode: 'COMPLIANCE', days: 1 };
    await twoBuckets(storage, { copies: { 'object-lock': JSON.stringify({ defaultRetention }) } });
    await storage.configureBucket({ bucket: 'source', documents });
    const beganMs = nowMs();
    await put(storage, 'source', 'a');
    await sleep(settleMs);
    const { lock } = await storage.headObject({ bucket: 'copies', key: 'a' });
    assert.equal(lock?.retention?.mode, 'COMPLIANCE');
    assert(lock.retention.untilMs >= Math.floor(beganMs) + 24 * hourMs);
    const tags = [{ key: 'k', value: 'v' }];
    await storage.changeAttributes({ bucket: 'source', key: 'a', change: () => ({ tags }) });
    await sleep(settleMs);
    const changed = await storage.headObject({ bucket: 'copies', key: 'a' });
    assert.deepEqual([changed.tags, changed.lock], [tags, lock]);
  });
});

test('an archived object says that it failed, and is replicated when it was restored', async () => {
  await placed(async ({ open, sleep }) => {
    const storage = await open();
    await twoBuckets(storage);
    await put(storage, 'source', 'a', { storageClass: archiveClass });
    await put(storage, 'source', 'b');
    await sleep(settleMs);
    await storage.configureBucket({ bucket: 'source', documents });
    await sleep(settleMs);
    assert.deepEqual([await statusOf(storage), await statusOf(storage, 'b')], ['FAILED', 'COMPLETED']);
    assert.deepEqual((await storage.stats()).replication, []);
    await storage.restoreObject({ bucket: 'source', key: 'a', days: 1 });
    await sleep(settleMs);
    await storage.retryReplication();
    await sleep(settleMs);
    assert.equal(await statusOf(storage), 'COMPLETED');
    assert.deepEqual(await historyOf(storage, 'copies'), await historyOf(storage, 'source'));
  });
});

test('a null version that a client put into the destination is not replaced by one of the source', async () => {
  await simulated(async ({ open, sleep }) => {
    const storage = await open();
    await storage.createBucket({ bucket: 'copies', owner: 'me' });
    const theirs = await put(storage, 'copies', 'a');
    await sleep(1_000);
    await storage.createBucket({ bucket: 'source', owner: 'me' });
    await put(storage, 'source', 'a');
    await put(storage, 'copies', 'b');
    for (const bucket of ['source', 'copies'])
      await storage.setBucketVersioning({ bucket, versioning: 'enabled' });
    await storage.setBucketVersioning({ bucket: 'source', versioning: 'suspended' });
    await sleep(1_000);
    await storage.deleteObject({ bucket: 'source', key: 'b' });
    await storage.setBucketVersioning({ bucket: 'source', versioning: 'enabled' });
    await storage.configureBucket({ bucket: 'source', documents });
    await sleep(settleMs);
    assert.equal(await statusOf(storage), 'FAILED');
    assert.equal((await storage.headObject({ bucket: 'copies', key: 'a' })).etag, theirs.etag);
    assert.equal((await storage.headObject({ bucket: 'copies', key: 'b' })).versionId, 'null');
  });
});

test('a replica that was deleted does not come back when the tags of its source change', async () => {
  await simulated(async ({ open, sleep }) => {
    const storage = await open();
    await twoBuckets(storage);
    await storage.configureBucket({ bucket: 'source', documents });
    const { versionId } = await put(storage, 'source', 'a');
    await sleep(settleMs);
    await storage.deleteObject({ bucket: 'copies', key: 'a', versionId });
    const tags = [{ key: 'k', value: 'v' }];
    await storage.changeAttributes({ bucket: 'source', key: 'a', change: () => ({ tags }) });
    await sleep(settleMs);
    assert.deepEqual(await historyOf(storage, 'copies'), []);
    assert.equal(await statusOf(storage), 'FAILED');
  });
});

test('of a version that is refused no upload stays behind at its destination', async () => {
  await placed(async ({ open, sleep }) => {
    const storage = await open();
    await twoBuckets(storage);
    const name = { bucket: 'source', key: 'a' };
    const archived = { ...attributes, storageClass: archiveClass } as const;
    const { uploadId } = await storage.createUpload({ ...name, attributes: archived, owner: 'me' });
    const upload = { ...name, uploadId };
    const { etag } = await storage.uploadPart({
      ...{ ...upload, partNumber: 1, body: objectBody(Buffer.from('part')) },
    });
    await storage.completeUpload({ ...upload, parts: [{ partNumber: 1, etag }] });
    await sleep(settleMs);
    await storage.configureBucket({ bucket: 'source', documents });
    await sleep(settleMs);
    assert.equal(await statusOf(storage), 'FAILED');
    assert.equal((await storage.stats()).uploads, 0);
  });
});

test('a bucket that rotted keeps the others from nothing that they had before they were replicated', async () => {
  const sources = ['one', 'two'];
  // Passes go by the numbers of buckets, which are random: either may be the first.
  for (const rotten of sources) {
    await simulated(async ({ open, machine, sleep }) => {
      const storage = await open();
      for (const bucket of [...sources, 'copies']) {
        await storage.createBucket({ bucket, owner: 'me' });
        await storage.setBucketVersioning({ bucket, versioning: 'enabled' });
      }
      for (const bucket of sources) {
        await put(storage, bucket, bucket);
        await storage.configureBucket({ bucket, documents });
      }
      const tampering = await openSimulatedSql(machine, tamperingStore);
      await tampering.write('giveAway', { owner: 'you', name: rotten });
      await sleep(settleMs);
      const sound = sources.filter((bucket) => bucket !== rotten);
      const copied = (await historyOf(storage, 'copies')).map(({ key }) => key);
      assert.deepEqual(copied, sound);
      assert.deepEqual(await storage.retryReplication(), { buckets: 2 });
      await tampering.write('giveAway', { owner: 'me', name: rotten });
      await sleep(2 * settleMs);
      assert.deepEqual(
        (await historyOf(storage, 'copies')).map(({ key }) => key),
        sources,
      );
      await storage.close();
    });
  }
});
