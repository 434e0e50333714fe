// Bits that rot in the metadata: whatever changes behind the storage's back is noticed by who reads it, reported by
// `check`, and never served.

import assert from 'node:assert/strict';
import { open, readFile } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import test from 'node:test';
import { type ObjectStorage, ObjectStorageError, objectBody, openObjectStorage } from '@cairn/object-storage';
import { createMetrics, silentLog } from '@cairn/telemetry';
import { type TestContext, temporaryDirectory } from '@cairn/testing';

const bucket = 'rotten';
const attributes = { headers: { 'content-type': 'text/plain' }, userMetadata: { colour: 'green' } };

type Opened = { readonly storage: ObjectStorage; readonly damagedReads: () => string };

async function opened(directory: string): Promise<Opened> {
  const metrics = createMetrics();
  const telemetry = { log: silentLog, metrics };
  const storage = await openObjectStorage({ directory, writers: 1, telemetry });
  return {
    storage,
    damagedReads: () =>
      /^cairn_object_storage_damaged_reads_total (\d+)$/m.exec(metrics.expose())?.[1] ?? '0',
  };
}

async function put(storage: ObjectStorage, key: string, text: string): Promise<string | undefined> {
  const body = objectBody(Buffer.from(text), { checksum: 'crc32' });
  return (await storage.putObject({ bucket, key, attributes, body })).versionId;
}

/** A row in every table. */
async function filled(
  t: TestContext,
): Promise<Opened & { directory: string; uploadId: string; old: string }> {
  const directory = await temporaryDirectory(t);
  const found = await opened(directory);
  const { storage } = found;
  t.after(() => storage.close());
  await storage.createBucket({ bucket, owner: 'me', documents: { policy: '{}' } });
  await storage.setBucketVersioning({ bucket, versioning: 'enabled' });
  const old = await put(storage, 'k', 'old');
  await put(storage, 'k', 'new');
  await put(storage, 'other', 'untouched');
  const name = { bucket, key: 'unfinished' };
  const { uploadId } = await storage.createUpload({ ...name, attributes, owner: 'me' });
  await storage.uploadPart({ ...name, uploadId, partNumber: 1, body: objectBody(Buffer.from('part')) });
  return { ...found, directory, uploadId, old: old! };
}

/** Changes one row behind the storage's back; gives what undoes it. */
function change(directory: string, sql: string): () => void {
  const database = new DatabaseSync(`${directory}/metadata.sqlite`, { timeout: 5_000 });
  const tables = ['bucket', 'bucket_configuration', 'object', 'version', 'upload', 'part'];
  for (const table of tables)
    database.exec(`create temporary table before_${table} as select * from ${table}`);
  assert.equal(Number(database.prepare(sql).run().changes), 1, sql);
  return () => {
    for (const table of tables) {
      database.exec(`delete from ${table}; insert into ${table} select * from before_${table}`);
    }
    database.close();
  };
}

async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'served';
  } catch (error) {
    assert(error instanceof ObjectStorageError, String(error));
    return error.code;
  }
}

const listing = { bucket, prefix: '', delimiter: '', after: '', limit: 10 };
const versions = { bucket, prefix: '', delimiter: '', afterKey: '', afterVersion: '', limit: 10 };

type Reading = (storage: ObjectStorage, names: { uploadId: string; old: string }) => Promise<unknown>;
const get: Reading = (storage) => storage.getObject({ bucket, key: 'k' });
const head: Reading = (storage) => storage.headObject({ bucket, key: 'k' });
const list: Reading = (storage) => storage.listObjects(listing);
const listVersions: Reading = (storage) => storage.listVersions(versions);
const getOld: Reading = (storage, { old }) => storage.getObject({ bucket, key: 'k', versionId: old });
const listUploads: Reading = (storage) =>
  storage.listUploads({ bucket, prefix: '', delimiter: '', afterKey: '', afterUploadId: '', limit: 10 });
const listParts: Reading = (storage, { uploadId }) =>
  storage.listParts({ bucket, key: 'unfinished', uploadId, afterPart: 0, limit: 10 });
/** After a change of nothing, since a put asks for the bucket's settings and they are remembered. */
const configuration: Reading = async (storage) => {
  await storage.configureBucket({ bucket, documents: {} });
  return storage.bucketConfiguration({ bucket });
};
const overwrite: Reading = (storage) => put(storage, 'k', 'newer');

