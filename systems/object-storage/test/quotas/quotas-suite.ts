// Quotas as a library: what they refuse and what never, under races, and that their counters are what is there, whenever
// the counting began. For any engine of the metadata.

import assert from 'node:assert/strict';
import test from 'node:test';
import { type ObjectStorage, objectBody } from '@cairn/object-storage';
import { type TestContext, temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import { SeededRandom } from '@cairn/world/simulated';
import { assembleObjectStorage } from '../../src/core/assemble.ts';
import { openStores } from '../../src/core/open-stores.ts';
import type { MetadataSql } from '../../src/metadata/store.ts';
import { outcome } from '../locking-storage.ts';

const bucket = 'bounded';
const attributes = { headers: {}, userMetadata: {} };

export type QuotasSuiteOptions = {
  /** The URL of an empty metadata store; a file in the data folder when absent. */
  readonly metadataUrl?: () => Promise<string>;
  readonly skip: string | false;
};

type Opened = { readonly storage: ObjectStorage; readonly metadata: MetadataSql };

async function openAt(
  t: TestContext,
  directory: string,
  metadataUrl?: string,
): Promise<Opened & { close(): Promise<void> }> {
  const stores = await openStores({ directory, metadataUrl, writers: 1 });
  const storage = await assembleObjectStorage({ ...stores.assembly, partBytesMin: 1 });
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= storage.close().then(() => stores.close());
    return closing;
  };
  t.after(close);
  return { storage, metadata: stores.assembly.metadata, close };
}

const text = (bytes: number) => objectBody(Buffer.alloc(bytes, 'x'));

async function put(storage: ObjectStorage, key: string, bytes: number, into = bucket): Promise<string> {
  return outcome(storage.putObject({ bucket: into, key, attributes, body: text(bytes) }));
}

/** What counts for a quota, by a look at everything that is there. */
async function measured(storage: ObjectStorage, owner: string, only?: string) {
  const { buckets } = await storage.usage({ owner, ...(only !== undefined && { bucket: only }) });
  return {
    bytes: buckets.reduce((sum, usage) => sum + usage.bytes + usage.noncurrentBytes + usage.uploadBytes, 0),
    objects: buckets.reduce((sum, usage) => sum + usage.objects + usage.noncurrentVersions, 0),
  };
}

async function counted(storage: ObjectStorage, subject: Parameters<ObjectStorage['quota']>[0]) {
  const { bytes, objects } = (await storage.quota(subject))!;
  return { bytes, objects };
}

