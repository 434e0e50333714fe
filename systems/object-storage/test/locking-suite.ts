// Object lock as a library: against a trivial model, and in the cases that decide who wins. For any engine of the metadata.

import assert from 'node:assert/strict';
import test from 'node:test';
import { type DeleteResult, type ObjectLock, objectBody } from '@cairn/object-storage';
import type { TestContext } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import { SeededRandom } from '@cairn/world/simulated';
import type { ModelRetention } from './locking-model.ts';
import { LockingRun } from './locking-run.ts';
import { bucket, dayMs, openedOn, outcome, put, read, startMs, upload } from './locking-storage.ts';

export type LockingSuiteOptions = {
  /** The URL of an empty metadata store; a file in the data folder when absent. */
  readonly metadataUrl?: () => Promise<string>;
  readonly skip: string | false;
};

/** Registers the tests. */
export function lockingSuite(engine: string, { metadataUrl, skip }: LockingSuiteOptions): void {
  const named = (name: string) => `${engine}: ${name}`;
  const opened = (t: TestContext) => openedOn(t, metadataUrl);

  test(named('no sequence of operations removes a version before its time'), { skip }, async (t) => {
    const seed = realWorld().random.integer(2 ** 31);
    t.diagnostic(`seed ${seed}`);
    const run = new LockingRun(new SeededRandom(seed), await opened(t));
    for (let step = 0; step < 300; step++) await run.step(step);
    await run.end();
  });

  test(named('a retention that is set while the version is deleted wins or loses as a whole'), {
    skip,
  }, async (t) => {
    const { storage } = await opened(t);
    const retention = { mode: 'COMPLIANCE', untilMs: startMs + dayMs } as const;
    for (let round = 0; round < 20; round++) {
      const versionId = await put(storage, 'k', `round ${round}`);
      const name = { bucket, key: 'k', versionId };
      const set = () => outcome(storage.setRetention({ ...name, retention }));
      const remove = () => outcome(storage.deleteObject(name));
      const first = round % 2 === 0 ? set() : remove();
      const second = round % 2 === 0 ? remove() : set();
      const outcomes = (await Promise.all([first, second])).toSorted();
      const there = await outcome(storage.headObject(name));
      const expected = there === 'done' ? ['AccessDenied', 'done'] : ['NoSuchVersion', 'done'];
      assert.deepEqual(outcomes, expected.toSorted(), `round ${round}`);
    }
  });

  test(named('a bucket with object lock stays versioned, and one without versioning never gets it'), {
    skip,
  }, async (t) => {
    const { storage } = await opened(t);
    assert.equal((await storage.headBucket({ bucket })).versioning, 'enabled');
    const suspend = (name: string) => storage.setBucketVersioning({ bucket: name, versioning: 'suspended' });
    assert.equal(await outcome(suspend(bucket)), 'InvalidBucketState');
    const configure = (name: string, document: string | undefined) =>
      storage.configureBucket({ bucket: name, documents: { 'object-lock': document } });
    assert.equal(await outcome(configure(bucket, undefined)), 'InvalidBucketState');
    await storage.createBucket({ bucket: 'plain', owner: 'me' });
    assert.equal(await outcome(configure('plain', '{}')), 'InvalidBucketState');
    await storage.setBucketVersioning({ bucket: 'plain', versioning: 'enabled' });
    await suspend('plain');
    assert.equal(await outcome(configure('plain', '{}')), 'InvalidBucketState');
    await storage.setBucketVersioning({ bucket: 'plain', versioning: 'enabled' });
    await configure('plain', '{}');
    assert.equal(await outcome(suspend('plain')), 'InvalidBucketState');
  });

  test(named('nothing is locked in a bucket without object lock'), { skip }, async (t) => {
    const { storage } = await opened(t);
    await storage.createBucket({ bucket: 'plain', owner: 'me' });
    const lock = { legalHold: true };
    const name = { bucket: 'plain', key: 'k' };
    const attributes = { headers: {}, userMetadata: {} };
    const body = () => objectBody(Buffer.from('x'));
    await storage.putObject({ ...name, attributes, body: body() });
    for (const call of [
      () => storage.putObject({ ...name, attributes: { ...attributes, lock }, body: body() }),
      () => storage.createUpload({ ...name, attributes: { ...attributes, lock }, owner: 'me' }),
      () => storage.copyObject({ ...name, key: 'l', source: name, lock }),
      () => storage.setLegalHold({ ...name, legalHold: true }),
      () => storage.setRetention({ ...name, retention: undefined }),
    ]) {
      assert.equal(await outcome(call()), 'InvalidRequest');
    }
  });

  test(named('a bucket gives its retention to every new object that names none, and to no copy of a lock'), {
    skip,
  }, async (t) => {
    const { storage, clock } = await opened(t);
    const setDefault = (period: { days: number } | { years: number }) =>
      storage.configureBucket({
        bucket,
        documents: { 'object-lock': JSON.stringify({ defaultRetention: { mode: 'GOVERNANCE', ...period } }) },
      });
    const own: ObjectLock = { legalHold: false, retention: { mode: 'COMPLIANCE', untilMs: startMs + 5 } };
    const held = await put(storage, 'source', 'x', { legalHold: true });
    const begun = await storage.createUpload({
      ...{ bucket, key: 'begun', owner: 'me' },
      attributes: { headers: {}, userMetadata: { lock: '"lock":' } },
    });
    await setDefault({ days: 2 });
    const lockOf = async (key: string, versionId: string) =>
      (await storage.headObject({ bucket, key, versionId })).lock;
    assert.deepEqual(await lockOf('source', held), { legalHold: true }, 'what was there stays as it was');
    const twoDays = { mode: 'GOVERNANCE', untilMs: startMs + 2 * dayMs };
    assert.deepEqual(await lockOf('k', await put(storage, 'k', 'x')), { retention: twoDays });
    assert.deepEqual(await lockOf('k', await put(storage, 'k', 'x', own)), own);
    assert.deepEqual(await lockOf('u', await upload(storage, 'u', 'x')), { retention: twoDays });
    assert.deepEqual(await lockOf('u', await upload(storage, 'u', 'x', own)), own);
    const source = { bucket, key: 'source' };
    const copied = await storage.copyObject({ bucket, key: 'copy', source });
    assert.deepEqual(await lockOf('copy', copied.versionId!), { retention: twoDays });
    clock.timeMs += 7;
    const part = await storage.uploadPart({
      ...{ bucket, key: 'begun', uploadId: begun.uploadId, partNumber: 1 },
      body: objectBody(Buffer.from('x')),
    });
    const name = { bucket, key: 'begun', uploadId: begun.uploadId };
    const { partNumber, etag } = part;
    const { versionId, userMetadata } = await storage.completeUpload({
      ...name,
      parts: [{ partNumber, etag }],
    });
    const fromCompletion = { mode: 'GOVERNANCE', untilMs: clock.timeMs + 2 * dayMs };
    assert.deepEqual(await lockOf('begun', versionId!), { retention: fromCompletion });
    assert.deepEqual(userMetadata, { lock: '"lock":' });
    clock.timeMs = Date.UTC(2024, 1, 29);
    await setDefault({ years: 1 });
    const { retention } = (await lockOf('y', await put(storage, 'y', 'x')))!;
    assert.equal(retention!.untilMs, Date.UTC(2025, 2, 1), 'a year by the calendar');
  });

  test(named('a list of deletions leaves what is locked, and deletes the rest'), { skip }, async (t) => {
    const { storage } = await opened(t);
    const until = (mode: ModelRetention['mode']) => ({ retention: { mode, untilMs: startMs + dayMs } });
    const governed = await put(storage, 'k', '1', until('GOVERNANCE'));
    const compliant = await put(storage, 'k', '2', until('COMPLIANCE'));
    const free = await put(storage, 'k', '3');
    const remove = async (bypassGovernance: boolean, ...ids: string[]) => {
      const objects = ids.map((versionId) => ({ key: 'k', versionId, bypassGovernance }));
      const results = await storage.deleteObjects({ bucket, objects });
      return results.map((result: DeleteResult) => result.error ?? 'deleted');
    };
    assert.deepEqual(await remove(false, governed, compliant, free), [
      'AccessDenied',
      'AccessDenied',
      'deleted',
    ]);
    assert.equal(await read(storage, 'k', governed), '1');
    assert.deepEqual(await remove(true, governed, compliant), ['deleted', 'AccessDenied']);
    assert.equal(await outcome(storage.deleteBucket({ bucket })), 'BucketNotEmpty');
  });
}
