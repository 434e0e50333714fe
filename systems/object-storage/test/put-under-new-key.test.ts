// A put under a key that nobody has is one statement where nothing besides changes with it; everywhere else, and whatever
// became of the bucket meanwhile, it is what every put is.

import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import test from 'node:test';
import { openSimulatedSql } from '@cairn/engines';
import { ObjectStorageError, objectBody, openObjectStorage } from '@cairn/object-storage';
import { temporaryDirectory } from '@cairn/testing';
import { Simulation } from '@cairn/world/simulated';
import { packedPut } from '../src/metadata/packed-put.ts';
import type { MetadataSql } from '../src/metadata/store.ts';
import { CountingStore } from './counting-store.ts';

const unversioned = { version: '~', null_version: 1, versioning: null };

class Puts {
  readonly sql: MetadataSql;
  /** Of every put, in their order. */
  readonly blobs: string[] = [];
  /** Of this scenario alone: what is known of another's says that its statement is not to be tried. */
  readonly bucket: string;
  readonly counting: CountingStore;

  constructor(sql: MetadataSql, { bucket, counting }: { bucket: string; counting: CountingStore }) {
    this.sql = sql;
    this.bucket = bucket;
    this.counting = counting;
  }

  put(key: string, { bucketId = 1, condition }: Asked = {}) {
    const data = `${this.blobs.length}`.padStart(32, '0');
    this.blobs.push(data);
    const described = { size: 3, etag: 'tag', modified_ms: 9, attributes: '{}', checksum: null };
    const object = { key, ...described, data, part_count: null };
    return this.sql.write(
      'putObject',
      packedPut({ bucket: this.bucket, bucketId, object, condition, random: 'ab'.repeat(8) }),
    );
  }

  statementsOf(act: () => Promise<unknown>): Promise<number> {
    return this.counting.during(act);
  }

  async garbage(): Promise<readonly string[]> {
    return (await this.sql.read('listGarbage', { limit: 100, held: [] })).blobs;
  }

  makeBucket(id: number) {
    const made = { name: this.bucket, id, owner: 'me', created_ms: 0 };
    return this.sql.write('createConfiguredBucket', { bucket: made, changes: [] });
  }
}

type Asked = {
  readonly bucketId?: number;
  readonly condition?: { readonly ifMatch?: string; readonly ifNoneMatch?: string };
};

let scenarios = 0;

function simulated(name: string, scenario: (puts: Puts) => Promise<void>) {
  const bucket = `puts${scenarios++}`;
  test(name, async () => {
    const simulation = new Simulation({ seed: 1 });
    await simulation.run(async () => {
      const counting = new CountingStore();
      const sql = await openSimulatedSql(simulation.machine('node'), counting.store);
      const puts = new Puts(sql, { bucket, counting });
      await puts.makeBucket(1);
      await scenario(puts);
    });
  });
}

simulated('it is one statement, and leaves the row that the others leave', async (puts) => {
  const first = await puts.put('first');
  assert.equal(await puts.statementsOf(async () => assert.deepEqual(await puts.put('second'), first)), 1);
  const [one, two] = [
    await puts.sql.read('findObject', { bucket: puts.bucket, key: 'first' }),
    await puts.sql.read('findObject', { bucket: puts.bucket, key: 'second' }),
  ];
  assert(typeof one === 'object' && typeof two === 'object');
  const own = { key: '', data: '', row_crc: 0 };
  assert.deepEqual({ ...two, ...own }, { ...one, ...own });
});