/** Registers the tests. */
export function quotasSuite(engine: string, { metadataUrl, skip }: QuotasSuiteOptions): void {
  const named = (name: string) => `${engine}: ${name}`;
  const opened = async (t: TestContext): Promise<Opened> => {
    const found = await openAt(t, await temporaryDirectory(t), await metadataUrl?.());
    await found.storage.createBucket({ bucket, owner: 'me' });
    return found;
  };

  test(named('a quota refuses what grows beyond it, and nothing else'), { skip }, async (t) => {
    const { storage } = await opened(t);
    assert.equal(await put(storage, 'before', 40), 'done');
    await storage.setQuota({ bucket, quota: { bytesMax: 100, objectsMax: 3 } });
    assert.deepEqual(await storage.quota({ bucket }), {
      bytes: 40,
      objects: 1,
      counted: true,
      bytesMax: 100,
      objectsMax: 3,
    });
    assert.equal(await put(storage, 'a', 61), 'QuotaExceeded');
    assert.equal(await put(storage, 'a', 60), 'done', 'up to the quota and not beyond');
    assert.equal(await put(storage, 'empty', 0), 'done', 'what has no bytes needs none');
    assert.equal(await put(storage, 'fourth', 0), 'QuotaExceeded', 'three objects are there');
    assert.equal(await put(storage, 'a', 60), 'done', 'what takes the place of as much');
    assert.equal(await put(storage, 'a', 61), 'QuotaExceeded');
    assert.equal(
      (await storage.headObject({ bucket, key: 'a' })).sizeBytes,
      60,
      'what was refused replaced nothing',
    );
    const rename = { bucket, source: 'a', key: 'b' };
    assert.equal(await outcome(storage.renameObject(rename)), 'done');
    const append = (bytes: number) =>
      outcome(storage.appendObject({ bucket, key: 'empty', attributes, body: text(bytes), offset: 0 }));
    assert.equal(await append(1), 'QuotaExceeded');
    await storage.deleteObject({ bucket, key: 'before' });
    assert.equal(await append(40), 'done', 'room was made');
    const source = { bucket, key: 'empty' };
    assert.equal(await outcome(storage.copyObject({ bucket, key: 'c', source })), 'QuotaExceeded');
    assert.equal((await storage.stats()).sharedBlobs, 0, 'a copy that was refused shares nothing');
    assert.deepEqual(await storage.check(), []);
    assert.deepEqual(await counted(storage, { bucket }), { bytes: 100, objects: 2 });
    await storage.setQuota({ bucket, quota: undefined });
    assert.equal(await storage.quota({ bucket }), undefined);
    assert.equal(await put(storage, 'c', 1_000), 'done');
  });

  test(named('noncurrent versions and parts of uploads count, delete markers do not'), {
    skip,
  }, async (t) => {
    const { storage } = await opened(t);
    await storage.setQuota({ bucket, quota: { bytesMax: 100 } });
    await storage.setBucketVersioning({ bucket, versioning: 'enabled' });
    await put(storage, 'v', 30);
    await put(storage, 'v', 30);
    await storage.deleteObject({ bucket, key: 'v' });
    assert.deepEqual(await counted(storage, { bucket }), { bytes: 60, objects: 2 });
    const { uploadId } = await storage.createUpload({ bucket, key: 'u', attributes, owner: 'me' });
    const part = (partNumber: number, bytes: number) =>
      storage.uploadPart({ bucket, key: 'u', uploadId, partNumber, body: text(bytes) });
    assert.equal(await outcome(part(1, 41)), 'QuotaExceeded');
    await part(1, 10);
    const second = await part(2, 30);
    assert.equal(await outcome(part(3, 1)), 'QuotaExceeded');
    const first = await part(1, 10);
    assert.deepEqual(await counted(storage, { bucket }), { bytes: 100, objects: 2 });
    const parts = [first, second].map(({ partNumber, etag }) => ({ partNumber, etag }));
    await storage.completeUpload({ bucket, key: 'u', uploadId, parts: parts.slice(1) });
    assert.deepEqual(await counted(storage, { bucket }), { bytes: 90, objects: 3 });
    assert.deepEqual(await measured(storage, 'me', bucket), { bytes: 90, objects: 3 });
    const other = await storage.createUpload({ bucket, key: 'w', attributes, owner: 'me' });
    await storage.uploadPart({ bucket, key: 'w', ...other, partNumber: 1, body: text(10) });
    await storage.abortUpload({ bucket, key: 'w', uploadId: other.uploadId });
    assert.deepEqual(await counted(storage, { bucket }), { bytes: 90, objects: 3 });
  });

  test(named("a user's quota bounds all of his buckets together, also those that come later"), {
    skip,
  }, async (t) => {
    const { storage } = await opened(t);
    await put(storage, 'a', 40);
    await storage.setQuota({ owner: 'me', quota: { bytesMax: 100 } });
    await storage.createBucket({ bucket: 'later', owner: 'me' });
    await storage.createBucket({ bucket: 'foreign', owner: 'you' });
    assert.equal(await put(storage, 'b', 50, 'later'), 'done');
    assert.equal(await put(storage, 'c', 11), 'QuotaExceeded');
    assert.equal(await put(storage, 'c', 11, 'later'), 'QuotaExceeded');
    assert.equal(await put(storage, 'c', 1_000, 'foreign'), 'done');
    assert.deepEqual(await counted(storage, { owner: 'me' }), { bytes: 90, objects: 2 });
    await storage.setQuota({ bucket: 'later', quota: { bytesMax: 50 } });
    assert.equal(await put(storage, 'c', 1, 'later'), 'QuotaExceeded', 'its own quota is narrower');
    await storage.setQuota({ bucket: 'later', quota: undefined });
    assert.equal(await put(storage, 'c', 10, 'later'), 'done');
    for (const key of ['b', 'c']) await storage.deleteObject({ bucket: 'later', key });
    const upload = await storage.createUpload({ bucket: 'later', key: 'u', attributes, owner: 'me' });
    await storage.uploadPart({ bucket: 'later', key: 'u', ...upload, partNumber: 1, body: text(60) });
    assert.equal(await put(storage, 'c', 1), 'QuotaExceeded');
    await storage.deleteBucket({ bucket: 'later' });
    assert.equal(await put(storage, 'c', 60), 'done', 'a bucket that goes takes its uploads along');
    await storage.setQuota({ owner: 'me', quota: undefined });
    assert.equal(await put(storage, 'd', 1_000), 'done');
    assert.equal(await storage.quota({ owner: 'me' }), undefined);
    assert.deepEqual(await storage.check(), []);
  });

  test(named('of many puts at the edge of a quota exactly those that fit are stored'), {
    skip,
  }, async (t) => {
    const { storage } = await opened(t);
    await storage.createBucket({ bucket: 'other', owner: 'me' });
    await storage.setQuota({ bucket, quota: { bytesMax: 105 } });
    await storage.setQuota({ owner: 'me', quota: { objectsMax: 15 } });
    const puts = Array.from({ length: 40 }, (_, index) =>
      put(storage, `k${index}`, 10, index % 2 === 0 ? bucket : 'other'),
    );
    const outcomes = await Promise.all(puts);
    assert.equal(outcomes.filter((code) => code === 'done').length, 15);
    assert(outcomes.every((code) => code === 'done' || code === 'QuotaExceeded'));
    assert.equal((await measured(storage, 'me')).objects, 15);
    assert((await measured(storage, 'me', bucket)).objects <= 10);
    assert.deepEqual(await counted(storage, { owner: 'me' }), await measured(storage, 'me'));
  });

  test(named('a count that was cut off goes on after the next start'), { skip }, async (t) => {
    const directory = await temporaryDirectory(t);
    const url = await metadataUrl?.();
    const before = await openAt(t, directory, url);
    await before.storage.createBucket({ bucket, owner: 'me' });
    for (let index = 0; index < 5; index++) await put(before.storage, `k${index}`, 10);
    await before.metadata.write('setBucketQuota', { bucket, limits: { bytes_max: 50, objects_max: null } });
    await before.metadata.write('countPage', { limit: 2 });
    const half = await before.storage.quota({ bucket });
    assert.deepEqual([half?.bytes, half?.counted], [20, false]);
    await before.close();
    const { storage } = await openAt(t, directory, url);
    while (!(await storage.quota({ bucket }))?.counted) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(await counted(storage, { bucket }), { bytes: 50, objects: 5 });
    assert.equal(await put(storage, 'more', 1), 'QuotaExceeded');
  });

  test(named('counters are what is there, whatever changes while it is counted'), { skip }, async (t) => {
    const seed = realWorld().random.integer(2 ** 31);
    t.diagnostic(`seed ${seed}`);
    await randomChanges(await opened(t), new SeededRandom(seed));
  });
}

