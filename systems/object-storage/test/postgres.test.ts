// Metadata in PostgreSQL: versioning, listings, and rows that rot.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { openSql } from '@cairn/engines';
import { objectBody, openObjectStorage } from '@cairn/object-storage';
import { startPostgres, temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import { appendingSuite } from './appending-suite.ts';
import { configurationSuite } from './configuration-suite.ts';
import { copyingSuite } from './copying-suite.ts';
import { deletingSuite } from './deleting-suite.ts';
import { eventsSuite } from './events/events-suite.ts';
import { proceduresSuite } from './lifecycle/procedures-suite.ts';
import { lockingSuite } from './locking-suite.ts';
import { placingSuite } from './placing-suite.ts';
import { quotasSuite } from './quotas/quotas-suite.ts';
import { renamingSuite } from './renaming-suite.ts';
import { repairSuite } from './replication/repair-suite.ts';
import { replicationSuite } from './replication/replication-suite.ts';
import tamperingStore from './tampering-store.ts';
import { transitionSuite } from './transition/procedures-suite.ts';
import { versionedAppendsSuite } from './versioned-appends-suite.ts';
import { versioningSuite } from './versioning-suite.ts';

const server = await startPostgres();
after(() => server?.stop());
const skip = server === undefined && 'postgres is not installed';

async function tampering() {
  return openSql(tamperingStore, { url: server!.url, world: realWorld() });
}

async function wiped(): Promise<string> {
  const sql = await tampering();
  await sql.write('wipe', {});
  await sql.close();
  return server!.url;
}

versioningSuite('PostgreSQL', { metadataUrl: wiped, skip });
configurationSuite('PostgreSQL', { metadataUrl: wiped, skip });
lockingSuite('PostgreSQL', { metadataUrl: wiped, skip });
appendingSuite('PostgreSQL', { metadataUrl: wiped, skip });
versionedAppendsSuite('PostgreSQL', { metadataUrl: wiped, skip });
copyingSuite('PostgreSQL', { metadataUrl: wiped, skip });
placingSuite('PostgreSQL', { metadataUrl: wiped, skip });
renamingSuite('PostgreSQL', { metadataUrl: wiped, skip });
deletingSuite('PostgreSQL', { metadataUrl: wiped, skip });
eventsSuite('PostgreSQL', { metadataUrl: wiped, skip });
replicationSuite('PostgreSQL', { metadataUrl: wiped, skip });
repairSuite('PostgreSQL', { metadataUrl: wiped, skip });
proceduresSuite('PostgreSQL', { metadataUrl: wiped, skip });
quotasSuite('PostgreSQL', { metadataUrl: wiped, skip });
transitionSuite('PostgreSQL', { metadataUrl: wiped, skip });

test('writers of different keys do not fail each other while the tables are small', { skip }, async (t) => {
  const directory = await temporaryDirectory(t);
  const storage = await openObjectStorage({ directory, metadataUrl: await wiped(), writers: 1 });
  t.after(() => storage.close());
  const bucket = 'small';
  await storage.createBucket({ bucket, owner: 'me' });
  await storage.setBucketVersioning({ bucket, versioning: 'enabled' });
  const attributes = { headers: {}, userMetadata: {} };
  const body = () => objectBody(Buffer.from('hello'));
  const appending = async (writer: number) => {
    for (let offset = 0; offset < 8 * 5; offset += 5)
      await storage.appendObject({ bucket, key: `log ${writer}`, offset, attributes, body: body() });
  };
  const putting = async (writer: number) => {
    for (let put = 0; put < 16; put++)
      await storage.putObject({ bucket, key: `object ${writer} ${put}`, attributes, body: body() });
  };
  const writers = Array.from({ length: 64 }, (_, writer) =>
    writer % 2 === 0 ? appending(writer) : putting(writer),
  );
  const failures = (await Promise.allSettled(writers)).filter(({ status }) => status === 'rejected');
  assert.deepEqual(failures, []);
});

test('a row that rots in PostgreSQL is refused and found', { skip }, async (t) => {
  const directory = await temporaryDirectory(t);
  const storage = await openObjectStorage({ directory, metadataUrl: await wiped(), writers: 1 });
  t.after(() => storage.close());
  const name = { bucket: 'rotten', key: 'a\nb' };
  await storage.createBucket({ bucket: name.bucket, owner: 'me' });
  const attributes = { headers: {}, userMetadata: {} };
  const body = () => objectBody(Buffer.from('hello'), { checksum: 'crc32' });
  await storage.putObject({ ...name, attributes, body: body() });
  await storage.putObject({ ...name, key: 'c', attributes, body: objectBody(Buffer.from('')) });
  const list = () =>
    storage.listObjects({ bucket: name.bucket, prefix: '', delimiter: '', after: '', limit: 10 });
  const { objects } = await list();
  const shown = objects.map(({ key, sizeBytes, checksum }) => [key, sizeBytes, checksum?.value]);
  assert.deepEqual(shown, [
    [name.key, 5, 'NhCmhg=='],
    ['c', 0, undefined],
  ]);
  const sql = await tampering();
  await sql.write('resize', { size: 4, key: name.key });
  await sql.close();
  await assert.rejects(storage.headObject(name), { code: 'InternalError' });
  await assert.rejects(list(), { code: 'InternalError' });
  const [finding] = await storage.check();
  assert.match(finding!.where, /^object "a\\nb" of bucket/);
});
