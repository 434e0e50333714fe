// Renaming objects as a library. For any engine of the metadata.

import assert from 'node:assert/strict';
import test from 'node:test';
import { ObjectStorageError, objectBody, type RenameObjectRequest } from '@cairn/object-storage';
import { renameTokenMs } from '../src/limits.ts';
import { bucket, dayMs, openedOn, outcome, put, read, startMs, upload } from './locking-storage.ts';

export type RenamingSuiteOptions = {
  /** The URL of an empty metadata store; a file in the data folder when absent. */
  readonly metadataUrl?: () => Promise<string>;
  readonly skip: string | false;
};

/** Registers the tests. */
export function renamingSuite(engine: string, { metadataUrl, skip }: RenamingSuiteOptions): void {
  const named = (name: string) => `${engine}: ${name}`;

  test(named('an object gets another name, with all that it is, in place of what had that name'), {
    skip,
  }, async (t) => {
    const { storage, clock } = await openedOn(t, metadataUrl);
    const plain = 'plain';
    await storage.createBucket({ bucket: plain, owner: 'me' });
    const name = { bucket: plain, key: 'new' };
    const write = async (key: string, text: string) => {
      const { uploadId } = await storage.createUpload({
        ...{ bucket: plain, key, owner: 'me' },
        attributes: { headers: { 'content-type': 'text/x' }, userMetadata: { a: 'ü' } },
      });
      const part = { bucket: plain, key, uploadId, partNumber: 1 };
      const { etag } = await storage.uploadPart({ ...part, body: objectBody(Buffer.from(text)) });
      return storage.completeUpload({ ...part, parts: [{ partNumber: 1, etag }] });
    };
    const old = await write('old', 'moved');
    await write('new', 'replaced');
    clock.timeMs += 5_000;
    const answer = await storage.renameObject({ ...name, source: 'old' });
    assert.deepEqual(answer, { versionId: undefined });
    assert.deepEqual(await storage.headObject(name), { ...old, key: 'new' }, 'the time is kept too');
    assert.equal(await outcome(storage.headObject({ ...name, key: 'old' })), 'NoSuchKey');
    const { content } = await storage.getObject(name);
    const chunks = await Array.fromAsync(content.chunks(), (chunk) => Buffer.from(chunk));
    assert.equal(Buffer.concat(chunks).toString(), 'moved');
    await storage.gc();
    const { objects, blobs } = await storage.stats();
    assert.deepEqual([objects, blobs], [1, 1], 'what was replaced is gone');
    assert.deepEqual(await storage.check({ deep: true }), []);
    assert.equal(await outcome(storage.renameObject({ ...name, source: 'old' })), 'NoSuchKey');
    assert.equal(await outcome(storage.renameObject({ ...name, source: 'new' })), 'InvalidRequest');
    const long = storage.renameObject({ bucket: plain, key: 'x'.repeat(1_025), source: 'new' });
    assert.equal(await outcome(long), 'KeyTooLongError');
  });

  test(named('with versioning the newest version moves, and nothing older comes to light'), {
    skip,
  }, async (t) => {
    const { storage } = await openedOn(t, metadataUrl);
    const older = await put(storage, 'old', 'older');
    const moved = await upload(storage, 'old', 'moved');
    const hidden = await put(storage, 'new', 'hidden');
    const { versionId } = await storage.renameObject({ bucket, key: 'new', source: 'old' });
    assert.equal(await read(storage, 'new', versionId!), 'moved');
    assert.equal(await read(storage, 'new', hidden), 'hidden');
    assert.equal(await read(storage, 'old', older), 'older');
    assert.equal(await outcome(storage.headObject({ bucket, key: 'old' })), 'NoSuchKey');
    assert.equal(
      await outcome(storage.headObject({ bucket, key: 'old', versionId: moved })),
      'NoSuchVersion',
    );
    await storage.deleteObject({ bucket, key: 'new', versionId: versionId! });
    await storage.gc();
    assert.equal((await storage.stats()).blobs, 2);
    assert.deepEqual(await storage.check({ deep: true }), []);
  });

  test(named('what is locked keeps its name'), { skip }, async (t) => {
    const { storage, clock } = await openedOn(t, metadataUrl);
    const retention = { mode: 'GOVERNANCE', untilMs: startMs + dayMs } as const;
    const locked = await put(storage, 'old', 'x', { retention });
    const rename = () => outcome(storage.renameObject({ bucket, key: 'new', source: 'old' }));
    assert.equal(await rename(), 'AccessDenied');
    assert.equal(await read(storage, 'old', locked), 'x');
    const target = await put(storage, 'new', 'kept', { legalHold: true });
    clock.timeMs += dayMs;
    assert.equal(await rename(), 'done');
    assert.equal(await read(storage, 'new', target), 'kept');
  });

  test(named('a rename happens if source and target are what its conditions say'), { skip }, async (t) => {
    const { storage, clock } = await openedOn(t, metadataUrl);
    await put(storage, 'old', 'x');
    await put(storage, 'new', 'y');
    const { etag, modifiedMs } = await storage.headObject({ bucket, key: 'new' });
    const second = Math.floor(modifiedMs / 1_000);
    clock.timeMs += 10_000;
    const rename = (more: Partial<Parameters<typeof storage.renameObject>[0]>) =>
      outcome(storage.renameObject({ bucket, key: 'new', source: 'old', ...more }));
    const times = (modifiedAfterSecond?: number, unmodifiedAfterSecond?: number) => ({
      targetTimes: { modifiedAfterSecond, unmodifiedAfterSecond },
    });
    assert.equal(await rename({ condition: { ifNoneMatch: '*' } }), 'PreconditionFailed');
    assert.equal(await rename({ condition: { ifMatch: 'other' } }), 'PreconditionFailed');
    assert.equal(await rename(times(second)), 'PreconditionFailed');
    assert.equal(await rename(times(undefined, second - 1)), 'PreconditionFailed');
    assert.equal(await rename({ key: 'none', ...times(second) }), 'PreconditionFailed');
    const select = () => {
      throw new ObjectStorageError('PreconditionFailed');
    };
    assert.equal(await rename({ select }), 'PreconditionFailed');
    assert.equal(await rename({ condition: { ifMatch: etag }, ...times(second - 1, second) }), 'done');
  });

  test(named('what is appended to meanwhile is another object than the one that the conditions held for'), {
    skip,
  }, async (t) => {
    const { storage } = await openedOn(t, metadataUrl);
    const name = { bucket: 'plain', key: 'log' };
    await storage.createBucket({ ...name, owner: 'me' });
    const append = (offset: number) => {
      const attributes = { headers: {}, userMetadata: {} };
      return storage.appendObject({ ...name, attributes, offset, body: objectBody(Buffer.from('12345')) });
    };
    for (let round = 0; round < 60; round++) {
      await append(0);
      const known = await append(5);
      const appended = outcome(append(10));
      for (let turn = 0; turn < round % 30; turn++) await new Promise((next) => setImmediate(next));
      const select = ({ etag }: { readonly etag: string }) => {
        if (etag !== known.etag) throw new ObjectStorageError('PreconditionFailed');
      };
      const renamed = outcome(storage.renameObject({ ...name, key: 'new', source: 'log', select }));
      assert.notDeepEqual([await appended, await renamed], ['done', 'done'], `round ${round}`);
      await storage.deleteObject(name);
    }
  });

  test(named('of renames of one object at the same time one succeeds'), { skip }, async (t) => {
    const { storage } = await openedOn(t, metadataUrl);
    for (let round = 0; round < 10; round++) {
      await put(storage, 'old', `${round}`);
      const keys = ['a', 'b', 'c'].map((key) => `${key}${round}`);
      const outcomes = await Promise.all(
        keys.map((key) => outcome(storage.renameObject({ bucket, key, source: 'old' }))),
      );
      assert.deepEqual(outcomes.toSorted(), ['NoSuchKey', 'NoSuchKey', 'done']);
      const versionIds = await Promise.all(keys.map((key) => outcome(storage.headObject({ bucket, key }))));
      assert.deepEqual(versionIds, outcomes);
    }
    assert.deepEqual(await storage.check({ deep: true }), []);
  });

  test(named('a rename that is repeated with its client token changes nothing, and answers as it did'), {
    skip,
  }, async (t) => {
    const { storage, clock } = await openedOn(t, metadataUrl);
    await put(storage, 'old', 'moved');
    const rename = (more: Partial<RenameObjectRequest> = {}) =>
      storage.renameObject({ bucket, key: 'new', source: 'old', clientToken, ...more });
    const { versionId } = await rename();
    // Neither what has the old name by now nor what became of the new one is touched.
    await put(storage, 'old', 'another');
    const newest = await put(storage, 'new', 'newer');
    const select = () => assert.fail('the source of the first rename is not there to be asked about');
    assert.deepEqual(await rename({ select }), { versionId });
    assert.equal(await read(storage, 'new', newest), 'newer');
    assert.equal((await storage.headObject({ bucket, key: 'old' })).sizeBytes, 'another'.length);
    for (const other of [
      { key: 'elsewhere' },
      { source: 'new', key: 'old' },
      { clientToken: { ...clientToken, conditions: ['*'] } },
    ]) {
      assert.equal(await outcome(rename(other)), 'IdempotencyParameterMismatch', JSON.stringify(other));
    }
    for (const [number, other] of [{ token: 'other' }, { caller: 'bert' }].entries()) {
      await put(storage, 'old', 'again');
      const again = await rename({ key: `new${number}`, clientToken: { ...clientToken, ...other } });
      assert.notEqual(again.versionId, versionId, 'tokens of others are others');
    }
    assert.deepEqual(await storage.check({ deep: true }), []);
    clock.timeMs += renameTokenMs - 1;
    assert.deepEqual(await rename(), { versionId }, 'it is remembered for an hour');
  });

  test(named('of the same rename sent many times at once one happens, and all succeed'), {
    skip,
  }, async (t) => {
    const { storage } = await openedOn(t, metadataUrl);
    for (let round = 0; round < 5; round++) {
      await put(storage, 'old', `${round}`);
      const token = { ...clientToken, token: `${round}` };
      const rename = () =>
        storage.renameObject({ bucket, key: `new${round}`, source: 'old', clientToken: token });
      const [first, ...others] = await Promise.all([rename(), rename(), rename(), rename()]);
      for (const other of others) assert.deepEqual(other, first);
      assert.equal((await storage.stats()).objects, round + 1);
    }
  });

  test(named('a rename that was refused may be tried again with its token'), { skip }, async (t) => {
    const { storage } = await openedOn(t, metadataUrl);
    const rename = () => outcome(storage.renameObject({ bucket, key: 'new', source: 'old', clientToken }));
    assert.equal(await rename(), 'NoSuchKey');
    await put(storage, 'old', 'x');
    assert.equal(await rename(), 'done');
    assert.equal(await rename(), 'done');
  });

  test(named('a token is of a bucket, not of its name'), { skip }, async (t) => {
    const { storage } = await openedOn(t, metadataUrl);
    const plain = { bucket: 'plain', owner: 'me' };
    for (let round = 0; round < 2; round++) {
      await storage.createBucket(plain);
      const attributes = { headers: {}, userMetadata: {} };
      const body = objectBody(Buffer.from('x'));
      await storage.putObject({ bucket: 'plain', key: 'old', attributes, body });
      await storage.renameObject({ bucket: 'plain', key: 'new', source: 'old', clientToken });
      await storage.deleteObject({ bucket: 'plain', key: 'new' });
      await storage.deleteBucket({ bucket: 'plain' });
    }
  });

  test(named('tokens are forgotten when they are old'), { skip }, async (t) => {
    const { storage, clock } = await openedOn(t, metadataUrl);
    const rename = (from: string, to: string, token: string) =>
      outcome(
        storage.renameObject({ bucket, source: from, key: to, clientToken: { ...clientToken, token } }),
      );
    await put(storage, 'a', 'x');
    assert.equal(await rename('a', 'b', 'old'), 'done');
    clock.timeMs += renameTokenMs;
    await put(storage, 'a', 'y');
    // One in sixteen takes old ones away: that none of 400 does has a chance of 10^-11.
    for (let count = 0; count < 200; count++) {
      await rename('b', 'c', `there ${count}`);
      await rename('c', 'b', `back ${count}`);
    }
    assert.equal(await rename('a', 'b', 'old'), 'done');
    assert.equal(await outcome(storage.headObject({ bucket, key: 'a' })), 'NoSuchKey', 'it was done anew');
  });
}

const clientToken = { caller: 'anna', token: '1', conditions: [undefined] };
