// New blobs are added many at a time where nothing is in their way: what that leaves is what one at a time leaves.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openSql } from '@cairn/engines';
import { temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import indexStore from '../index-store.ts';
import { encodeRuns } from '../runs.ts';
import { blobColumns } from './blob-columns.ts';

async function openIndex(t: TestContext) {
  const directory = await temporaryDirectory(t);
  const sql = await openSql(indexStore, {
    url: `file:${join(directory, 'blobs.sqlite')}`,
    world: realWorld(),
    durability: 'os',
  });
  t.after(() => sql.close());
  const add = async (...numbers: number[]) => {
    const added = blobColumns(numbers.map(blobOf));
    await sql.write('indexBlobs', { added, moved: [], recovered: [], checkpoints: [] });
  };
  const ids = () => sql.read('listBlobIds', { after: '', limit: 1_000 });
  const counts = async () => (await sql.read('listSegments', {})).counted;
  return { sql, add, ids, counts };
}

const blockOf64BytesWithHeaders = 128;

/** One in four lies in two segments. */
function blobOf(number: number) {
  const first = { segment: number % 3, position: 64, blocks: 1 };
  const runs = number % 4 === 0 ? [first, { segment: 7, position: 64, blocks: 0 }] : [first];
  return { blob: idOf(number), place: { log: 0, sizeBytes: 64, runs } };
}

function idOf(number: number): string {
  return number.toString(16).padStart(32, '0');
}

function countsOf(numbers: readonly number[]) {
  const counts = [0, 1, 2].map((segment) => {
    const blobs = numbers.filter((number) => number % 3 === segment).length;
    return { log: 0, segment, blobs, bytes: blobs * blockOf64BytesWithHeaders };
  });
  const last = { log: 0, segment: 7, blobs: numbers.filter((number) => number % 4 === 0).length, bytes: 0 };
  return [...counts, last].filter(({ blobs }) => blobs > 0);
}

const upTo = (count: number) => Array.from({ length: count }, (_, number) => number);

test('every blob is added with its own place', async (t) => {
  const { sql, add } = await openIndex(t);
  await add(...upTo(100));
  for (const number of upTo(100)) {
    const row = await sql.lookup('locateBlob', { blob: idOf(number) });
    const { place } = blobOf(number);
    assert.deepEqual(
      { log: row?.log, size: row?.size, runs: row && Buffer.from(row.runs) },
      { log: place.log, size: place.sizeBytes, runs: encodeRuns(place.runs) },
    );
  }
});

const cases: readonly { name: string; batches: readonly (readonly number[])[] }[] = [
  { name: 'that are all new', batches: [upTo(100)] },
  { name: 'out of order', batches: [upTo(100).toReversed()] },
  { name: 'that were added before', batches: [upTo(64), upTo(64)] },
  { name: 'of which some were added before', batches: [[3, 17, 40], upTo(64)] },
  { name: 'between which another one lies', batches: [[20], upTo(64).filter((number) => number !== 20)] },
  { name: 'of which one comes twice', batches: [[...upTo(15), 7, ...upTo(40)]] },
  { name: 'none', batches: [[], [1]] },
];

for (const { name, batches } of cases) {
  test(`blobs are there once, and counted once: ${name}`, async (t) => {
    const { add, ids, counts } = await openIndex(t);
    for (const batch of batches) await add(...batch);
    const all = [...new Set(batches.flat())].sort((left, right) => left - right);
    assert.deepEqual(await ids(), all.map(idOf));
    assert.deepEqual(await counts(), countsOf(all));
  });
}