const changes: readonly {
  sql: string;
  where: RegExp;
  refuse: readonly Reading[];
  serve?: readonly Reading[];
}[] = [
  {
    sql: "update object set size = size + 1 where key = 'k'",
    where: /^object "k" of bucket \d+$/,
    refuse: [get, head, list, listVersions, overwrite],
    serve: [getOld, listParts],
  },
  {
    sql: "update object set etag = 'e' || substr(etag, 2) where key = 'k'",
    where: /^object/,
    refuse: [get, list],
  },
  {
    sql: "update object set modified_ms = modified_ms + 1 where key = 'k'",
    where: /^object/,
    refuse: [get, list],
  },
  {
    sql: "update object set attributes = replace(attributes, 'green', 'greem') where key = 'k'",
    where: /^object/,
    refuse: [get, head],
    serve: [list],
  },
  { sql: "update object set checksum = null where key = 'k'", where: /^object/, refuse: [get, list] },
  {
    sql: "update object set data = (select data from object where key = 'other') where key = 'k'",
    where: /^object/,
    refuse: [get, overwrite],
  },
  { sql: "update object set part_count = 0 where key = 'k'", where: /^object/, refuse: [get, head] },
  { sql: "update object set key = 'l' where key = 'k'", where: /^object "l"/, refuse: [list] },
  { sql: "update object set listed_crc = 1 where key = 'k'", where: /^object/, refuse: [list], serve: [get] },
  {
    sql: "update version set data = (select data from object where key = 'other') where key = 'k'",
    where: /^version \w+ of "k" in bucket \d+$/,
    refuse: [getOld, listVersions],
    serve: [get, list],
  },
  { sql: 'update version set data = null', where: /^version/, refuse: [getOld, listVersions] },
  {
    sql: "update bucket_configuration set document = '{ }'",
    where: /^policy of bucket \d+$/,
    // A put asks for the bucket's object lock.
    refuse: [configuration, overwrite],
    serve: [get, list],
  },
  {
    sql: "update bucket set versioning = 'suspended'",
    where: /^bucket rotten$/,
    refuse: [get, list, overwrite],
  },
  { sql: "update bucket set owner = 'you'", where: /^bucket/, refuse: [get, list, overwrite] },
  {
    sql: "update upload set attributes = replace(attributes, 'green', 'greem')",
    where: /^upload \w+ of "unfinished" in bucket \d+$/,
    refuse: [listParts, listUploads],
    serve: [get, list],
  },
  { sql: 'update part set size = 3', where: /^part 1 of upload \w+$/, refuse: [listParts], serve: [get] },
];

test('a row that changed is refused by all who need it, counted, and found', async (t) => {
  const names = await filled(t);
  const { storage } = names;
  for (const { sql, where, refuse, serve = [] } of changes) {
    // What is remembered of the bucket is forgotten.
    await storage.configureBucket({ bucket, documents: {} });
    const undo = change(names.directory, sql);
    const countBefore = Number(names.damagedReads());
    for (const [index, reading] of refuse.entries()) {
      assert.equal(await codeOf(reading(storage, names)), 'InternalError', `${sql}: reading ${index}`);
      assert.equal(Number(names.damagedReads()), countBefore + index + 1, sql);
    }
    for (const reading of serve) assert.equal(await codeOf(reading(storage, names)), 'served', sql);
    const findings = await storage.check();
    const found = findings.filter(({ detail }) => detail === 'its row does not match its checksum');
    assert.deepEqual([found.length, found[0]?.severity], [1, 'damage'], sql);
    assert.match(found[0]!.where, where);
    undo();
  }
  assert.deepEqual(await storage.check(), []);
});

test('the token of a rename that changed answers nobody, and is found', async (t) => {
  const directory = await temporaryDirectory(t);
  const { storage } = await opened(directory);
  t.after(() => storage.close());
  await storage.createBucket({ bucket, owner: 'me' });
  await put(storage, 'old', 'x');
  const clientToken = { caller: 'me', token: '1', conditions: [] };
  const rename = () => storage.renameObject({ bucket, key: 'new', source: 'old', clientToken });
  await rename();
  change(directory, "update rename_token set version_id = 'another'");
  assert.equal(await codeOf(rename()), 'InternalError');
  const [finding, ...others] = await storage.check();
  assert.deepEqual([finding?.severity, others], ['damage', []]);
  assert.match(finding!.where, /^client token /);
});

test('a flipped bit in the file of the database is noticed', async (t) => {
  const { directory, storage: writing } = await filled(t);
  await writing.close();
  const path = `${directory}/metadata.sqlite`;
  const position = (await readFile(path)).lastIndexOf('"colour":"green"');
  assert(position > 0);
  const file = await open(path, 'r+');
  await file.write(Buffer.from('f'), 0, 1, position + '"colour":"'.length);
  await file.close();
  const { storage } = await opened(directory);
  const findings = await storage.check();
  assert(
    findings.some(({ detail }) => detail === 'its row does not match its checksum'),
    'check finds it',
  );
  await storage.close();
});

