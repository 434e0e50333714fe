// Quotas with their metadata in SQLite.

import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import test from 'node:test';
import { openObjectStorage } from '@cairn/object-storage';
import { temporaryDirectory } from '@cairn/testing';
import { quotasSuite } from './quotas-suite.ts';

quotasSuite('SQLite', { skip: false });

const rot = "update bucket_usage set counted_to = 'x' where bucket = (select id from bucket where name = ?)";

test('a count that rotted keeps no other bucket from being counted, and is not made good', async (t) => {
  const buckets = ['one', 'two'] as const;
  for (const rotten of buckets) {
    const directory = await temporaryDirectory(t);
    const before = await openObjectStorage({ directory, writers: 1 });
    for (const bucket of buckets) {
      await before.createBucket({ bucket, owner: `owner of ${bucket}` });
      await before.setQuota({ owner: `owner of ${bucket}`, quota: { objectsMax: 100 } });
      await before.setQuota({ bucket, quota: { bytesMax: 1_000 } });
    }
    await before.close();
    const database = new DatabaseSync(`${directory}/metadata.sqlite`);
    assert.equal(Number(database.prepare(rot).run(rotten).changes), 1);
    database.close();
    const storage = await openObjectStorage({ directory, writers: 1 });
    const bucket = buckets.find((name) => name !== rotten)!;
    await storage.setQuota({ bucket, quota: { bytesMax: 2_000 } });
    assert.equal((await storage.quota({ bucket }))?.counted, true);
    assert.equal((await storage.check()).length, 1);
    await storage.close();
  }
});
