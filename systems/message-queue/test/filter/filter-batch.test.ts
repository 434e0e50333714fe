// What is left of one batch: by any filter the same as of the plain list of its records.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMetrics } from '@cairn/telemetry';
import { realWorld } from '@cairn/world';
import { SeededRandom } from '@cairn/world/simulated';
import {
  type Compression,
  compressions,
  decodeBatchHeader,
  isChecksumRight,
  type NewBatchHeader,
} from '../../src/batch/batch-header.ts';
import { unpackedRecords } from '../../src/batch/compression.ts';
import { decodeRecords } from '../../src/batch/records.ts';
import { filterBatch } from '../../src/filter/filter-batch.ts';
import { FilterWork } from '../../src/filter/filter-work.ts';
import { parseTagFilter } from '../../src/filter/tag-filter.ts';
import {
  batchHeaderBytes,
  filteredUnpackedBytesMax,
  filterHeadersMax,
  filterTagBytesMax,
} from '../../src/limits.ts';
import { type Tagged, taggedBatch } from './tagged-batches.ts';

const metrics = createMetrics();
const work = new FilterWork({ clock: realWorld().clock, metrics });

async function left(batch: Buffer, { filter = 'red', fromOffset = 0 } = {}) {
  const header = decodeBatchHeader(batch);
  return filterBatch({ header, bytes: batch }, { filter: parseTagFilter(filter), fromOffset, work });
}

async function valuesOf(batch: Uint8Array): Promise<readonly (readonly [number, string])[]> {
  const header = decodeBatchHeader(batch);
  const records = decodeRecords(header, await unpackedRecords(header, batch));
  return [...records].map(({ offset, value }) => [offset, Buffer.from(value!).toString()] as const);
}

const place: Partial<NewBatchHeader> = {
  ...{ baseOffset: 1_000, leaderEpoch: 7, producerId: 42, producerEpoch: 3, baseSequence: 99 },
};

for (const compression of compressions)
  test(`of a batch is left what is wanted of its records: ${compression}`, async () => {
    const random = new SeededRandom(compressions.indexOf(compression));
    for (let round = 0; round < 40; round++) {
      const records = Array.from({ length: 1 + random.integer(100) }, (_, index): Tagged => {
        const tags = ['red', 'blue', 'old', ''].filter(() => random.integer(3) === 0);
        return {
          value: `${index} ${'x'.repeat(random.integer(50))}`,
          tags: tags.length === 0 ? undefined : tags.join(' ,'),
        };
      });
      const fromOffset = 1_000 + random.integer(records.length);
      const batch = await taggedBatch(records, { ...place, compression });
      const wanted = records.flatMap(({ value, tags = '' }, index) => {
        const has = tags.split(',').map((tag) => tag.trim());
        const isWanted = (has.includes('red') || has.includes('blue')) && !has.includes('old');
        return isWanted && 1_000 + index >= fromOffset ? [[1_000 + index, value] as const] : [];
      });
      const { bytes } = await left(batch, { filter: '(red || blue) && !old', fromOffset });
      assert.deepEqual(bytes === undefined ? [] : await valuesOf(bytes), wanted);
      if (bytes === undefined) continue;
      assert.ok(isChecksumRight(bytes));
      const { lengthBytes: _, recordCount, ...header } = decodeBatchHeader(bytes);
      const { lengthBytes: __, recordCount: ___, ...before } = decodeBatchHeader(batch);
      assert.equal(recordCount, wanted.length);
      assert.deepEqual(header, before);
    }
  });

const red: Tagged = { value: 'red', tags: 'red' };
const green: Tagged = { value: 'green', tags: 'green' };

test('a batch of which all is wanted stays as it is', async () => {
  const batch = await taggedBatch([red, red], { compression: 'gzip' });
  assert.equal((await left(batch)).bytes, batch);
});

test('nothing is left of a batch of which nothing is wanted, and it is counted', async () => {
  const counted = () => Number(/filtered_records_total (\d+)/.exec(metrics.expose())?.[1]);
  const before = counted();
  assert.equal((await left(await taggedBatch([green, green, green]))).bytes, undefined);
  assert.equal(counted() - before, 3);
});

test('a batch without records is left out', async () => {
  const batch = await taggedBatch([], { lastOffsetDelta: 4 });
  assert.equal((await left(batch)).bytes, undefined);
});

test('markers of transactions stay', async () => {
  const batch = await taggedBatch([green], { isControl: true, isTransactional: true });
  assert.equal((await left(batch)).bytes, batch);
});

