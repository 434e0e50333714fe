// Whatever is in a log, and however it is read: a consumer with a filter sees what one without sees, but for what it does not
// want.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMetrics } from '@cairn/telemetry';
import type { World } from '@cairn/world';
import { SeededRandom } from '@cairn/world/simulated';
import { decodeBatchHeader } from '../../src/batch/batch-header.ts';
import { FilterWork } from '../../src/filter/filter-work.ts';
import { FilteredRead, type FilteredReadOptions } from '../../src/filter/filtered-read.ts';
import { parseTagFilter } from '../../src/filter/tag-filter.ts';
import { filterReadBytes } from '../../src/limits.ts';
import type { LogPartition } from '../../src/partition/log-partition.ts';
import { type Partition, PartitionError } from '../../src/partition/partition.ts';
import { open, readAll, recordsOf, type SeenRecord, within } from '../partition/partition-fixture.ts';
import { type Tagged, taggedBatch } from './tagged-batches.ts';

const red = parseTagFilter('red');

function records(random: SeededRandom): readonly Tagged[] {
  return Array.from({ length: 1 + random.integer(6) }, () => {
    const tags = random.integer(4) === 0 ? 'red' : 'green';
    return { value: `${tags} ${'x'.repeat(random.integer(random.integer(4) === 0 ? 16_000 : 100))}`, tags };
  });
}

/** Batches of transactions that are open side by side, and of producers without any. */
async function fill(partition: LogPartition, random: SeededRandom): Promise<void> {
  const sequences = new Map<number, number>();
  for (let count = 0; count < 120; count++) {
    const producerId = random.integer(4);
    if (producerId === 0) await partition.append({ records: await taggedBatch(records(random)) });
    else if (random.integer(4) === 0) {
      const commit = random.integer(2) === 0;
      await partition.endTransaction({ producerId, producerEpoch: 0, coordinatorEpoch: 0, commit });
    } else {
      const list = records(random);
      const baseSequence = sequences.get(producerId) ?? 0;
      sequences.set(producerId, baseSequence + list.length);
      const header = { isTransactional: true, producerId, producerEpoch: 0, baseSequence };
      const transactionalId = `transaction ${producerId}`;
      await partition.append({ records: await taggedBatch(list, header), transactionalId });
    }
  }
}

function options(world: World, partition: Pick<Partition, 'read'>): Omit<FilteredReadOptions, 'offset'> {
  const work = new FilterWork({ clock: world.clock, metrics: createMetrics() });
  return { partition, committed: false, filter: red, movesOnBy: 'marker', lookedAtBytesMax: 1_000_000, work };
}

/** As a consumer reads on: each answer moves it on, or there is nothing more. */
async function readFiltered(
  made: Omit<FilteredReadOptions, 'offset'>,
  random: SeededRandom,
): Promise<readonly SeenRecord[]> {
  const seen: SeenRecord[] = [];
  for (let offset = 0; ; ) {
    const reading = new FilteredRead({ ...made, offset, lookedAtBytesMax: 1 + random.integer(600_000) });
    const bytesMax = 1 + random.integer(50_000);
    await reading.read({ bytesMax, atLeastOne: true });
    // As a fetch that waited reads again.
    const fetched = await reading.read({ bytesMax, atLeastOne: true });
    const last = fetched.records.at(-1);
    if (last === undefined) return seen;
    seen.push(...recordsOf(fetched, offset));
    const { baseOffset, lastOffsetDelta } = decodeBatchHeader(last);
    assert.ok(baseOffset + lastOffsetDelta >= offset, 'it moves on');
    offset = baseOffset + lastOffsetDelta + 1;
  }
}

for (let seed = 0; seed < 20; seed++)
  test(
    `a log is read as its list of records is filtered: seed ${seed}`,
    within(async (world) => {
      const random = new SeededRandom(seed);
      const partition = await open(world);
      await fill(partition, random);
      for (const committed of [false, true])
        for (const movesOnBy of ['marker', 'passed-record'] as const) {
          const made = { ...options(world, partition), committed, movesOnBy };
          const plain = await readAll(partition, { committed });
          const wanted = plain.filter(({ text }) => text.startsWith('red'));
          assert.deepEqual(await readFiltered(made, random), wanted);
        }
      await partition.close();
    }),
  );

test(
  'damage behind what was looked at is told to who reads on',
  within(async (world) => {
    const partition = await open(world);
    for (let count = 0; count < 3; count++)
      await partition.append({ records: await taggedBatch([{ value: 'x'.repeat(90_000), tags: 'green' }]) });
    const failing: Pick<Partition, 'read'> = {
      read: async (request) => {
        if (request.offset >= 3) throw new PartitionError('CORRUPT_MESSAGE', 'it rotted');
        return partition.read({ ...request, bytesMax: filterReadBytes });
      },
    };
    const made = options(world, failing);
    const first = await new FilteredRead({ ...made, offset: 0 }).read({ bytesMax: 1_000, atLeastOne: true });
    assert.deepEqual([first.isBehind, decodeBatchHeader(first.records[0]!).baseOffset], [true, 2]);
    const second = new FilteredRead({ ...made, offset: 3 }).read({ bytesMax: 1_000, atLeastOne: true });
    await assert.rejects(second, { code: 'CORRUPT_MESSAGE' });
    await partition.close();
  }),
);

test(
  'what is looked at is bounded, but for one batch',
  within(async (world) => {
    const partition = await open(world);
    for (let count = 0; count < 40; count++)
      await partition.append({ records: await taggedBatch([{ value: 'x'.repeat(90_000), tags: 'green' }]) });
    const lastLookedAt = async (lookedAtBytesMax: number) => {
      const reading = new FilteredRead({ ...options(world, partition), offset: 0, lookedAtBytesMax });
      const {
        records: left,
        sizeBytes,
        isBehind,
      } = await reading.read({ bytesMax: 1_000, atLeastOne: true });
      assert.equal(sizeBytes, 0);
      return [isBehind, decodeBatchHeader(left[0]!).baseOffset];
    };
    assert.deepEqual(await lastLookedAt(1), [true, 0]);
    assert.deepEqual(await lastLookedAt(900_000), [true, 9]);
    assert.deepEqual(await lastLookedAt(10_000_000), [false, 39]);
    await partition.close();
  }),
);
