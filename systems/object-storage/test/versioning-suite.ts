// Versioning as a library: every state of a bucket, against a trivial model and in the cases that the model would not
// think of. For any engine of the metadata.

import assert from 'node:assert/strict';
import test from 'node:test';
import { type ObjectStorage, ObjectStorageError, objectBody, openObjectStorage } from '@cairn/object-storage';
import { type TestContext, temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import { SeededRandom } from '@cairn/world/simulated';
import { VersioningModel } from './versioning-model.ts';

const bucket = 'versioned';
const attributes = { headers: {}, userMetadata: {} };

export type SuiteOptions = {
  /** The URL of an empty metadata store; a file in the data folder when absent. */
  readonly metadataUrl?: () => Promise<string>;
  readonly skip: string | false;
};

async function openedOn(
  t: TestContext,
  { metadataUrl, nowMs }: { metadataUrl: SuiteOptions['metadataUrl']; nowMs?: (() => number) | undefined },
): Promise<ObjectStorage> {
  const real = realWorld();
  const clock = {
    nowMs: nowMs ?? (() => real.clock.nowMs()),
    monotonicMs: () => real.clock.monotonicMs(),
    setTimer: real.clock.setTimer.bind(real.clock),
    nextTurn: real.clock.nextTurn.bind(real.clock),
    sleep: real.clock.sleep.bind(real.clock),
  };
  const storage = await openObjectStorage({
    directory: await temporaryDirectory(t),
    metadataUrl: await metadataUrl?.(),
    writers: 1,
    world: { ...real, clock },
  });
  t.after(() => storage.close());
  await storage.createBucket({ bucket, owner: 'me' });
  return storage;
}

async function put(storage: ObjectStorage, key: string, text: string): Promise<string> {
  const body = objectBody(Buffer.from(text));
  const { versionId } = await storage.putObject({ bucket, key, attributes, body });
  return versionId ?? 'none';
}

async function read(storage: ObjectStorage, key: string, versionId?: string): Promise<string> {
  try {
    const { content } = await storage.getObject({ bucket, key, versionId });
    return Buffer.concat(await Array.fromAsync(content.chunks(), (chunk) => Buffer.from(chunk))).toString();
  } catch (error) {
    assert(error instanceof ObjectStorageError, String(error));
    return error.code;
  }
}

type Listed = readonly [key: string, versionId: string, latest: boolean, marker: boolean];

/** Everything there is, in pages of `limit`. */
async function list(storage: ObjectStorage, limit: number): Promise<Listed[]> {
  const listed: Listed[] = [];
  let next: { key: string; version: string } | undefined = { key: '', version: '' };
  while (next !== undefined) {
    const page: Awaited<ReturnType<ObjectStorage['listVersions']>> = await storage.listVersions({
      ...{ bucket, prefix: '', delimiter: '', limit },
      ...{ afterKey: next.key, afterVersion: next.version },
    });
    assert(page.versions.length <= limit);
    for (const { key, versionId, latest, deleteMarker } of page.versions)
      listed.push([key, versionId, latest, deleteMarker]);
    next = page.next;
  }
  return listed;
}

function expected(model: VersioningModel): Listed[] {
  return model
    .keys()
    .flatMap((key) =>
      model
        .versions(key)
        .map(
          ({ versionId, content }, index) => [key, versionId, index === 0, content === undefined] as const,
        ),
    );
}

async function garbageGone(storage: ObjectStorage): Promise<void> {
  while ((await storage.stats()).garbageBlobs > 0) await new Promise((resolve) => setImmediate(resolve));
}

/** Registers the tests. */
export function versioningSuite(engine: string, { metadataUrl, skip }: SuiteOptions): void {
  const named = (name: string) => `${engine}: ${name}`;
  const opened = (t: TestContext, options: { nowMs?: () => number } = {}) =>
    openedOn(t, { metadataUrl, ...options });

  test(named('puts, deletes and deletions of versions are what a list of versions per key makes of them'), {
    skip,
  }, async (t) => {
    const seed = realWorld().random.integer(2 ** 31);
    t.diagnostic(`seed ${seed}`);
    const random = new SeededRandom(seed);
    // The clock jumps back now and then, and often stands still.
    let timeMs = 1_000_000_000_000;
    const storage = await opened(t, { nowMs: () => timeMs });
    const model = new VersioningModel();
    const keys = ['a', 'a/b', 'b', 'ü'];
    for (let step = 0; step < 300; step++) {
      timeMs += [0, 0, 1, -5_000, 10][random.integer(5)]!;
      const key = keys[random.integer(keys.length)]!;
      const choice = random.integer(20);
      if (choice === 0 && step > 20) {
        model.versioning = random.integer(2) === 0 ? 'enabled' : 'suspended';
        await storage.setBucketVersioning({ bucket, versioning: model.versioning });
      } else if (choice < 9) {
        const text = `${key} ${step}`;
        const versionId = await put(storage, key, text);
        assert.equal(versionId === 'none', model.versioning === undefined);
        assert.equal(versionId === 'null', model.versioning === 'suspended');
        model.put(key, { versionId: versionId === 'none' ? 'null' : versionId, content: text });
      } else if (choice < 13) {
        const { versionId, deleteMarker } = await storage.deleteObject({ bucket, key });
        assert.equal(deleteMarker, model.versioning !== undefined);
        if (deleteMarker) model.put(key, { versionId: versionId!, content: undefined });
        else model.remove(key, 'null');
      } else {
        const versions = model.versions(key);
        const versionId = versions[random.integer(versions.length + 1)]?.versionId ?? 'null';
        const deleted = await storage.deleteObject({ bucket, key, versionId });
        const removed = model.remove(key, versionId);
        const marker = removed !== undefined && removed.content === undefined;
        assert.equal(deleted.deleteMarker, marker, `${key} ${versionId}`);
      }
      for (const { versionId, content } of model.versions(key))
        assert.equal(await read(storage, key, versionId), content ?? 'MethodNotAllowed');
      assert.equal(await read(storage, key), model.versions(key)[0]?.content ?? 'NoSuchKey');
      if (step % 20 === 0) assert.deepEqual(await list(storage, 1 + random.integer(7)), expected(model));
    }
    const listed = await storage.listObjects({ bucket, prefix: '', delimiter: '', after: '', limit: 100 });
    const current = model.keys().filter((key) => model.versions(key)[0]!.content !== undefined);
    assert.deepEqual(
      listed.objects.map(({ key }) => key),
      current,
    );
    await garbageGone(storage);
    assert.deepEqual(await storage.check({ deep: true }), []);
    const { objects, versions } = await storage.stats();
    assert.equal(objects + versions, expected(model).length);
  });

  test(named('an id that is none, that nothing has, or that is only an order, reads nothing'), {
    skip,
  }, async (t) => {
    const storage = await opened(t);
    await put(storage, 'k', 'before');
    assert.equal(await read(storage, 'k', 'null'), 'before');
    assert.equal(await read(storage, 'k', '~'), 'InvalidArgument');
    assert.equal(await read(storage, 'k', ''), 'InvalidArgument');
    assert.equal(await read(storage, 'k', 'a'.repeat(32)), 'NoSuchVersion');
    await assert.rejects(storage.deleteObject({ bucket, key: 'k', versionId: 'a'.repeat(32) }), {
      code: 'InvalidArgument',
    });
    await storage.setBucketVersioning({ bucket, versioning: 'suspended' });
    await put(storage, 'k', 'after');
    const page = await storage.listVersions({
      ...{ bucket, prefix: '', delimiter: '', afterKey: '', afterVersion: '', limit: 1 },
    });
    assert.deepEqual([page.versions[0]?.versionId, page.next], ['null', undefined]);
    await put(storage, 'l', '');
    const { next } = await storage.listVersions({
      ...{ bucket, prefix: '', delimiter: '', afterKey: '', afterVersion: '', limit: 1 },
    });
    assert.match(next!.version, /^[0-9a-f]{32}$/, 'the place of a null version');
    assert.equal(await read(storage, 'k', next!.version), 'NoSuchVersion');
    const gone = await storage.deleteObject({ bucket, key: 'k', versionId: next!.version });
    assert.deepEqual(gone, { versionId: next!.version, deleteMarker: false });
    assert.equal(await read(storage, 'k', 'null'), 'after');
  });

  test(named('a listing of versions goes on behind a version that is gone by then'), { skip }, async (t) => {
    const storage = await opened(t);
    await storage.setBucketVersioning({ bucket, versioning: 'enabled' });
    const ids: string[] = [];
    for (const text of ['1', '2', '3', '4']) ids.unshift(await put(storage, 'k', text));
    const page = (afterVersion: string, limit: number) =>
      storage.listVersions({ bucket, prefix: '', delimiter: '', afterKey: 'k', afterVersion, limit });
    const all = { bucket, prefix: '', delimiter: '', afterKey: '', afterVersion: '', limit: 2 };
    const first = await storage.listVersions(all);
    assert.deepEqual(first.next, { key: 'k', version: ids[1] });
    await storage.deleteObject({ bucket, key: 'k', versionId: ids[1]! });
    const rest = await page(first.next!.version, 10);
    assert.deepEqual(
      rest.versions.map(({ versionId, latest }) => [versionId, latest]),
      [
        [ids[2], false],
        [ids[3], false],
      ],
    );
    // What was the latest is gone: the one behind it is it now, also in the middle of its key.
    await storage.deleteObject({ bucket, key: 'k' });
    const [marker] = (await storage.listVersions({ ...all, limit: 1 })).versions;
    const later = await storage.deleteObject({ bucket, key: 'k' });
    await storage.deleteObject({ bucket, key: 'k', versionId: later.versionId! });
    const behind = await page(later.versionId!, 1);
    assert.deepEqual(behind.versions[0], { ...marker, latest: true });
    assert.deepEqual((await page('', 10)).versions, [], 'without a version all of the key are behind');
  });

  test(named('folders of versions are skipped, and shown once'), { skip }, async (t) => {
    const storage = await opened(t);
    await storage.setBucketVersioning({ bucket, versioning: 'enabled' });
    for (const key of ['a', 'b/1', 'b/2', 'b/3', 'c']) {
      for (let count = 0; count < 20; count++) await put(storage, key, String(count));
    }
    await storage.deleteObject({ bucket, key: 'b/1' });
    const seen: string[] = [];
    let after = { key: '', version: '' };
    for (;;) {
      const page = await storage.listVersions({
        ...{ bucket, prefix: '', delimiter: '/', limit: 7 },
        ...{ afterKey: after.key, afterVersion: after.version },
      });
      seen.push(...page.versions.map(({ key }) => key), ...page.commonPrefixes);
      if (page.next === undefined) break;
      after = page.next;
    }
    assert.deepEqual(seen.toSorted(), [...Array(20).fill('a'), 'b/', ...Array(20).fill('c')]);
  });

  test(named('a bucket is not empty while it holds a version or a delete marker'), { skip }, async (t) => {
    const storage = await opened(t);
    await storage.setBucketVersioning({ bucket, versioning: 'enabled' });
    const id = await put(storage, 'k', '1');
    const { versionId } = await storage.deleteObject({ bucket, key: 'k' });
    await assert.rejects(storage.deleteBucket({ bucket }), { code: 'BucketNotEmpty' });
    await storage.deleteObject({ bucket, key: 'k', versionId: id });
    await assert.rejects(storage.deleteBucket({ bucket }), { code: 'BucketNotEmpty' });
    await storage.deleteObject({ bucket, key: 'k', versionId: versionId! });
    await storage.deleteBucket({ bucket });
  });

  test(named('a bucket goes with its unfinished uploads'), { skip }, async (t) => {
    const storage = await opened(t);
    const name = { bucket, key: 'k' };
    const body = objectBody(Buffer.from('part'));
    const { uploadId } = await storage.createUpload({ ...name, attributes, owner: 'me' });
    await storage.uploadPart({ ...name, uploadId, partNumber: 1, body });
    for (let more = 0; more < 150; more++) await storage.createUpload({ ...name, attributes, owner: 'me' });
    await storage.deleteBucket({ bucket });
    await storage.gc();
    const { uploads, blobs, buckets } = await storage.stats();
    assert.deepEqual({ uploads, blobs, buckets }, { uploads: 0, blobs: 0, buckets: 0 });
  });

  test(named('a condition of a write is about the current version; a delete marker is nothing'), {
    skip,
  }, async (t) => {
    const storage = await opened(t);
    await storage.setBucketVersioning({ bucket, versioning: 'enabled' });
    const write = (text: string, condition: { ifMatch?: string; ifNoneMatch?: '*' }) =>
      storage.putObject({ bucket, key: 'k', attributes, body: objectBody(Buffer.from(text)), condition });
    const { etag } = await write('1', { ifNoneMatch: '*' });
    await assert.rejects(write('2', { ifNoneMatch: '*' }), { code: 'PreconditionFailed' });
    await write('2', { ifMatch: etag });
    await assert.rejects(write('3', { ifMatch: etag }), { code: 'PreconditionFailed' });
    await storage.deleteObject({ bucket, key: 'k' });
    await assert.rejects(write('3', { ifMatch: etag }), { code: 'NoSuchKey' });
    await write('3', { ifNoneMatch: '*' });
    await garbageGone(storage);
    const { objects, versions } = await storage.stats();
    assert.deepEqual([objects, versions], [1, 3]);
  });

  test(named('a noncurrent version keeps its parts, and completing its upload again says what it is'), {
    skip,
  }, async (t) => {
    const storage = await opened(t);
    await storage.setBucketVersioning({ bucket, versioning: 'enabled' });
    const { uploadId } = await storage.createUpload({ bucket, key: 'k', attributes, owner: 'me' });
    const upload = { bucket, key: 'k', uploadId };
    const { etag } = await storage.uploadPart({
      ...upload,
      partNumber: 7,
      body: objectBody(Buffer.from('7')),
    });
    const complete = { ...upload, parts: [{ partNumber: 7, etag }] };
    const completed = await storage.completeUpload(complete);
    await put(storage, 'k', 'newer');
    assert.deepEqual(await storage.completeUpload(complete), completed);
    assert.equal(await read(storage, 'k'), 'newer');
    assert.equal(await read(storage, 'k', completed.versionId), '7');
    await storage.deleteObject({ bucket, key: 'k', versionId: completed.versionId });
    await assert.rejects(storage.completeUpload(complete), { code: 'NoSuchUpload' });
    await garbageGone(storage);
    assert.deepEqual(await storage.check({ deep: true }), []);
  });

  test(named('an old version is made current again by copying it onto its key'), { skip }, async (t) => {
    const storage = await opened(t);
    await storage.setBucketVersioning({ bucket, versioning: 'enabled' });
    const first = await put(storage, 'k', 'first');
    await put(storage, 'k', 'second');
    const source = { bucket, key: 'k', versionId: first };
    const copied = await storage.copyObject({ bucket, key: 'k', source });
    assert.equal(copied.source.versionId, first);
    assert.equal(await read(storage, 'k'), 'first');
    const { versionId } = await storage.deleteObject({ bucket, key: 'k' });
    const marker = { bucket, key: 'k', versionId: versionId! };
    await assert.rejects(storage.copyObject({ bucket, key: 'l', source: marker }), {
      code: 'InvalidRequest',
    });
    await assert.rejects(storage.copyObject({ bucket, key: 'l', source: { bucket, key: 'k' } }), {
      code: 'NoSuchKey',
    });
  });
}
