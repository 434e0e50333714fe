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

const bucket = 'puts';
const unversioned = { version: '~', null_version: 1, versioning: null };

class Puts {
  readonly sql: MetadataSql;
  /** Of every put, in their order. */
  readonly blobs: string[] = [];
  readonly #counting: CountingStore;

  constructor(sql: MetadataSql, counting: CountingStore) {
    this.sql = sql;
    this.#counting = counting;
  }

  put(key: string, { bucketId = 1, condition }: Asked = {}) {
    const data = `${this.blobs.length}`.padStart(32, '0');
    this.blobs.push(data);
    const described = { size: 3, etag: 'tag', modified_ms: 9, attributes: '{}', checksum: null };
    const object = { key, ...described, data, part_count: null };
    return this.sql.write(
      'putObject',
      packedPut({ bucket, bucketId, object, condition, random: 'ab'.repeat(8) }),
    );
  }

  statementsOf(act: () => Promise<unknown>): Promise<number> {
    return this.#counting.during(act);
  }

  async garbage(): Promise<readonly string[]> {
    return (await this.sql.read('listGarbage', { limit: 100, held: [] })).blobs;
  }

  makeBucket(id: number) {
    const made = { name: bucket, id, owner: 'me', created_ms: 0 };
    return this.sql.write('createConfiguredBucket', { bucket: made, changes: [] });
  }
}

type Asked = {
  readonly bucketId?: number;
  readonly condition?: { readonly ifMatch?: string; readonly ifNoneMatch?: string };
};

function simulated(name: string, scenario: (puts: Puts) => Promise<void>) {
  test(name, async () => {
    const simulation = new Simulation({ seed: 1 });
    await simulation.run(async () => {
      const counting = new CountingStore();
      const puts = new Puts(await openSimulatedSql(simulation.machine('node'), counting.store), counting);
      await puts.makeBucket(1);
      await scenario(puts);
    });
  });
}

simulated('it is one statement, and leaves the row that the others leave', async (puts) => {
  const first = await puts.put('first');
  assert.equal(await puts.statementsOf(async () => assert.deepEqual(await puts.put('second'), first)), 1);
  const [one, two] = [
    await puts.sql.read('findObject', { bucket, key: 'first' }),
    await puts.sql.read('findObject', { bucket, key: 'second' }),
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
  await puts.sql.write('changeVersioning', { bucket, versioning: 'enabled' });
  const versioned = await puts.put('b');
  assert(typeof versioned === 'object' && versioned.versioning === 'enabled');
  await puts.put('a');
  assert.deepEqual(await puts.garbage(), []);
});

simulated('a bucket that was made anew takes nothing of an upload to the one before', async (puts) => {
  await puts.put('a');
  const objects = [{ key: 'a', bypassGovernance: false }];
  await puts.sql.write('deleteObjects', { bucket, objects, nowMs: 0, random: 'ab'.repeat(8) });
  const deleted = await puts.sql.write('deleteBucket', { bucket, nowMs: 0, uploadsMax: 10 });
  assert.equal(deleted, 'deleted');
  assert.equal(await puts.put('b'), 'NoSuchBucket');
  await puts.makeBucket(2);
  assert.equal(await puts.put('c'), 'NoSuchBucket');
  assert.deepEqual(await puts.put('d', { bucketId: 2 }), unversioned);
  assert.deepEqual(await puts.put('e', { bucketId: 2 }), unversioned);
  assert.equal((await puts.garbage()).length, 3);
});

simulated('a quota counts what is put under new keys', async (puts) => {
  await puts.put('a');
  await puts.sql.write('setBucketQuota', { bucket, limits: { bytes_max: null, objects_max: 0 } });
  assert.equal(await puts.put('b'), 'QuotaExceeded');
});

test('a bucket whose row rots behind the back of who knows it takes nothing', async (t) => {
  const directory = await temporaryDirectory(t);
  const storage = await openObjectStorage({ directory, writers: 1 });
  t.after(() => storage.close());
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