test('a batch of a transaction keeps what makes it one', async () => {
  const batch = await taggedBatch([green, red], { ...place, isTransactional: true });
  const { bytes } = await left(batch);
  const { isTransactional, producerId, baseOffset, lastOffsetDelta } = decodeBatchHeader(bytes!);
  assert.deepEqual([isTransactional, producerId, baseOffset, lastOffsetDelta], [true, 42, 1_000, 1]);
});

test('with the broker’s time the largest timestamp stays', async () => {
  const batch = await taggedBatch([red, green], { isLogAppendTime: true, maxTimestampMs: 5_000 });
  assert.equal(decodeBatchHeader((await left(batch)).bytes!).maxTimestampMs, 5_000);
});

test('records that cannot be read stay as they are', async () => {
  const whole = await taggedBatch([red, green]);
  for (let at = batchHeaderBytes; at < whole.length; at++) {
    const batch = Buffer.from(whole);
    batch[at]! ^= 0xff;
    const { bytes } = await left(batch);
    // What was hit may as well be a value, or a tag.
    if (bytes !== undefined && bytes !== batch) assert.ok(isChecksumRight(bytes));
  }
  const cut = await taggedBatch([red, green], { recordCount: 3 });
  assert.equal((await left(cut)).bytes, cut);
  const counted = await taggedBatch([red, green], { recordCount: 2 ** 31 - 1 });
  assert.equal((await left(counted)).bytes, counted);
  const unpackable = await taggedBatch([red, green], { compression: 'gzip' });
  unpackable.fill(0, batchHeaderBytes);
  assert.equal((await left(unpackable)).bytes, unpackable);
});

for (const compression of ['none', 'gzip', 'lz4'] satisfies readonly Compression[])
  test(`a batch that is too large to look at stays as it is: ${compression}`, async () => {
    const value = 'x'.repeat(filteredUnpackedBytesMax / 8);
    const batch = await taggedBatch(Array(8).fill({ value, tags: 'green' }), { compression });
    assert.equal((await left(batch)).bytes, batch);
  });

test('a record with more headers or tags than are looked at is wanted', async () => {
  const many = { value: 'many', tags: 'x,'.repeat(filterTagBytesMax / 2 + 1) };
  const few = { value: 'few', tags: 'x,'.repeat(filterTagBytesMax / 2) };
  const headed = { value: 'headed', tags: 'green', headers: filterHeadersMax };
  const { bytes } = await left(await taggedBatch([many, few, headed, { ...headed, headers: 1 }, red]));
  assert.deepEqual(
    (await valuesOf(bytes!)).map(([, value]) => value),
    ['many', 'headed', 'red'],
  );
});

test('a turn of the event loop looks at a bounded number of records', async () => {
  let nowMs = 0;
  let [turns, looks, looksOfTurn, looksMax] = [0, 0, 0, 0];
  const clock = {
    monotonicMs: () => {
      looks += 1;
      looksMax = Math.max(looksMax, ++looksOfTurn);
      return ++nowMs;
    },
    sleep: async () => {
      turns += 1;
      looksOfTurn = 0;
    },
  };
  const paced = new FilterWork({ clock, metrics: createMetrics() });
  const batch = await taggedBatch(
    Array.from({ length: 20_000 }, (_, index) => (index % 2 === 0 ? red : green)),
  );
  const options = { filter: parseTagFilter('red'), fromOffset: 0, work: paced };
  const { bytes } = await filterBatch({ header: decodeBatchHeader(batch), bytes: batch }, options);
  assert.equal(decodeBatchHeader(bytes!).recordCount, 10_000);
  // A millisecond passes at each look, so that a turn has a few of them.
  assert.ok(looksMax <= 10, `${looksMax} looks in a turn`);
  assert.ok(turns * 6 >= looks, `${turns} turns for ${looks} looks`);
});

test('filters that work side by side share a turn, and each gets its own', async () => {
  const { clock } = realWorld();
  const shared = new FilterWork({ clock, metrics: createMetrics() });
  const batch = await taggedBatch(
    Array.from({ length: 20_000 }, (_, index) => (index % 2 === 0 ? red : green)),
  );
  const options = { filter: parseTagFilter('red'), fromOffset: 0, work: shared };
  const all = await Promise.all(
    Array.from({ length: 8 }, () => filterBatch({ header: decodeBatchHeader(batch), bytes: batch }, options)),
  );
  for (const { bytes } of all) assert.equal(decodeBatchHeader(bytes!).recordCount, 10_000);
});