test('a damaged object goes when it is deleted by its id, and takes no bytes of others with it', async (t) => {
  const { directory, storage } = await filled(t);
  const { versionId } = await storage.headObject({ bucket, key: 'k' });
  change(directory, "update object set data = (select data from object where key = 'other') where key = 'k'");
  await storage.deleteObject({ bucket, key: 'k', versionId });
  assert.equal(await codeOf(storage.getObject({ bucket, key: 'k' })), 'served', 'the version behind it');
  assert.equal((await storage.stats()).garbageBlobs, 0);
  const { content } = await storage.getObject({ bucket, key: 'other' });
  assert.equal(Buffer.from(content.whole!).toString(), 'untouched');
  assert.deepEqual(await storage.check(), []);
});

test('a damaged version behind the current one goes when it is deleted by its id', async (t) => {
  const { directory, storage, old } = await filled(t);
  for (const [sql, code] of [
    ['update version set size = 7', 'InternalError'],
    ['update version set null_version = 1', 'InternalError'],
  ] as const) {
    const undo = change(directory, sql);
    assert.equal(await codeOf(storage.getObject({ bucket, key: 'k', versionId: old })), code, sql);
    undo();
  }
  change(directory, "update version set data = (select data from object where key = 'other')");
  await storage.deleteObject({ bucket, key: 'k', versionId: old });
  assert.equal(await codeOf(storage.getObject({ bucket, key: 'k', versionId: old })), 'NoSuchVersion');
  assert.equal(await codeOf(storage.getObject({ bucket, key: 'other' })), 'served');
  assert.equal((await storage.stats()).garbageBlobs, 0, 'what it said about its bytes is not believed');
  assert.deepEqual(await storage.check(), []);
});

test('without versioning a damaged object is replaced or deleted like any other', async (t) => {
  const directory = await temporaryDirectory(t);
  const { storage } = await opened(directory);
  t.after(() => storage.close());
  await storage.createBucket({ bucket, owner: 'me' });
  for (const key of ['k', 'l']) {
    await put(storage, key, '1');
    change(directory, `update object set size = 7 where key = '${key}'`);
  }
  assert.equal(await codeOf(storage.listObjects(listing)), 'InternalError');
  await put(storage, 'k', '2');
  await storage.deleteObject({ bucket, key: 'l' });
  const page = await storage.listObjects(listing);
  assert.deepEqual(
    page.objects.map(({ key }) => key),
    ['k'],
  );
  assert.deepEqual(await storage.check(), []);
});

test('a row from before there were checksums is served, and named until it is written again', async (t) => {
  const { directory, storage } = await filled(t);
  const unsealed = "listed_crc = null, row_crc = null, version = '~', null_version = 1";
  change(directory, `update object set ${unsealed} where key = 'other'`);
  assert.equal(await codeOf(storage.getObject({ bucket, key: 'other' })), 'served');
  const [notice, ...others] = await storage.check();
  assert.deepEqual([notice?.severity, others], ['notice', []]);
  assert.match(notice!.detail, /^1 rows from before/);
  await storage.deleteObject({ bucket, key: 'other', versionId: 'null' });
  await put(storage, 'other', 'again');
  assert.deepEqual(await storage.check(), []);
});

test('versions that do not fit each other are found', async (t) => {
  const { directory, storage } = await filled(t);
  change(directory, "delete from object where key = 'k'");
  const [finding] = await storage.check();
  assert.match(finding!.detail, /newest version of its key, but not current/);
});

test('a damaged upload can be aborted', async (t) => {
  const { directory, storage, uploadId } = await filled(t);
  change(directory, "update upload set owner = 'you'");
  await storage.abortUpload({ bucket, key: 'unfinished', uploadId });
  assert.deepEqual(await storage.check(), []);
});

test('a version whose row is damaged is not deleted where it may have been locked', async (t) => {
  const { storage, directory } = await filled(t);
  await storage.configureBucket({ bucket, documents: { 'object-lock': '{}' } });
  const versionId = await put(storage, 'kept', 'x');
  const name = { bucket, key: 'kept', versionId };
  await storage.setLegalHold({ ...name, legalHold: true });
  for (const sql of [
    `update object set attributes = replace(attributes, '"legalHold":true', '"legalHold":null') where key = 'kept'`,
    "update object set row_crc = row_crc + 1 where key = 'kept'",
  ]) {
    const restore = change(directory, sql);
    assert.equal(await codeOf(storage.deleteObject(name)), 'InternalError', sql);
    restore();
    assert.equal(await codeOf(storage.deleteObject(name)), 'AccessDenied');
  }
});

test('a number that no row of ours has is a finding, and keeps no other table from being checked', async (t) => {
  const { directory, storage } = await filled(t);
  const undo = change(directory, "update object set modified_ms = 1152921504606846977 where key = 'k'");
  change(directory, 'update part set size = 3');
  const findings = await storage.check();
  const where = findings.map((finding) => finding.where);
  assert(where.includes('table object') && where.some((name) => name.startsWith('part 1')), where.join());
  assert.equal(await codeOf(storage.getObject({ bucket, key: 'other' })), 'served');
  assert.equal(await codeOf(storage.getObject({ bucket, key: 'k' })), 'InternalError');
  undo();
});
