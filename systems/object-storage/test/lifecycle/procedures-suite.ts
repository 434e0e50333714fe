// What a lifecycle pass finds and deletes, transaction by transaction. For any engine of the metadata.

import assert from 'node:assert/strict';
import test from 'node:test';
import { openSql } from '@cairn/engines';
import { type TestContext, temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import { calendarDayMs as dayMs } from '../../src/lifecycle/due.ts';
import { type Candidate, type ExpiredPage, firstPlace } from '../../src/metadata/lifecycle/find-expired.ts';
import type { LifecyclePass, LifecyclePlace } from '../../src/metadata/lifecycle/passes.ts';
import { packedPut } from '../../src/metadata/packed-put.ts';
import metadataStore, { type MetadataSql } from '../../src/metadata/store.ts';
import tamperingStore from '../tampering-store.ts';

export type ProceduresSuiteOptions = {
  /** The URL of an empty metadata store; a file in a temporary folder when absent. */
  readonly metadataUrl?: () => Promise<string>;
  readonly skip: string | false;
};

const bucket = 'aging';
const bucketId = 7;
const random = '0123456789abcdef';
const attributes = '{"headers":{},"userMetadata":{}}';
const pass: LifecyclePass = { period: 1, startedMs: 0, scannedRows: 0, next: null, finishedMs: 0 };

const rules = [
  { id: 'a', filter: { prefix: 'a/' }, expiration: { days: 1 }, noncurrentExpiration: { days: 1 } },
  { id: 'b', filter: { prefix: 'b/' }, abortUploadsAfterDays: 1 },
  {
    ...{ id: 'c', filter: { prefix: 'c/', sizeGreaterThan: 1 } },
    transitions: [{ days: 1, storageClass: 'GLACIER' }],
    noncurrentTransitions: [{ days: 1, storageClass: 'GLACIER' }],
  },
].map((rule) => ({ ...rule, enabled: true, form: 'filter' }));

export function proceduresSuite(engine: string, { metadataUrl, skip }: ProceduresSuiteOptions): void {
  const opened = async (t: TestContext): Promise<{ sql: MetadataSql; url: string }> => {
    const url = (await metadataUrl?.()) ?? `file:${await temporaryDirectory(t)}/metadata.sqlite`;
    const sql = await openSql(metadataStore, { url, world: realWorld() });
    t.after(() => sql.close());
    await sql.write('createConfiguredBucket', {
      bucket: { name: bucket, id: bucketId, owner: 'me', created_ms: 1 },
      changes: [{ name: 'lifecycle', document: JSON.stringify({ rules }) }],
    });
    return { sql, url };
  };
  let blobs = 0;
  const put = (sql: MetadataSql, key: string, modified_ms: number, known = attributes) =>
    sql.write(
      'putObject',
      packedPut({
        ...{ bucket, bucketId, random, condition: undefined },
        object: {
          ...{ key, size: 10, etag: 'e', modified_ms, checksum: null, part_count: null },
          attributes: known,
          data: (blobs++).toString(16).padStart(32, '0'),
        },
      }),
    );
  const expire = (sql: MetadataSql, candidates: readonly Candidate[], nowMs: number) =>
    sql.write('expire', {
      ...{ nowMs, random, dayMs, bucket, bucketId, startedMs: 0, places: [] },
      candidates,
      pass,
    });

  test(`${engine}: pages of any size find the same, each once, in the keys that rules name`, {
    skip,
  }, async (t) => {
    const { sql } = await opened(t);
    await sql.write('changeVersioning', { bucket, versioning: 'enabled' });
    for (const key of ['a', 'a/1', 'a/2', 'a/2', 'a/2', 'a/ü', 'b/1']) await put(sql, key, 1_000);
    await put(sql, 'a/young', 3 * dayMs);
    await sql.write('deleteObjects', {
      bucket,
      objects: [{ key: 'a/gone', bypassGovernance: false }],
      nowMs: 1_000,
      random,
    });
    for (const id of ['01', '02']) {
      const upload = { key: 'b/1', id, initiated_ms: 1_000, owner: 'me', attributes, checksum: null };
      await sql.write('createUpload', { bucket, bucketId, upload });
    }
    const found = async (limit: number) => {
      const candidates: string[] = [];
      let rows = 0;
      for (let from: LifecyclePlace | null = firstPlace; from !== null; ) {
        const page: ExpiredPage = await sql.read('findExpired', {
          bucketId,
          from,
          nowMs: 3 * dayMs,
          dayMs,
          limit,
        });
        assert(page.scannedRows <= limit);
        candidates.push(...page.candidates.map(({ stage, key }) => `${stage} ${key}`));
        rows += page.scannedRows;
        from = page.next;
      }
      return { candidates, rows };
    };
    const all = await found(1_000);
    const objects = ['object a/1', 'object a/2', 'object a/ü'];
    const versions = ['version a/2', 'version a/2', 'version a/gone'];
    assert.deepEqual(all, { candidates: [...objects, ...versions, 'upload b/1', 'upload b/1'], rows: 9 });
    for (const limit of [1, 2, 3, 4]) assert.deepEqual(await found(limit), all, `${limit} rows a page`);
  });

  test(`${engine}: a row that rotted is left alone`, { skip }, async (t) => {
    const { sql, url } = await opened(t);
    for (const key of ['a/1', 'a/2']) await put(sql, key, 1_000);
    const tampering = await openSql(tamperingStore, { url, world: realWorld() });
    await tampering.write('resize', { size: 9, key: 'a/1' });
    await tampering.close();
    const candidates = ['a/1', 'a/2'].map((key) => ({ stage: 'object' as const, key, place: '' }));
    const state = await expire(sql, candidates, 3 * dayMs);
    assert(state !== 'changed');
    assert.deepEqual([state.expiredObjects, state.skipped], [1, 1]);
    const [kept] = await sql.read('listLifecycles', { after: -1, limit: 10 });
    assert.deepEqual(kept, { bucket, bucketId, state });
  });

  test(`${engine}: what is not due is not deleted, whoever says that it is`, { skip }, async (t) => {
    const { sql } = await opened(t);
    await sql.write('changeVersioning', { bucket, versioning: 'enabled' });
    await put(sql, 'a/1', 1_000);
    const { version } = (await put(sql, 'a/1', 3 * dayMs)) as { version: string };
    await put(sql, 'b/1', 1_000);
    const upload = { key: 'b/1', id: '01', initiated_ms: 3 * dayMs, owner: 'me', attributes, checksum: null };
    await sql.write('createUpload', { bucket, bucketId, upload });
    const page = await sql.read('listVersions', {
      ...{ bucket, prefix: '', delimiter: '', afterKey: '', afterVersion: '', limit: 10 },
    });
    assert(page !== 'NoSuchBucket');
    const state = await expire(
      sql,
      [
        { stage: 'object', key: 'a/1', place: version },
        { stage: 'object', key: 'b/1', place: '' },
        { stage: 'object', key: 'a/none', place: '' },
        ...page.versions.map(({ key, versionId }) => ({ stage: 'version' as const, key, place: versionId })),
        { stage: 'upload', key: 'b/1', place: '01' },
      ],
      3 * dayMs + 1,
    );
    assert(state !== 'changed');
    assert.deepEqual(state, {
      ...state,
      expiredObjects: 0,
      expiredVersions: 0,
      abortedUploads: 0,
      skipped: 7,
    });
  });

  test(`${engine}: what is to be replicated and is not yet is left alone, while its bucket replicates`, {
    skip,
  }, async (t) => {
    const { sql } = await opened(t);
    const replicates = (document: string | null) =>
      sql.write('configureBucket', { bucket, changes: [{ name: 'replication', document }] });
    // Of no key here, so that puts stay as they are.
    const rule = { id: 'r', enabled: true, priority: 1, filter: { prefix: 'none/' }, form: 'filter' };
    const rulesTo = (destination: string) =>
      JSON.stringify({
        role: 'r',
        rules: [{ ...rule, destination, deleteMarkers: true, existingObjects: false }],
      });
    await sql.write('changeVersioning', { bucket, versioning: 'enabled' });
    await replicates(rulesTo('there'));
    for (const status of ['PENDING', 'FAILED', 'COMPLETED'] as const) {
      const known = JSON.stringify({ ...JSON.parse(attributes), replication: { to: { there: { status } } } });
      await put(sql, `a/${status}`, 1_000, known);
      await put(sql, `a/${status}`, 2_000, known);
    }
    const due = async () => {
      const found = { bucketId, from: firstPlace, nowMs: 4 * dayMs, dayMs, limit: 100 };
      return (await sql.read('findExpired', found)).candidates;
    };
    const candidates = await due();
    assert.equal(candidates.length, 6);
    const waiting = await expire(sql, candidates, 4 * dayMs);
    assert(waiting !== 'changed');
    assert.deepEqual([waiting.expiredObjects, waiting.expiredVersions, waiting.skipped], [1, 1, 4]);
    await replicates(rulesTo('elsewhere'));
    const elsewhere = await expire(sql, await due(), 4 * dayMs);
    assert(elsewhere !== 'changed');
    assert.deepEqual([elsewhere.expiredObjects, elsewhere.expiredVersions], [2, 2], 'what had failed');
    await replicates(null);
    const alone = await expire(sql, await due(), 4 * dayMs);
    assert(alone !== 'changed');
    assert.deepEqual([alone.expiredObjects, alone.expiredVersions], [3, 3]);
  });

  test(`${engine}: nothing goes into an archive whose place left the settings`, { skip }, async (t) => {
    const { sql } = await opened(t);
    await sql.write('changeVersioning', { bucket, versioning: 'enabled' });
    for (const modifiedMs of [1_000, 2_000]) await put(sql, 'c/1', modifiedMs);
    const found = { bucketId, from: firstPlace, nowMs: 4 * dayMs, dayMs, limit: 100 };
    const { candidates } = await sql.read('findExpired', found);
    assert.equal(candidates.length, 2);
    const state = await expire(sql, candidates, 4 * dayMs);
    assert(state !== 'changed');
    assert.deepEqual([state.transitions, state.skipped], [0, 2]);
  });

  test(`${engine}: a version that something older was renamed over is noncurrent since the rename`, {
    skip,
  }, async (t) => {
    const { sql } = await opened(t);
    await sql.write('changeVersioning', { bucket, versioning: 'enabled' });
    await put(sql, 'a/old', 1_000);
    await put(sql, 'a/1', 5 * dayMs);
    const found = await sql.read('findObject', { bucket, key: 'a/old' });
    assert(typeof found === 'object');
    const { version, data, etag, attributes: known } = found;
    const renamed = await sql.write('renameObject', {
      ...{ bucket, source: 'a/old', key: 'a/1', random },
      ...{ version, data, etag, known, attributes: known },
      ...{ nowMs: 6 * dayMs, condition: undefined, token: undefined, origin: undefined },
      targetTimes: { modifiedAfterSecond: undefined, unmodifiedAfterSecond: undefined },
    });
    assert(typeof renamed === 'object');
    const dueAt = async (nowMs: number, limit = 10) => {
      const from = { stage: 'version', key: '', place: '' } as const;
      const page = await sql.read('findExpired', { bucketId, from, nowMs, dayMs, limit });
      return page.candidates.filter(({ key }) => key === 'a/1');
    };
    assert.deepEqual(await dueAt(6.5 * dayMs), []);
    const due = await dueAt(8 * dayMs);
    assert.equal(due.length, 1);
    const early = await expire(sql, due, 6.5 * dayMs);
    assert(early !== 'changed');
    assert.deepEqual([early.expiredVersions, early.skipped], [0, 1]);
    const late = await expire(sql, due, 8 * dayMs);
    assert(late !== 'changed');
    assert.equal(late.expiredVersions, 1);
  });

  test(`${engine}: versions that a clock of the far future named are noncurrent since they were replaced`, {
    skip,
  }, async (t) => {
    const { sql } = await opened(t);
    await sql.write('changeVersioning', { bucket, versioning: 'enabled' });
    for (const modifiedMs of [10_000 * dayMs, dayMs, 2 * dayMs]) await put(sql, 'a/1', modifiedMs);
    const from = { stage: 'version', key: '', place: '' } as const;
    const page = await sql.read('findExpired', { bucketId, from, nowMs: 4 * dayMs, dayMs, limit: 10 });
    assert.equal(page.candidates.length, 2);
    const state = await expire(sql, page.candidates, 4 * dayMs);
    assert(state !== 'changed');
    assert.equal(state.expiredVersions, 2);
  });

  test(`${engine}: a pass that is not the latest, of a bucket of that name before, changes nothing`, {
    skip,
  }, async (t) => {
    const { sql } = await opened(t);
    await put(sql, 'a/1', 1_000);
    const candidates = [{ stage: 'object' as const, key: 'a/1', place: '' }];
    const stale = { nowMs: 3 * dayMs, random, dayMs, bucket, candidates, pass, places: [] };
    assert.equal(await sql.write('expire', { ...stale, bucketId, startedMs: 5 }), 'changed');
    assert.equal(await sql.write('expire', { ...stale, bucketId: 8, startedMs: 0 }), 'changed');
    assert.notEqual(await sql.write('expire', { ...stale, bucketId, startedMs: 0 }), 'changed');
  });
}
