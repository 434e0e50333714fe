// How many statements it takes to change many rows: on PostgreSQL each is a round trip, and a copy of 10,000 parts that
// asked for each of them by itself took 20 s. Statements are counted, not seconds.

import assert from 'node:assert/strict';
import test from 'node:test';
import { openSimulatedSql } from '@cairn/engines';
import { Simulation } from '@cairn/world/simulated';
import { garbageBatchBlobs } from '../src/limits.ts';
import { firstShare } from '../src/metadata/share-check.ts';
import type { MetadataSql } from '../src/metadata/store.ts';
import { CountingStore } from './counting-store.ts';

const bucket = 'many';
const uploadId = 'upload';
const when = { nowMs: 1_000, random: 'ab'.repeat(8) };
const partCount = 2_500;
const etagOf = (number: number) => `etag${number}`;
const blobOf = (number: number) => `${number}`.padStart(32, '0');
const parts = Array.from({ length: partCount }, (_, index) => index + 1);

function simulated(name: string, scenario: (sql: MetadataSql, counting: CountingStore) => Promise<void>) {
  test(name, async () => {
    const simulation = new Simulation({ seed: 1 });
    const machine = simulation.machine('node');
    await simulation.run(async () => {
      const counting = new CountingStore();
      const sql = await openSimulatedSql(machine, counting.store);
      const changes: [] = [];
      await sql.write('createConfiguredBucket', {
        bucket: { name: bucket, id: 1, owner: 'me', created_ms: 0 },
        changes,
      });
      await scenario(sql, counting);
    });
  });
}

async function uploadParts(sql: MetadataSql): Promise<void> {
  const { id: bucketId } = (await sql.read('findBucket', { bucket }))!;
  const upload = { key: 'a', id: uploadId, initiated_ms: 0, owner: 'me', attributes: '{}', checksum: null };
  await sql.write('createUpload', { bucket, bucketId, upload });
  for (const number of parts) {
    const content = { blob: blobOf(number), size: 1, etag: etagOf(number), modified_ms: 0 };
    const part = { number, ...content, checksum: null, salt: null, shared: null };
    await sql.write('putPart', { bucket, key: 'a', uploadId, part, algorithm: undefined });
  }
}

async function complete(sql: MetadataSql, numbers: readonly number[]): Promise<unknown> {
  const completed = await sql.write('completeUpload', {
    ...{ bucket, key: 'a', uploadId, ...when, condition: undefined, retention: undefined, places: [] },
    ...{ partBytesMin: 0, keyShown: false, origin: undefined },
    parts: numbers.map((number) => ({ number, etag: etagOf(number), checksum: undefined })),
  });
  assert.equal(typeof completed, 'object', `${completed}`);
  return completed;
}

async function copyTo(sql: MetadataSql, key: string): Promise<void> {
  const found = await sql.read('findObject', { bucket, key: 'a' });
  assert(typeof found === 'object');
  const { bucket: bucketId, version, data, etag } = found;
  const copied = await sql.write('copyObject', {
    ...{ bucket, bucketId, ...when, uploadId: `copy ${key}`, condition: undefined },
    source: { bucket, key: 'a', versionId: null, version, data, etag },
    object: { key, modified_ms: 0, attributes: '{}', checksum: null },
    ...{ cause: { event: 'ObjectCreated:Copy', origin: undefined }, place: undefined },
  });
  assert.equal(typeof copied, 'object', `${copied}`);
}

simulated(
  'an upload of many parts is completed in few statements, also when some are left out',
  async (sql, counting) => {
    await uploadParts(sql);
    const even = parts.filter((number) => number % 2 === 0);
    const statements = await counting.during(() => complete(sql, even));
    assert.ok(statements <= 20, `${statements} statements`);
    const rows = await sql.read('listObjectParts', { upload: uploadId, afterPart: 0, limit: partCount });
    assert.deepEqual(
      rows.map(({ number, start }) => [number, start]),
      even.map((number, index) => [number, index]),
    );
    const { rows: garbage } = await sql.read('listGarbage', { limit: partCount, held: [] });
    assert.equal(garbage.length, partCount - even.length);
  },
);

simulated(
  'a version of many parts is appended to, and the next one forgotten, in few statements',
  async (sql, counting) => {
    await uploadParts(sql);
    await complete(sql, parts);
    await sql.write('changeVersioning', { bucket, versioning: 'enabled' });
    const found = await sql.read('findObject', { bucket, key: 'a' });
    assert(typeof found === 'object');
    const added = { key: 'a', size: 1, etag: 'f'.repeat(32), modified_ms: 1_000, attributes: '{}' };
    const append = (offset: number, data: string) =>
      sql.write('appendObject', {
        ...{ bucket, bucketId: found.bucket, random: when.random, condition: undefined, cause: undefined },
        ...{ offset, uploadId: `next ${offset}`, found: null, salt: null, places: [] },
        object: { ...added, checksum: null, part_count: null, data },
      });
    for (const number of [1, 2]) {
      const statements = await counting.during(async () => {
        const appended = await append(partCount + number - 1, blobOf(partCount + number));
        assert(typeof appended === 'object', `${appended}`);
        assert.equal(appended.object.part_count, partCount + number);
      });
      assert.ok(statements <= 30, `${statements} statements`);
    }
    assert.equal(
      (await sql.read('checkShares', { cursor: firstShare, limit: partCount })).findings.length,
      0,
    );
    const current = await sql.read('findObject', { bucket, key: 'a' });
    assert(typeof current === 'object');
    const objects = [{ key: 'a', versionId: current.version, bypassGovernance: false }];
    await sql.write('deleteObjects', { bucket, objects, origin: undefined, ...when });
    const gone: string[] = [];
    let batches = 0;
    const statements = await counting.during(async () => {
      for (;;) {
        const batch = await sql.read('listGarbage', { limit: garbageBatchBlobs, held: [] });
        if (batch.rows.length === 0) return;
        await sql.write('forgetGarbage', { batch, limit: garbageBatchBlobs });
        gone.push(...batch.blobs);
        batches += 1;
      }
    });
    assert.ok(batches <= 4 && statements <= 40, `${statements} statements in ${batches} transactions`);
    assert.deepEqual(gone, [blobOf(partCount + 2)], 'what only it had');
  },
);

simulated(
  'an object of many parts is copied, and its copy forgotten, in few statements',
  async (sql, counting) => {
    await uploadParts(sql);
    await complete(sql, parts);
    for (const key of ['b', 'c']) {
      const statements = await counting.during(() => copyTo(sql, key));
      assert.ok(statements <= 30, `${statements} statements of copying to ${key}`);
    }
    assert.equal(
      (await sql.read('checkShares', { cursor: firstShare, limit: partCount })).findings.length,
      0,
    );
    for (const [key, blobsLeft] of [
      ['a', 0],
      ['b', 0],
      ['c', partCount],
    ] as const) {
      const objects = [{ key, bypassGovernance: false }];
      await sql.write('deleteObjects', { bucket, objects, origin: undefined, ...when });
      const batch = await sql.read('listGarbage', { limit: 2 * partCount, held: [] });
      const statements = await counting.during(() =>
        sql.write('forgetGarbage', { batch, limit: 2 * partCount }),
      );
      assert.ok(statements <= 20, `${statements} statements of forgetting ${key}`);
      const left = await sql.read('listGarbage', { limit: 2 * partCount, held: [] });
      assert.equal(left.blobs.length, blobsLeft);
    }
  },
);
