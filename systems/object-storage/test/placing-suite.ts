// Versions of another store, put at their places: for any engine of the metadata.

import assert from 'node:assert/strict';
import test from 'node:test';
import {
  type ObjectStorage,
  ObjectStorageError,
  objectBody,
  type PlaceVersionRequest,
  type VersionPlacement,
} from '@cairn/object-storage';
import type { TestContext } from '@cairn/testing';
import { SeededRandom } from '@cairn/world/simulated';
import { tickAt, versionAt } from '../src/metadata/version-order.ts';
import { dayMs, bucket as locked, openedOn, startMs } from './locking-storage.ts';

const bucket = 'taken';
const key = 'a/b';
const attributes = { headers: { 'content-type': 'text/plain' }, userMetadata: { from: 'elsewhere' } };

export type PlacingSuiteOptions = {
  /** The URL of an empty metadata store; a file in the data folder when absent. */
  readonly metadataUrl?: () => Promise<string>;
  readonly skip: string | false;
};

const idAt = (ms: number, random = 'a') => versionAt({ tick: tickAt(ms), random: random.repeat(16) });

type Placing = Partial<Omit<PlaceVersionRequest, 'body'>> & { readonly text?: string | undefined };

/** A delete marker without a text. */
function place(storage: ObjectStorage, placement: Partial<VersionPlacement>, { text, ...request }: Placing) {
  const modifiedMs = placement.modifiedMs ?? startMs;
  return storage.placeVersion({
    ...{ bucket, key, attributes, ...request },
    placement: { versionId: idAt(modifiedMs), modifiedMs, replaces: 'older', ...placement },
    body: text === undefined ? undefined : objectBody(Buffer.from(text)),
  });
}

async function read(storage: ObjectStorage, versionId?: string): Promise<string> {
  try {
    const { content } = await storage.getObject({ bucket, key, versionId });
    return Buffer.concat(await Array.fromAsync(content.chunks(), (chunk) => Buffer.from(chunk))).toString();
  } catch (error) {
    assert(error instanceof ObjectStorageError, String(error));
    return error.code;
  }
}

async function versions(storage: ObjectStorage) {
  const all = { bucket, prefix: '', delimiter: '', afterKey: '', afterVersion: '', limit: 1_000 };
  return (await storage.listVersions(all)).versions;
}

