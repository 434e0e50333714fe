// Bits that rot in what replication keeps: nothing is forgotten in silence.

import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { objectBody, openObjectStorage } from '@cairn/object-storage';
import { createMetrics, silentLog } from '@cairn/telemetry';
import { temporaryDirectory } from '@cairn/testing';
import { arnOf, historyOf, replication, settled } from './replicating.ts';

const attributes = { headers: {}, userMetadata: {} };

/** Two objects wait when the storage is closed; then one row is changed behind its back. */
async function rotten(t: TestContext, sql: string) {
  const directory = await temporaryDirectory(t);
  const metrics = createMetrics();
  const open = () => openObjectStorage({ directory, writers: 1, telemetry: { log: silentLog, metrics } });
  const before = await open();
  for (const bucket of ['source', 'copies']) {
    await before.createBucket({ bucket, owner: 'me' });
    await before.setBucketVersioning({ bucket, versioning: 'enabled' });
  }
  const documents = replication([{ destination: arnOf('copies') }]);
  await before.configureBucket({ bucket: 'source', documents });
  await settled(before);
  for (const key of ['a', 'b']) {
    await before.putObject({ bucket: 'source', key, attributes, body: objectBody(Buffer.from(key)) });
  }
  await before.close();
  const database = new DatabaseSync(`${directory}/metadata.sqlite`);
  const changes = Number(database.prepare(sql).run().changes);
  database.close();
  const storage = await open();
  t.after(() => storage.close());
  return { storage, changes, metrics };
}

test('of a row that rotted the versions are found again by what they say themselves', async (t) => {
  const sql = "update replication set version = 'ffffffffffffffffffffffffffffffff' where key = 'a'";
  const { storage, changes, metrics } = await rotten(t, sql);
  // It may have been replicated before the storage was closed.
  if (changes === 1) {
    const findings = await storage.check();
    assert(findings.every(({ where }) => where.startsWith('what waits for')));
  }
  await settled(storage);
  assert.deepEqual(await historyOf(storage, 'copies'), await historyOf(storage, 'source'));
  const lost = /replication_failures_total\{target="arn:aws:s3:::copies",kind="lost"\} 1\n/;
  if (changes === 1) assert.match(metrics.expose(), lost);
  assert.deepEqual(await storage.check(), []);
});

test('by rules that rotted no change is left out: it fails', async (t) => {
  const sql =
    "update bucket_configuration set document = replace(document, 'copies', 'elsewh') where name = 'replication'";
  const { storage, changes } = await rotten(t, sql);
  assert.equal(changes, 1);
  const put = storage.putObject({
    ...{ bucket: 'source', key: 'c', attributes, body: objectBody(Buffer.from('c')) },
  });
  await assert.rejects(put, { code: 'InternalError' });
});