async function randomChanges({ storage, metadata }: Opened, random: SeededRandom): Promise<void> {
  await storage.createBucket({ bucket: 'second', owner: 'me' });
  const buckets = [bucket, 'second'];
  const keys = ['a', 'a/b', 'b', 'c', 'm', 'x', 'ü', '\u{ffff}', '\u{10000}'];
  const pick = <T>(from: readonly T[]): T => from[random.integer(from.length)]!;
  const uploads: { bucket: string; key: string; uploadId: string }[] = [];
  const ignore = (work: Promise<unknown>) => outcome(work);
  for (let step = 0; step < 400; step++) {
    const [into, key] = [pick(buckets), pick(keys)];
    const name = { bucket: into, key };
    const bytes = random.integer(50);
    const choice = random.integer(20);
    if (choice < 4) await ignore(storage.putObject({ ...name, attributes, body: text(bytes) }));
    else if (choice < 6) await ignore(storage.deleteObject(name));
    else if (choice === 6) {
      const { versions } = await storage.listVersions({
        ...{ bucket: into, prefix: '', delimiter: '', afterKey: '', afterVersion: '', limit: 100 },
      });
      const { key: old, versionId } = versions[random.integer(versions.length + 1)] ?? {
        key,
        versionId: 'null',
      };
      await ignore(storage.deleteObject({ bucket: into, key: old, versionId }));
    } else if (choice === 7) await ignore(storage.renameObject({ ...name, source: pick(keys) }));
    else if (choice === 8) {
      const { uploadId } = await storage.createUpload({ ...name, attributes, owner: 'me' });
      uploads.push({ ...name, uploadId });
    } else if (choice < 11 && uploads.length > 0) {
      const part = { ...pick(uploads), partNumber: 1 + random.integer(2), body: text(bytes) };
      await ignore(storage.uploadPart(part));
    } else if (choice === 11 && uploads.length > 0) {
      const [upload] = uploads.splice(random.integer(uploads.length), 1);
      if (random.integer(2) === 0) await ignore(storage.abortUpload(upload!));
      else {
        const { parts } = await storage.listParts({ ...upload!, afterPart: 0, limit: 10 });
        const kept = parts.slice(random.integer(2)).map(({ partNumber, etag }) => ({ partNumber, etag }));
        if ((await ignore(storage.completeUpload({ ...upload!, parts: kept }))) !== 'done')
          uploads.push(upload!);
      }
    } else if (choice === 12) {
      const versioning = random.integer(2) === 0 ? 'enabled' : 'suspended';
      if (step > 150) await storage.setBucketVersioning({ bucket: into, versioning });
    } else if (choice === 13) {
      const offset = await storage.headObject(name).then(
        ({ sizeBytes }) => sizeBytes,
        () => 0,
      );
      await ignore(storage.appendObject({ ...name, attributes, body: text(bytes), offset }));
    } else if (choice === 14) {
      const limits = random.integer(3) === 0 ? null : { bytes_max: 2_000 + bytes, objects_max: 60 };
      if (random.integer(2) === 0) await metadata.write('setBucketQuota', { bucket: into, limits });
      else await metadata.write('setUserQuota', { owner: 'me', limits });
    } else if (choice < 17) {
      const source = { bucket: pick(buckets), key: pick(keys) };
      await ignore(storage.copyObject({ ...name, source, attributes }));
    } else if (choice === 17 && uploads.length > 0) {
      const source = { bucket: pick(buckets), key: pick(keys) };
      await ignore(storage.uploadPartCopy({ ...pick(uploads), partNumber: 1 + random.integer(2), source }));
    } else if (choice === 18) {
      const [versionId, modifiedMs] = ['null', random.integer(2 ** 42)];
      const placement = { versionId, modifiedMs, replaces: 'older' } as const;
      await ignore(storage.placeVersion({ ...name, placement, attributes, body: text(bytes) }));
    } else await metadata.write('countPage', { limit: 1 + random.integer(3) });
    await sameAsMeasured(storage, buckets, `step ${step}`);
  }
  for (const into of buckets) await storage.setQuota({ bucket: into, quota: { bytesMax: 1 } });
  await storage.setQuota({ owner: 'me', quota: { bytesMax: 1 } });
  await sameAsMeasured(storage, buckets, 'the end');
  assert.equal((await storage.quota({ owner: 'me' }))?.counted, true);
  assert.deepEqual(await storage.check(), []);
}

async function sameAsMeasured(
  storage: ObjectStorage,
  buckets: readonly string[],
  when: string,
): Promise<void> {
  for (const bucket of buckets) {
    if ((await storage.quota({ bucket }))?.counted !== true) continue;
    assert.deepEqual(await counted(storage, { bucket }), await measured(storage, 'me', bucket), when);
  }
  if ((await storage.quota({ owner: 'me' }))?.counted !== true) return;
  assert.deepEqual(await counted(storage, { owner: 'me' }), await measured(storage, 'me'), when);
}
