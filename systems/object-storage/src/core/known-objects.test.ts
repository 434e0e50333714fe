// What is remembered is never older than what somebody may have seen.

import assert from 'node:assert/strict';
import test from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { FoundObject } from '../metadata/current-object.ts';
import type { MetadataSql } from '../metadata/store.ts';
import { KnownObjects } from './known-objects.ts';

const name = { bucket: 'bucket', key: 'key' };
const other = { bucket: 'bucket', key: 'other' };
const elsewhere = { bucket: 'elsewhere', key: name.key };
/** Of its rows. */
const numberOf = (bucket: string) => Number.parseInt(Buffer.from(bucket).toString('hex').slice(0, 12), 16);

const anyRow: Omit<FoundObject, 'bucket' | 'key' | 'etag'> = {
  ...{ size: 1, modified_ms: 1, attributes: '{"headers":{},"userMetadata":{}}', checksum: null },
  ...{ data: '0123456789abcdef0123456789abcdef', part_count: null, shared: null },
  ...{ version: '~', null_version: 1, row_crc: null, bucket_versioning: null },
};

function openKnown({ charactersMax = 1_000_000 } = {}) {
  const lookups: { key: string; answer: (etag: string) => void }[] = [];
  const writes: { answer: () => void; fail: () => void }[] = [];
  const metadata = {
    lookup: (_: string, { bucket, key }: { bucket: string; key: string }) =>
      new Promise((resolve) => {
        const row = { ...anyRow, bucket: numberOf(bucket), key };
        lookups.push({ key, answer: (etag) => resolve({ ...row, etag }) });
      }),
    write: () =>
      new Promise((resolve, reject) => {
        writes.push({ answer: () => resolve('stored'), fail: () => reject(new Error('lost')) });
      }),
  } as unknown as MetadataSql;
  const known = new KnownObjects({ metadata, charactersMax });
  const noting = known.noting();
  const put = ({ bucket, key } = name) =>
    noting.write('putObject', [bucket, key] as unknown as Parameters<typeof noting.write<'putObject'>>[1]);
  const look = async (etag: string, wanted = name) => {
    const finding = known.find(wanted);
    lookups.at(-1)!.answer(etag);
    await finding;
  };
  const etag = (wanted = name) => known.now(wanted)?.row.etag;
  return { known, noting, lookups, writes, put, look, etag };
}

test('a row is remembered until a write of its key is sent, and again after a look behind its answer', async () => {
  const { put, look, etag, writes } = openKnown();
  await look('old');
  assert.equal(etag(), 'old');
  const putting = put();
  assert.equal(etag(), undefined, 'it may be committed, and others may have seen it');
  await look('old');
  assert.equal(etag(), undefined, 'until the answer nobody knows what comes next');
  writes[0]!.answer();
  await putting;
  assert.equal(etag(), undefined);
  await look('new');
  assert.equal(etag(), 'new');
});

test('of two writes of one key the first answer does not let it be remembered', async () => {
  const { put, look, etag, writes } = openKnown();
  const [first, second] = [put(), put()];
  writes[0]!.answer();
  await first;
  await look('first');
  assert.equal(etag(), undefined);
  writes[1]!.answer();
  await second;
  await look('second');
  assert.equal(etag(), 'second');
});

test('a lookup that a write was sent or answered under is not remembered', async () => {
  const { known, put, etag, lookups, writes } = openKnown();
  const early = known.find(name);
  const putting = put();
  const between = known.find(name);
  writes[0]!.answer();
  await putting;
  for (const { answer } of lookups) answer('old');
  await Promise.all([early, between]);
  assert.equal(etag(), undefined);
});

test('an answer that was lost is an answer', async () => {
  const { put, look, etag, writes } = openKnown();
  await look('old');
  const putting = put();
  writes[0]!.fail();
  await assert.rejects(putting, /lost/);
  assert.equal(etag(), undefined);
  await look('whatever it is now');
  assert.equal(etag(), 'whatever it is now');
});

test('a write of one key leaves the others remembered, one of a bucket none', async () => {
  const { noting, put, look, etag, writes } = openKnown();
  await look('old');
  const putting = put(other);
  assert.equal(etag(), 'old');
  writes[0]!.answer();
  await putting;
  assert.equal(etag(), 'old');
  const changing = noting.write('changeVersioning', { bucket: name.bucket, versioning: 'enabled' });
  assert.equal(etag(), undefined);
  await look('old');
  assert.equal(etag(), undefined);
  writes[1]!.answer();
  await changing;
  await look('new');
  assert.equal(etag(), 'new');
});