/** Registers the tests. */
export function placingSuite(engine: string, { metadataUrl, skip }: PlacingSuiteOptions): void {
  const named = (name: string) => `${engine}: ${name}`;
  const opened = async (t: TestContext, versioning?: 'enabled' | 'suspended') => {
    const found = await openedOn(t, metadataUrl);
    await found.storage.createBucket({ bucket, owner: 'me' });
    if (versioning) await found.storage.setBucketVersioning({ bucket, versioning: 'enabled' });
    if (versioning === 'suspended') await found.storage.setBucketVersioning({ bucket, versioning });
    return found.storage;
  };

  test(named('versions that are placed in any order stand in the order of their ids'), {
    skip,
  }, async (t) => {
    const storage = await opened(t, 'enabled');
    const random = new SeededRandom(11);
    const times = Array.from({ length: 12 }, (_, index) => startMs - index * 1_000);
    const shuffled = times.toSorted(() => (random.integer(2) === 0 ? -1 : 1));
    for (const ms of shuffled) {
      const text = ms % 4_000 === 0 ? undefined : `at ${ms}`;
      assert.equal((await place(storage, { modifiedMs: ms }, { text })).outcome, 'placed');
      assert.deepEqual(await storage.check({ deep: true }), [], `after ${ms}`);
      const repeated = await place(storage, { modifiedMs: ms }, { text });
      assert.deepEqual(repeated, { outcome: 'present', versionId: idAt(ms) });
    }
    const listed = await versions(storage);
    assert.deepEqual(
      listed.map(({ versionId, modifiedMs, deleteMarker }) => [versionId, modifiedMs, deleteMarker]),
      times.map((ms) => [idAt(ms), ms, ms % 4_000 === 0]),
    );
    for (const ms of times) {
      const expected = ms % 4_000 === 0 ? 'MethodNotAllowed' : `at ${ms}`;
      assert.equal(await read(storage, idAt(ms)), expected);
    }
    assert.equal(await read(storage), startMs % 4_000 === 0 ? 'NoSuchKey' : `at ${startMs}`);
    await storage.gc();
    assert.equal((await storage.stats()).blobs, listed.filter(({ deleteMarker }) => !deleteMarker).length);
  });

  test(named('what a client writes afterwards is newer than what was placed'), { skip }, async (t) => {
    const storage = await opened(t, 'enabled');
    const future = startMs + 40 * dayMs;
    await place(storage, { modifiedMs: future }, { text: 'from the future' });
    const body = objectBody(Buffer.from('mine'));
    const mine = await storage.putObject({ bucket, key, attributes, body });
    assert.equal(await read(storage), 'mine');
    await place(storage, { modifiedMs: startMs }, { text: 'older' });
    assert.equal(await read(storage), 'mine');
    const ids = (await versions(storage)).map(({ versionId }) => versionId);
    assert.deepEqual(ids, [mine.versionId, idAt(future), idAt(startMs)]);
    assert.deepEqual(await storage.check(), []);
  });

  test(named('a version never changes: another one with its id, or at its place, is left out'), {
    skip,
  }, async (t) => {
    const storage = await opened(t, 'enabled');
    await place(storage, {}, { text: 'one' });
    assert.equal((await place(storage, {}, { text: 'two' })).outcome, 'different');
    assert.equal((await place(storage, {}, {})).outcome, 'different');
    const asNull = await place(storage, { versionId: 'null', place: idAt(startMs) }, { text: 'one' });
    assert.equal(asNull.outcome, 'different');
    assert.equal(await read(storage), 'one');
    assert.equal((await versions(storage)).length, 1);
    await storage.gc();
    assert.equal((await storage.stats()).blobs, 1);
  });

  test(named('a newer version `null` takes the place of the older one, wherever that is'), {
    skip,
  }, async (t) => {
    const storage = await opened(t, 'suspended');
    const nullAt = (ms: number, text?: string) =>
      place(storage, { versionId: 'null', modifiedMs: ms }, { text });
    await nullAt(startMs, 'null 1');
    await place(storage, { modifiedMs: startMs + 5 }, { text: 'five' });
    await nullAt(startMs + 3, 'null 2');
    assert.deepEqual([await read(storage), await read(storage, 'null')], ['five', 'null 2']);
    assert.equal((await nullAt(startMs + 2, 'too old')).outcome, 'different');
    assert.equal((await nullAt(startMs + 3, 'null 2')).outcome, 'present');
    await nullAt(startMs + 9);
    assert.deepEqual([await read(storage), await read(storage, 'null')], ['NoSuchKey', 'MethodNotAllowed']);
    assert.deepEqual(
      (await versions(storage)).map(({ versionId, latest }) => [versionId, latest]),
      [
        ['null', true],
        [idAt(startMs + 5), false],
      ],
    );
    await nullAt(startMs + 10, 'null 3');
    await nullAt(startMs + 11, 'null 4');
    assert.equal(await read(storage), 'null 4');
    assert.deepEqual(await storage.check({ deep: true }), []);
    await storage.gc();
    assert.equal((await storage.stats()).blobs, 2);
  });

  test(named('without versioning an object gives way only if it is marked as imported from there'), {
    skip,
  }, async (t) => {
    const storage = await opened(t);
    const replaces = { imported: 'mark' };
    const marked = { attributes: { ...attributes, imported: 'mark' } };
    const at = (ms: number, text: string, request = {}) =>
      place(storage, { versionId: 'null', modifiedMs: ms, replaces }, { text, ...marked, ...request });
    assert.equal((await at(startMs, 'one')).outcome, 'placed');
    assert.equal((await at(startMs, 'one')).outcome, 'present');
    assert.equal((await at(startMs - 1, 'restored')).outcome, 'placed');
    assert.equal(await read(storage), 'restored');
    const { info } = await storage.getObject({ bucket, key }).then((found) => {
      found.content.close();
      return found;
    });
    assert.deepEqual([info.modifiedMs, info.versionId, info.imported], [startMs - 1, undefined, 'mark']);
    const elsewhere = { replaces: { imported: 'other' }, versionId: 'null', modifiedMs: startMs + 1 };
    assert.equal((await place(storage, elsewhere, { text: 'no' })).outcome, 'different');
    await storage.putObject({ bucket, key, attributes, body: objectBody(Buffer.from('mine')) });
    assert.equal((await at(startMs + 5_000, 'theirs')).outcome, 'different');
    assert.equal(await read(storage), 'mine');
    await assert.rejects(place(storage, {}, { text: 'x' }), { code: 'InvalidBucketState' });
    const marker = place(storage, { versionId: 'null' }, {});
    await assert.rejects(marker, { code: 'InvalidBucketState' });
    await storage.gc();
    assert.equal((await storage.stats()).blobs, 1);
  });

  test(named('what a client appends to, or copies, is no longer marked as imported'), { skip }, async (t) => {
    const storage = await opened(t);
    const marked = { attributes: { ...attributes, imported: 'mark' } };
    await place(storage, { versionId: 'null' }, { text: 'one', ...marked });
    await storage.copyObject({ bucket, key: 'copy', source: { bucket, key } });
    assert.equal((await storage.headObject({ bucket, key: 'copy' })).imported, undefined);
    await storage.changeAttributes({ bucket, key, change: () => ({ tags: [{ key: 'a', value: 'b' }] }) });
    assert.equal((await storage.headObject({ bucket, key })).imported, 'mark');
    await storage.appendObject({
      ...{ bucket, key, attributes, offset: 3, body: objectBody(Buffer.from('two')) },
    });
    assert.equal((await storage.headObject({ bucket, key })).imported, undefined);
    assert.equal(await read(storage), 'onetwo');
  });

  test(named('only what is marked so is deleted under that condition, delete markers too'), {
    skip,
  }, async (t) => {
    const storage = await opened(t, 'enabled');
    const marked = { attributes: { ...attributes, imported: 'mark' } };
    await place(storage, { modifiedMs: startMs }, { text: 'one', ...marked });
    await place(storage, { modifiedMs: startMs + 1 }, marked);
    await place(storage, { modifiedMs: startMs + 2 }, {});
    const remove = (versionId: string, ifImported: string) =>
      storage.deleteObject({ bucket, key, versionId, condition: { ifImported } });
    for (const ms of [startMs, startMs + 1])
      await assert.rejects(remove(idAt(ms), 'other'), { code: 'PreconditionFailed' });
    await assert.rejects(remove(idAt(startMs + 2), 'mark'), { code: 'PreconditionFailed' });
    await remove(idAt(startMs + 1), 'mark');
    await remove(idAt(startMs), 'mark');
    assert.deepEqual(
      (await versions(storage)).map(({ versionId }) => versionId),
      [idAt(startMs + 2)],
    );
  });

  test(named('an object that was made from parts elsewhere has the entity tag and checksum it had there'), {
    skip,
  }, async (t) => {
    const storage = await opened(t, 'enabled');
    const checksum = { algorithm: 'sha256', type: 'COMPOSITE', value: 'c29tZXRoaW5n-2' } as const;
    const etag = '0123456789abcdef0123456789abcdef-2';
    await place(storage, { etag, checksum }, { text: 'whole' });
    const whole = await storage.headObject({ bucket, key });
    assert.deepEqual([whole.etag, whole.checksum, whole.partCount], [etag, checksum, undefined]);
    const made = await uploaded(storage, startMs + 1, ['small ', 'parts']);
    assert.equal(made.outcome, 'placed');
    const info = await storage.headObject({ bucket, key });
    assert.match(info.etag, /^[0-9a-f]{32}-2$/);
    assert.deepEqual([info.partCount, info.modifiedMs, info.versionId], [2, startMs + 1, idAt(startMs + 1)]);
    assert.equal(await read(storage), 'small parts');
    await uploaded(storage, startMs - 1, ['be', 'hind']);
    assert.deepEqual(
      [await read(storage), await read(storage, idAt(startMs - 1))],
      ['small parts', 'behind'],
    );
    assert.equal((await uploaded(storage, startMs - 1, ['be', 'hind'])).outcome, 'present');
    await storage.gc();
    assert.deepEqual([(await storage.stats()).blobs, (await storage.stats()).uploads], [5, 0]);
    assert.deepEqual(await storage.check({ deep: true }), []);
  });

  test(named('a lock is kept as it was, over or not, and nothing that is locked gives way'), {
    skip,
  }, async (t) => {
    const { storage } = await openedOn(t, metadataUrl);
    const over = { mode: 'COMPLIANCE', untilMs: startMs - dayMs } as const;
    const held = { mode: 'COMPLIANCE', untilMs: startMs + dayMs } as const;
    const name = { bucket: locked, key };
    const at = (ms: number, retention: typeof over | typeof held) =>
      place(
        storage,
        { modifiedMs: ms },
        { ...name, attributes: { ...attributes, lock: { retention } }, text: 'x' },
      );
    await at(startMs - 2, over);
    await at(startMs - 1, held);
    const versionId = idAt(startMs - 2);
    assert.deepEqual((await storage.headObject({ ...name, versionId })).lock?.retention, over);
    await storage.deleteObject({ ...name, versionId });
    const removing = storage.deleteObject({ ...name, versionId: idAt(startMs - 1) });
    await assert.rejects(removing, { code: 'AccessDenied' });
    const lock = { retention: held };
    const nullAt = (ms: number) =>
      place(
        storage,
        { versionId: 'null', modifiedMs: ms },
        { ...name, attributes: { ...attributes, lock }, text: 'n' },
      );
    await nullAt(startMs);
    await assert.rejects(nullAt(startMs + 1), { code: 'AccessDenied' });
    const unlockable = place(storage, {}, { attributes: { ...attributes, lock }, text: 'x' });
    await assert.rejects(unlockable, { code: 'NoSuchBucket' });
  });

  test(named('what is placed counts for quotas, once, and is refused beyond them'), { skip }, async (t) => {
    const storage = await opened(t, 'suspended');
    await storage.setQuota({ bucket, quota: { bytesMax: 20 } });
    const counted = async () => {
      const found = (await storage.usage({})).buckets.find((each) => each.bucket === bucket)!;
      const bytes = found.bytes + found.noncurrentBytes + found.uploadBytes;
      const objects = found.objects + found.noncurrentVersions;
      const state = await storage.quota({ bucket });
      assert.deepEqual([state?.bytes, state?.objects], [bytes, objects]);
      return [bytes, objects];
    };
    const nullAt = (ms: number, text?: string) =>
      place(storage, { versionId: 'null', modifiedMs: ms }, { text });
    await nullAt(startMs, '12345');
    await nullAt(startMs + 1, '1234567890');
    assert.deepEqual(await counted(), [10, 1]);
    await place(storage, {}, { text: '123' });
    await place(storage, {}, { text: '123' });
    await place(storage, { modifiedMs: startMs - 5 }, {});
    assert.deepEqual(await counted(), [13, 2]);
    const beyond = place(storage, { modifiedMs: startMs - 1 }, { text: '12345678' });
    await assert.rejects(beyond, { code: 'QuotaExceeded' });
    await uploaded(storage, startMs - 2, ['123', '4567']);
    await uploaded(storage, startMs - 2, ['', '']);
    assert.deepEqual(await counted(), [20, 3]);
    await nullAt(startMs + 2);
    assert.deepEqual(await counted(), [10, 2]);
    await storage.setQuota({ bucket, quota: undefined });
  });

  test(named('names and times that cannot be are refused'), { skip }, async (t) => {
    const storage = await opened(t, 'enabled');
    for (const placement of [
      { versionId: 'no-id' },
      { versionId: 'null', place: 'nowhere' },
      { place: idAt(startMs + 1) },
      { modifiedMs: 1.5, versionId: idAt(1) },
      { modifiedMs: -1, versionId: idAt(1) },
    ])
      await assert.rejects(place(storage, placement, { text: 'x' }), { code: 'InvalidArgument' });
    await assert.rejects(place(storage, {}, { bucket: 'nowhere', text: 'x' }), { code: 'NoSuchBucket' });
    assert.deepEqual(await versions(storage), []);
  });
}

async function uploaded(storage: ObjectStorage, modifiedMs: number, texts: readonly string[]) {
  const { uploadId } = await storage.createUpload({ bucket, key, attributes, owner: 'me', toBePlaced: true });
  const parts = [];
  for (const [index, text] of texts.entries()) {
    const body = objectBody(Buffer.from(text));
    const { etag } = await storage.uploadPart({ bucket, key, uploadId, partNumber: index + 1, body });
    parts.push({ partNumber: index + 1, etag });
  }
  const placement = { versionId: idAt(modifiedMs), modifiedMs, replaces: 'older' } as const;
  return storage.placeUpload({ bucket, key, uploadId, parts, placement });
}
