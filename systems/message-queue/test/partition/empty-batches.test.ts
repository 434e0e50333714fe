// Batches without records, as delayed messages leave them where all records of a batch were taken out.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { batchOf, open, readAll, texts, within } from './partition-fixture.ts';

const empty = (producerId: number, baseSequence: number) =>
  batchOf([], {
    producerId,
    producerEpoch: 0,
    baseSequence,
    lastOffsetDelta: 2,
    baseTimestampMs: -1,
    maxTimestampMs: -1,
  });

describe('batches without records', () => {
  it(
    'are above the high watermark at the end of the log, also after a restart, and are passed over below it',
    within(async (world) => {
      const partition = await open(world);
      await partition.append({ records: batchOf(['one']) });
      for (const sequence of [0, 3]) await partition.append({ records: empty(7, sequence), isOwn: true });
      assert.deepEqual([partition.highWatermark, partition.lastStableOffset, partition.endOffset], [1, 1, 7]);
      await partition.close();
      const again = await open(world, { leaderEpoch: 2 });
      assert.deepEqual([again.highWatermark, again.endOffset], [1, 7]);
      const { records } = await again.read({
        offset: 1,
        bytesMax: 1_000,
        atLeastOne: true,
        committed: false,
      });
      assert.deepEqual(records, []);
      await again.append({ records: batchOf(['two']) });
      assert.equal(again.highWatermark, 8);
      const seen = await readAll(again, { from: 1, bytesMax: 1 });
      assert.deepEqual(seen, [{ offset: 7, text: 'two' }]);
    }),
  );

  it(
    'keep the sequence of their producer: a retry is known, the next follows',
    within(async (world) => {
      const partition = await open(world);
      const first = await partition.append({ records: empty(7, 0), isOwn: true });
      const retry = await partition.append({ records: empty(7, 0), isOwn: true });
      assert.deepEqual([first.baseOffset, retry.baseOffset], [0, 0]);
      const next = { producerId: 7, producerEpoch: 0, baseSequence: 3 };
      assert.equal((await partition.append({ records: batchOf(['next'], next) })).baseOffset, 3);
    }),
  );

  it(
    'are not given because of a record behind them that is not durable yet',
    within(async (world) => {
      const partition = await open(world);
      await partition.append({ records: batchOf(['one']) });
      await partition.append({ records: empty(7, 0), isOwn: true });
      let isDurable = false;
      const appending = partition.append({ records: batchOf(['two']) }).then(() => {
        isDurable = true;
      });
      const told = new Set<number>();
      while (!isDurable) {
        if (partition.endOffset === 5) told.add(partition.highWatermark);
        await world.clock.sleep(0.01);
      }
      await appending;
      assert.deepEqual([...told], [1]);
      assert.equal(partition.highWatermark, 5);
    }),
  );

  it(
    'are refused from clients',
    within(async (world) => {
      const partition = await open(world);
      await assert.rejects(partition.append({ records: empty(7, 0) }), { code: 'INVALID_RECORD' });
    }),
  );

  it(
    'do not count as a time',
    within(async (world) => {
      const partition = await open(world);
      await partition.append({ records: batchOf(['one'], { timestampMs: 5 }) });
      await partition.append({ records: empty(7, 0), isOwn: true });
      await partition.append({ records: batchOf(['two'], { timestampMs: 3 }) });
      assert.deepEqual(await partition.maxTimestamp(), { offset: 0, timestampMs: 5 });
      assert.deepEqual(await partition.offsetOfTime(1), { offset: 0, timestampMs: 5 });
      assert.deepEqual(texts(await readAll(partition)), ['one', 'two']);
    }),
  );
});
