// Appending in buckets with versioning, as a library: an append makes a version, which shares the bytes of the one before.
// For any engine of the metadata.

import assert from 'node:assert/strict';
import test from 'node:test';
import { type ObjectAttributes, type ObjectStorage, objectBody } from '@cairn/object-storage';
import type { TestContext } from '@cairn/testing';
import {
  assertSound,
  blobsOf,
  type CopyingSuiteOptions,
  type Name,
  opened,
  read,
} from './copying-storage.ts';
import { dayMs, bucket as locked, openedOn, outcome, startMs } from './locking-storage.ts';

const plain: ObjectAttributes = { headers: { 'content-type': 'text/plain' }, userMetadata: {} };
const enabled: Name = { bucket: 'enabled', key: 'log' };
const suspended: Name = { bucket: 'suspended', key: 'log' };

type Append = { readonly at: number; readonly attributes?: ObjectAttributes };

function append(
  storage: ObjectStorage,
  { bucket, key }: { bucket: string; key: string },
  text: string,
  { at: offset, attributes = plain }: Append,
) {
  return storage.appendObject({ bucket, key, offset, attributes, body: objectBody(Buffer.from(text)) });
}

/** Ids of the versions and delete markers of a key, the newest first. */
async function versionsOf(storage: ObjectStorage, { bucket, key }: { bucket: string; key: string }) {
  const page = { bucket, prefix: key, delimiter: '', limit: 1_000, afterKey: '', afterVersion: '' };
  const { versions } = await storage.listVersions(page);
  return versions.map(({ versionId }) => versionId);
}

async function deleteVersions(storage: ObjectStorage, name: { bucket: string; key: string }): Promise<void> {
  for (const versionId of await versionsOf(storage, name)) await storage.deleteObject({ ...name, versionId });
}

async function assertNothingLeft(storage: ObjectStorage): Promise<void> {
  await assertSound(storage);
  const { blobs, sharedBlobs } = await storage.stats();
  assert.deepEqual({ blobs, sharedBlobs }, { blobs: 0, sharedBlobs: 0 });
}