simulated('a key that is taken is put as ever, with its conditions', async (puts) => {
  await puts.put('a');
  await puts.put('b');
  assert.deepEqual(await puts.put('c', { condition: { ifNoneMatch: '*' } }), unversioned);
  assert.equal(await puts.put('c', { condition: { ifNoneMatch: '*' } }), 'PreconditionFailed');
  assert.equal(await puts.put('d', { condition: { ifMatch: 'tag' } }), 'NoSuchKey');
  assert.deepEqual(await puts.put('c', { condition: { ifMatch: 'tag' } }), unversioned);
  assert.deepEqual(await puts.put('b'), unversioned);
  const [, b, c, refused, missing] = puts.blobs;
  assert.deepEqual((await puts.garbage()).toSorted(), [b, c, refused, missing]);
});

simulated('what became of the bucket meanwhile counts', async (puts) => {
  await puts.put('a');
  await puts.sql.write('changeVersioning', { bucket: puts.bucket, versioning: 'enabled' });
  const versioned = await puts.put('b');
  assert(typeof versioned === 'object' && versioned.versioning === 'enabled');
  await puts.put('a');
  assert.deepEqual(await puts.garbage(), []);
});

for (const refusedBefore of [true, false]) {
  const when = refusedBefore ? 'was refused' : 'was not tried';
  simulated(
    `a bucket that was made anew takes nothing of an upload to the one before, that ${when} between`,
    async (puts) => {
      const { bucket } = puts;
      await puts.put('a');
      const objects = [{ key: 'a', bypassGovernance: false }];
      await puts.sql.write('deleteObjects', { bucket, objects, nowMs: 0, random: 'ab'.repeat(8) });
      assert.equal(await puts.sql.write('deleteBucket', { bucket, nowMs: 0, uploadsMax: 10 }), 'deleted');
      if (refusedBefore) assert.equal(await puts.put('b'), 'NoSuchBucket');
      await puts.makeBucket(2);
      assert.equal(await puts.put('c'), 'NoSuchBucket');
      assert.deepEqual(await puts.put('d', { bucketId: 2 }), unversioned);
      assert.deepEqual(await puts.put('e', { bucketId: 2 }), unversioned);
      assert.equal((await puts.garbage()).length, refusedBefore ? 3 : 2);
    },
  );
}

simulated('a quota counts what is put under new keys', async (puts) => {
  await puts.put('a');
  await puts.sql.write('setBucketQuota', {
    bucket: puts.bucket,
    limits: { bytes_max: null, objects_max: 0 },
  });
  assert.equal(await puts.put('b'), 'QuotaExceeded');
});

simulated('keys that are written over in one bucket change nothing for another', async (puts) => {
  const other = new Puts(puts.sql, { bucket: `${puts.bucket}-other`, counting: puts.counting });
  await other.makeBucket(2);
  await puts.put('a');
  await other.put('a', { bucketId: 2 });
  await puts.put('a');
  assert.equal(await other.statementsOf(() => other.put('b', { bucketId: 2 })), 1);
  assert.equal(await puts.statementsOf(() => puts.put('b')), 2, 'where they are it is not tried for a while');
});

test('a bucket whose row rots behind the back of who knows it takes nothing', async (t) => {
  const directory = await temporaryDirectory(t);
  const storage = await openObjectStorage({ directory, writers: 1 });
  t.after(() => storage.close());
  const bucket = 'rots';
  await storage.createBucket({ bucket, owner: 'me' });
  const attributes = { headers: {}, userMetadata: {} };
  const put = (key: string) =>
    storage.putObject({ bucket, key, attributes, body: objectBody(Buffer.from(key)) });
  await put('a');
  await put('b');
  const database = new DatabaseSync(`${directory}/metadata.sqlite`, { timeout: 5_000 });
  for (const change of ["owner = 'he'", 'notifies = 1', "versioning = 'enabled'", 'row_crc = 1']) {
    database.exec(`create temporary table before as select * from bucket; update bucket set ${change}`);
    await assert.rejects(
      put(`c ${change}`),
      (error) => error instanceof ObjectStorageError && error.code === 'InternalError',
      change,
    );
    database.exec('delete from bucket; insert into bucket select * from before; drop table before');
  }
  database.close();
  await put('d');
});
