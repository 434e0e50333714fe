// A move and a restore, transaction by transaction. For any engine of the metadata.

import assert from 'node:assert/strict';
import test from 'node:test';
import { openSql } from '@cairn/engines';
import { type TestContext, temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import { calendarDayMs as dayMs } from '../../src/lifecycle/due.ts';
import { firstBlobReference } from '../../src/metadata/blob-references.ts';
import { packedPut } from '../../src/metadata/packed-put.ts';
import metadataStore, { type MetadataSql } from '../../src/metadata/store.ts';

export type TransitionSuiteOptions = {
  /** The URL of an empty metadata store; a file in a temporary folder when absent. */
  readonly metadataUrl?: () => Promise<string>;
  readonly skip: string | false;
};

const bucket = 'placed';
const bucketId = 7;
const random = '0123456789abcdef';
const blob = 'b'.repeat(32);
const moved = `GLACIER/${'c'.repeat(32)}`;
const place = 'GLACIER' as const;
const nowMs = 1_000;
const due = { place, nowMs: 10 * dayMs, limit: 10 };

export function transitionSuite(engine: string, { metadataUrl, skip }: TransitionSuiteOptions): void {
  const opened = async (t: TestContext): Promise<MetadataSql> => {
    const url = (await metadataUrl?.()) ?? `file:${await temporaryDirectory(t)}/metadata.sqlite`;
    const sql = await openSql(metadataStore, { url, world: realWorld() });
    t.after(() => sql.close());
    const made = { name: bucket, id: bucketId, owner: 'me', created_ms: 1 };
    await sql.write('createConfiguredBucket', { bucket: made, changes: [] });
    return sql;
  };
  const put = (sql: MetadataSql, data = blob) =>
    sql.write(
      'putObject',
      packedPut({
        ...{ bucket, bucketId, random, condition: undefined, place },
        object: {
          ...{
            key: 'a',
            size: 10,
            etag: 'e',
            modified_ms: nowMs,
            checksum: 'GLACIER',
            part_count: null,
            data,
          },
          attributes: '{"headers":{},"userMetadata":{}}',
        },
      }),
    );
  const movementOf = async (sql: MetadataSql) => {
    const [found] = await sql.read('listMovements', due);
    const { intact, ...movement } = found!;
    assert(intact);
    return movement;
  };
  const garbageOf = async (sql: MetadataSql) =>
    (await sql.read('listGarbage', { limit: 10, held: [] })).blobs;
  const placedGarbageOf = (sql: MetadataSql) => sql.read('listPlacedGarbage', { place, limit: 10, held: [] });
  const move = async (sql: MetadataSql) => {
    const movement = await movementOf(sql);
    await sql.write('addPlacedGarbage', { id: moved, sinceMs: nowMs });
    return sql.write('adoptPlaced', { movement, etag: 'e', data: moved, nowMs });
  };

  test(`${engine}: a move takes the name out of the outbox and puts the old bytes into the garbage`, {
    skip,
  }, async (t) => {
    const sql = await opened(t);
    await put(sql);
    assert.equal(await move(sql), 'adopted');
    assert.deepEqual(await placedGarbageOf(sql), []);
    assert.deepEqual(await garbageOf(sql), [blob]);
    assert.deepEqual(await sql.read('listMovements', due), []);
    const found = await sql.read('findObject', { bucket, key: 'a' });
    assert(typeof found !== 'string');
    assert.deepEqual([found.data, found.modified_ms], [moved, nowMs]);
    const { blobs } = await sql.read('listBlobReferences', { cursor: firstBlobReference, limit: 10 });
    assert.equal(blobs, '', 'a moved blob is none of the data store');
    const { objects, bytes, waiting } = await sql.read('countPlaced', { place });
    assert.deepEqual({ objects, bytes, waiting }, { objects: 1, bytes: 10, waiting: 0 });
    assert.equal((await sql.read('countEverything', {})).blobs, 0);
  });

  test(`${engine}: a blob that was given up, or is of other bytes, is not adopted`, { skip }, async (t) => {
    const sql = await opened(t);
    await put(sql);
    const movement = await movementOf(sql);
    assert.equal(await sql.write('adoptPlaced', { movement, etag: 'e', data: moved, nowMs }), 'changed');
    await put(sql, 'd'.repeat(32));
    await sql.write('addPlacedGarbage', { id: moved, sinceMs: nowMs });
    assert.equal(await sql.write('adoptPlaced', { movement, etag: 'e', data: moved, nowMs }), 'changed');
    assert.deepEqual(await placedGarbageOf(sql), [moved]);
    assert.equal((await movementOf(sql)).source, 'd'.repeat(32), 'the new one waits for its own move');
  });

  test(`${engine}: an object that was appended to while its parts were moved is not adopted`, {
    skip,
  }, async (t) => {
    const sql = await opened(t);
    const uploadId = '9'.repeat(32);
    const name = { bucket, key: 'a', uploadId };
    const attributes = '{"headers":{},"userMetadata":{},"storageClass":"GLACIER"}';
    const upload = { key: 'a', id: uploadId, initiated_ms: nowMs, owner: 'me', attributes, checksum: null };
    await sql.write('createUpload', { bucket, bucketId, upload });
    const part = { number: 1, blob, size: 10, etag: 'e'.repeat(32), modified_ms: nowMs, checksum: null };
    await sql.write('putPart', { ...name, part: { ...part, salt: null }, algorithm: undefined });
    const completed = await sql.write('completeUpload', {
      ...{
        ...name,
        nowMs,
        random,
        parts: [{ number: 1, etag: part.etag }],
        condition: undefined,
        retention: undefined,
      },
      ...{ partBytesMin: 0, keyShown: true, origin: undefined, places: [place] },
    });
    assert(typeof completed !== 'string');
    const movement = await movementOf(sql);
    const { etag } = completed.object;
    await sql.write('addPlacedGarbage', { id: moved, sinceMs: nowMs });
    // All of it is at the place by now.
    const added = { ...{ key: 'a', size: 5, etag: 'f'.repeat(32), modified_ms: nowMs }, checksum: null };
    const appended = await sql.write('appendObject', {
      ...{ bucket, bucketId, random, condition: undefined, cause: undefined, uploadId: '8'.repeat(32) },
      ...{ object: { ...added, part_count: null, data: 'd'.repeat(32), attributes }, offset: 10 },
      ...{ found: null, salt: null, places: [place] },
    });
    assert(typeof appended !== 'string');
    assert.equal(await sql.write('adoptPlaced', { movement, etag, data: moved, nowMs }), 'changed');
    assert.deepEqual([await placedGarbageOf(sql), await garbageOf(sql)], [[moved], []]);
    assert.deepEqual(await movementOf(sql), movement, 'it is moved again, with what was appended');
  });

  test(`${engine}: what replaces a moved object puts its name into the outbox, and its copy into the garbage`, {
    skip,
  }, async (t) => {
    const sql = await opened(t);
    await put(sql);
    await move(sql);
    const found = await sql.read('findObject', { bucket, key: 'a' });
    assert(typeof found !== 'string');
    const { version, data: source } = found;
    const asked = {
      ...{ bucket: bucketId, key: 'a', version, source, storageClass: place },
      ...{ days: 1, dayMs, nowMs, origin: undefined },
    };
    assert.equal(await sql.write('requestRestore', asked), 'accepted');
    assert.equal(await sql.write('requestRestore', asked), 'RestoreAlreadyInProgress');
    await sql.write('postponeRestore', { source, dueMs: 20 * dayMs });
    assert.deepEqual(await sql.read('listRestores', due), [], 'a copy that could not be made is put off');
    await sql.write('dropRottenRestore', { source });
    assert.equal((await sql.read('findRestored', { source }))?.ready, 0, 'a sound row stays');
    for (const key of ['another', 'a'])
      await sql.write('giveUpRestore', { source, of: { bucket: bucketId, key, version }, sinceMs: nowMs });
    assert.equal((await sql.read('findRestored', { source }))?.ready, 0, 'its version is there');
    const copy = 'e'.repeat(32);
    const finished = { source, blob: copy, nowMs, dayMs };
    assert.equal(await sql.write('finishRestore', finished), 'restored');
    assert.equal(await sql.write('requestRestore', { ...asked, days: 2 }), 'extended');
    assert.equal((await sql.read('findRestored', { source }))?.due_ms, 3 * dayMs);
    await sql.write('expireRestore', { source, nowMs: 3 * dayMs - 1 });
    assert.equal((await sql.read('findRestored', { source }))?.blob, copy, 'its time is not over');
    await put(sql, 'd'.repeat(32));
    assert.deepEqual(await placedGarbageOf(sql), [moved]);
    assert.deepEqual((await garbageOf(sql)).toSorted(), [blob, copy]);
    assert.equal(await sql.write('finishRestore', { ...finished, blob: 'f'.repeat(32) }), 'gone');
    assert((await garbageOf(sql)).includes('f'.repeat(32)), 'a copy that came too late is garbage');
    await sql.write('forgetPlacedGarbage', { ids: [moved] });
    assert.deepEqual(await placedGarbageOf(sql), []);
  });
}