/** Registers the tests. */
export function versionedAppendsSuite(engine: string, { metadataUrl, skip }: CopyingSuiteOptions): void {
  const it = (name: string, run: (t: TestContext) => Promise<void>) =>
    test(`${engine}: ${name}`, { skip }, run);

  it('an append makes a version, and the one before stays as it was, whichever goes first', async (t) => {
    const { storage } = await opened(t, metadataUrl);
    for (const order of ['oldest', 'newest'] as const) {
      const tags = [{ key: 'colour', value: 'red' }];
      const one = await append(storage, enabled, 'one ', { at: 0, attributes: { ...plain, tags } });
      const two = await append(storage, enabled, 'two ', { at: 4 });
      const three = await append(storage, enabled, 'three', { at: 8 });
      const made = [one, two, three];
      const texts = ['one ', 'one two ', 'one two three'];
      const ids = made.map(({ versionId }) => versionId!);
      assert.deepEqual(await versionsOf(storage, enabled), ids.toReversed());
      assert.equal((await storage.stats()).blobs, 3, 'bytes are there once');
      const blobs = await blobsOf(storage, enabled);
      for (const [index, info] of made.entries()) {
        const name = { ...enabled, versionId: info.versionId };
        assert.deepEqual(await storage.headObject(name), info);
        assert.equal(await read(storage, name), texts[index]);
        assert.deepEqual(await blobsOf(storage, name), blobs.slice(0, index + 1), 'and stay where they are');
      }
      assert.deepEqual([three.tags, three.partCount, one.partCount], [tags, 3, undefined]);
      assert.equal(await read(storage, enabled), texts[2]);
      await assertSound(storage);
      const going = order === 'oldest' ? [0, 1] : [2, 1];
      for (const index of going) {
        await storage.deleteObject({ ...enabled, versionId: ids[index] });
        await assertSound(storage);
        const left = order === 'oldest' ? 2 : index - 1;
        assert.equal(await read(storage, enabled), texts[left]);
        assert.equal((await storage.stats()).blobs, left + 1, 'bytes go with the last version that has them');
      }
      await deleteVersions(storage, enabled);
      await assertNothingLeft(storage);
    }
  });

  it('an append goes on behind the version that is current again, and shares with none that is gone', async (t) => {
    const { storage } = await opened(t, metadataUrl);
    await append(storage, enabled, 'one ', { at: 0 });
    const undone = await append(storage, enabled, 'two ', { at: 4 });
    const copy = { bucket: 'plain', key: 'copy' } as const;
    await storage.copyObject({ ...copy, source: enabled });
    await storage.deleteObject({ ...enabled, versionId: undone.versionId });
    assert.equal(await outcome(append(storage, enabled, 'x', { at: 8 })), 'InvalidWriteOffset');
    await append(storage, enabled, 'TWO ', { at: 4 });
    await append(storage, copy, 'three', { at: 8 });
    assert.deepEqual(
      [await read(storage, enabled), await read(storage, copy)],
      ['one TWO ', 'one two three'],
    );
    await storage.renameObject({ bucket: 'enabled', key: 'renamed', source: 'log' });
    await append(storage, { bucket: 'enabled', key: 'renamed' }, '!', { at: 8 });
    assert.equal(await read(storage, { bucket: 'enabled', key: 'renamed' }), 'one TWO !');
    await assertSound(storage);
    for (const key of ['log', 'renamed']) await deleteVersions(storage, { bucket: 'enabled', key });
    await storage.deleteObject(copy);
    await assertNothingLeft(storage);
  });

  it('where versioning is suspended the null version grows, and any other is followed by one', async (t) => {
    const { storage } = await opened(t, metadataUrl);
    const name = { bucket: 'suspended', key: 'log' };
    const first = await append(storage, suspended, 'null ', { at: 0 });
    const grown = await append(storage, suspended, 'grown', { at: 5 });
    assert.deepEqual([first.versionId, grown.versionId], ['null', 'null']);
    assert.deepEqual(await versionsOf(storage, suspended), ['null']);
    assert.equal(await read(storage, suspended), 'null grown');
    await storage.setBucketVersioning({ bucket: 'suspended', versioning: 'enabled' });
    const { versionId } = await append(storage, suspended, ', with an id', { at: 10 });
    await storage.setBucketVersioning({ bucket: 'suspended', versioning: 'suspended' });
    assert.equal((await append(storage, suspended, '!', { at: 22 })).versionId, 'null');
    assert.deepEqual(
      await versionsOf(storage, suspended),
      ['null', versionId],
      'the older null version is gone',
    );
    assert.equal(await read(storage, { ...suspended, versionId }), 'null grown, with an id');
    assert.equal(await read(storage, suspended), 'null grown, with an id!');
    await append(storage, suspended, '!', { at: 23 });
    assert.deepEqual(await versionsOf(storage, suspended), ['null', versionId]);
    assert.equal(await read(storage, { ...suspended, versionId }), 'null grown, with an id');
    await assertSound(storage);
    await deleteVersions(storage, name);
    await assertNothingLeft(storage);
  });

  it('the version from before versioning is set aside by the first append', async (t) => {
    const { storage } = await opened(t, metadataUrl);
    const name = { bucket: 'plain', key: 'log' } as const;
    await append(storage, name, 'before', { at: 0 });
    await storage.setBucketVersioning({ bucket: 'plain', versioning: 'enabled' });
    const { versionId } = await append(storage, name, ' and after', { at: 6 });
    assert.deepEqual(await versionsOf(storage, name), [versionId, 'null']);
    assert.equal(await read(storage, { ...name, versionId: 'null' }), 'before');
    assert.equal(await read(storage, name), 'before and after');
    await deleteVersions(storage, name);
    await assertNothingLeft(storage);
  });

  it('behind a delete marker an append makes an object, at 0 only', async (t) => {
    const { storage } = await opened(t, metadataUrl);
    for (const name of [enabled, suspended]) {
      assert.equal(await outcome(append(storage, name, 'x', { at: 1 })), 'InvalidWriteOffset');
      await append(storage, name, 'one', { at: 0 });
      await storage.deleteObject(name);
      assert.equal(await outcome(append(storage, name, 'x', { at: 3 })), 'InvalidWriteOffset');
      const made = await append(storage, name, 'anew', { at: 0 });
      assert.deepEqual([await read(storage, name), made.partCount], ['anew', undefined]);
      await assertSound(storage);
    }
    assert.equal((await storage.stats()).sharedBlobs, 0);
  });

  it('of appends at one place one makes a version, and each version is the one before and a word', async (t) => {
    const { storage } = await opened(t, metadataUrl);
    const words = Array.from({ length: 12 }, (_, index) => `<${index}>`);
    const addUntilDone = async (word: string): Promise<void> => {
      for (;;) {
        const at = await storage.headObject(enabled).then(
          ({ sizeBytes }) => sizeBytes,
          () => 0,
        );
        const found = await outcome(append(storage, enabled, word, { at }));
        if (found === 'done') return;
        assert.equal(found, 'InvalidWriteOffset');
      }
    };
    await Promise.all(words.map(addUntilDone));
    const ids = await versionsOf(storage, enabled);
    assert.equal(ids.length, words.length);
    const texts = await Promise.all(ids.map((versionId) => read(storage, { ...enabled, versionId })));
    for (const [index, text] of texts.entries()) {
      const before = texts[index + 1] ?? '';
      assert(
        text.startsWith(before) && words.includes(text.slice(before.length)),
        `${text} behind ${before}`,
      );
    }
    await assertSound(storage);
    assert.equal((await storage.stats()).blobs, words.length, 'what was refused is gone');
    await deleteVersions(storage, enabled);
    await assertNothingLeft(storage);
  });

  it('conditions, quotas and offsets that an append is refused for leave nothing shared', async (t) => {
    const { storage } = await opened(t, metadataUrl);
    const { etag } = await append(storage, enabled, 'one', { at: 0 });
    const body = () => objectBody(Buffer.from(' more'));
    const growing = { bucket: 'enabled', key: 'log', offset: 3, attributes: plain };
    for (const condition of [{ ifMatch: 'other' }, { ifNoneMatch: '*' }])
      assert.equal(
        await outcome(storage.appendObject({ ...growing, condition, body: body() })),
        'PreconditionFailed',
      );
    await storage.setQuota({ bucket: 'enabled', quota: { bytesMax: 10 } });
    assert.equal(
      await outcome(storage.appendObject({ ...growing, body: body() })),
      'QuotaExceeded',
      'the new version counts with all of its bytes',
    );
    assert.equal((await storage.stats()).sharedBlobs, 0);
    await storage.setQuota({ bucket: 'enabled', quota: { bytesMax: 11 } });
    await storage.appendObject({ ...growing, condition: { ifMatch: etag }, body: body() });
    assert.equal(await outcome(append(storage, enabled, '', { at: 8 })), 'QuotaExceeded');
    await assertSound(storage);
  });

  it('a locked version is no obstacle and stays locked, and the next one is locked as a put is', async (t) => {
    const { storage, clock } = await openedOn(t, metadataUrl);
    const name = { bucket: locked, key: 'log' };
    const lock = {
      legalHold: true,
      retention: { mode: 'COMPLIANCE', untilMs: startMs + 9 * dayMs },
    } as const;
    const one = await append(storage, name, 'one', { at: 0, attributes: { ...plain, lock } });
    const two = await append(storage, name, ' two', { at: 3 });
    assert.equal(two.lock, undefined, 'what keeps the one says nothing of the other');
    const documents = {
      'object-lock': JSON.stringify({ defaultRetention: { mode: 'GOVERNANCE', days: 1 } }),
    };
    await storage.configureBucket({ bucket: locked, documents });
    const three = await append(storage, name, ' three', { at: 7 });
    assert.deepEqual(three.lock, { retention: { mode: 'GOVERNANCE', untilMs: startMs + dayMs } });
    const held = { ...plain, lock: { legalHold: true } };
    const four = await append(storage, name, ' four', { at: 13, attributes: held });
    assert.deepEqual(four.lock, { ...three.lock, legalHold: true });
    const made = await append(storage, { ...name, key: 'made' }, 'made', { at: 0 });
    assert.deepEqual(made.lock, three.lock);
    assert.deepEqual((await storage.headObject({ ...name, versionId: one.versionId })).lock, lock);
    clock.timeMs += 2 * dayMs;
    const removed = ({ versionId }: typeof one) => outcome(storage.deleteObject({ ...name, versionId }));
    assert.deepEqual(
      [await removed(one), await removed(two), await removed(three), await removed(four)],
      ['AccessDenied', 'done', 'done', 'AccessDenied'],
    );
    const { content } = await storage.getObject({ ...name, versionId: one.versionId });
    assert.equal(Buffer.from(content.whole!).toString(), 'one');
    await assertSound(storage);
    const nowhere = { bucket: 'unlocked', key: 'log' };
    await storage.createBucket({ bucket: nowhere.bucket, owner: 'me' });
    assert.equal(await outcome(append(storage, nowhere, 'x', { at: 0, attributes: held })), 'InvalidRequest');
  });

  it('what a client appends to is neither imported nor a replica any more', async (t) => {
    const { storage } = await opened(t, metadataUrl);
    const marked = { ...plain, imported: 'mark', replication: { replica: true } } as const;
    for (const name of [enabled, suspended]) {
      const body = objectBody(Buffer.from('theirs'));
      const placement = { versionId: 'null', modifiedMs: startMs, replaces: 'older' } as const;
      await storage.placeVersion({ ...name, attributes: marked, body, placement });
      const { imported, replication } = await append(storage, name, ', mine', { at: 6 });
      assert.deepEqual([imported, replication], [undefined, undefined]);
      assert.equal(await read(storage, name), 'theirs, mine');
    }
    assert.deepEqual(await versionsOf(storage, suspended), ['null']);
    const kept = await storage.headObject({ ...enabled, versionId: 'null' });
    assert.deepEqual([kept.imported, kept.replication], ['mark', { replica: true }]);
    await assertSound(storage);
  });
}