test('a write of the same key in another bucket, or of another key, leaves a look under it remembered', async () => {
  const { put, look, etag } = openKnown();
  void put(elsewhere);
  void put(other);
  await look('old');
  assert.equal(etag(), 'old');
  await look('unknown', elsewhere);
  await look('unknown', other);
  assert.deepEqual([etag(elsewhere), etag(other)], [undefined, undefined]);
});

test('a write of the background forgets the key that it changes and no other, though it names the bucket by number', async () => {
  const { noting, look, etag, writes } = openKnown();
  for (const each of [name, other, elsewhere]) await look('old', each);
  const row = { bucket: numberOf(name.bucket), key: name.key, version: 'v' };
  const settling = noting.write('settleReplication', { target: 't', changes: 1, state: undefined, ...row });
  assert.deepEqual([etag(), etag(other), etag(elsewhere)], [undefined, 'old', 'old']);
  await look('old');
  assert.equal(etag(), undefined, 'until the answer nobody knows what comes next');
  writes[0]!.answer();
  await settling;
  await look('new');
  assert.equal(etag(), 'new');
});

test('a write that may change all of a bucket leaves the other buckets remembered', async () => {
  const { noting, look, etag, writes } = openKnown();
  for (const each of [name, other, elsewhere]) await look('old', each);
  const step = { target: 't', bucket: numberOf(name.bucket), keys: 1, nowMs: 0 };
  const passing = noting.write('continuePass', step);
  assert.deepEqual([etag(), etag(other), etag(elsewhere)], [undefined, undefined, 'old']);
  await look('old', other);
  assert.equal(etag(other), undefined);
  writes[0]!.answer();
  await passing;
  await look('new', other);
  assert.deepEqual([etag(), etag(other), etag(elsewhere)], [undefined, 'new', 'old']);
});

test('what changes no row of an object leaves all of them remembered', async () => {
  const { noting, look, etag } = openKnown();
  await look('kept');
  void noting.write('countPage', { limit: 1 });
  void noting.write('retryReplication', {});
  void noting.write('expireRestore', { source: 's', nowMs: 0 });
  assert.equal(etag(), 'kept');
});

test('both names of a rename are forgotten', async () => {
  const { noting, look, etag } = openKnown();
  await look('moved');
  await look('replaced', other);
  const input = { bucket: 'bucket', source: 'key', key: 'other' };
  void noting.write('renameObject', input as Parameters<typeof noting.write<'renameObject'>>[1]);
  assert.deepEqual([etag(), etag(other)], [undefined, undefined]);
});

test('what is made of a row is kept when it is asked for again, and forgotten with it', async () => {
  const { known, noting, put, look, etag, writes } = openKnown();
  await look('old');
  const kept = known.now(name);
  assert(kept?.isKept);
  assert.equal(known.now(name), kept, 'the same one');
  const putting = put();
  assert.equal(etag(), undefined);
  writes[0]!.answer();
  await putting;
  await look('new');
  assert.equal(etag(), 'new');
  assert.equal(etag(), 'new');
  const changing = noting.write('changeVersioning', { bucket: name.bucket, versioning: 'enabled' });
  assert.equal(etag(), undefined);
  writes[1]!.answer();
  await changing;
  await look('newer');
  assert.deepEqual([etag(), etag()], ['newer', 'newer']);
});

test('a bucket that is forgotten takes what was made of its rows along', async () => {
  const { noting, look, etag, writes } = openKnown();
  await look('old');
  assert.deepEqual([etag(), etag()], ['old', 'old']);
  const deleting = noting.write('deleteBucket', { bucket: name.bucket, nowMs: 0 } as never);
  writes[0]!.answer();
  await deleting;
  await look('anew', other);
  assert.deepEqual([etag(), etag(other)], [undefined, 'anew'], 'also when the bucket is known again');
});

test('where others write too nothing is remembered', async () => {
  const { look, etag } = openKnown({ charactersMax: 0 });
  await look('old');
  assert.equal(etag(), undefined);
});

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

test('what is remembered does not keep the heads of the requests that asked for it', async () => {
  const { look, etag } = openKnown();
  const headBytes = 1_000_000;
  const heads = 40;
  const keyOf = (number: number) => `a key of some length, number ${number}`;
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  for (let number = 0; number < heads; number++) {
    const head = Buffer.from(keyOf(number).padEnd(headBytes)).toString('latin1');
    await look('any', { bucket: 'bucket', key: head.slice(0, keyOf(number).length) });
  }
  collectGarbage();
  const keptBytes = process.memoryUsage().heapUsed - before;
  assert.equal(etag({ bucket: 'bucket', key: keyOf(0) }), 'any');
  assert(keptBytes < (heads * headBytes) / 4, `${keptBytes} bytes`);
});
