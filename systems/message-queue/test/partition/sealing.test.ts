// When segments end and expire.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { batchOf, directory, open, range, readAll, within } from './partition-fixture.ts';

describe('sealing', () => {
  test(
    'the segment that is written goes too once all of it has expired, as in Kafka',
    within(async (world) => {
      const partition = await open(world, { retentionMs: 50 });
      await partition.append({ records: batchOf(['a'], { timestampMs: world.clock.nowMs() }) });
      await partition.upkeep();
      assert.equal(partition.startOffset, 0);
      await world.clock.sleep(100);
      await partition.upkeep();
      assert.equal(partition.startOffset, 1);
    }),
  );

  test(
    'batches that begin a segment together are all read at once, not only the first of them',
    within(async (world) => {
      const partition = await open(world, { segmentMs: 5 });
      await partition.append({ records: batchOf(['one']) });
      await world.clock.sleep(10);
      await partition.upkeep();
      await Promise.all(['two', 'three'].map((text) => partition.append({ records: batchOf([text]) })));
      assert.equal((await readAll(partition)).length, 3);
      assert.equal((await readAll(partition, { from: 2 })).length, 1);
    }),
  );

  test(
    'restarts do not put off the end of a segment',
    within(async (world) => {
      let leaderEpoch = 1;
      for (const index of range(4)) {
        const partition = await open(world, { leaderEpoch: leaderEpoch++, segmentMs: 100 });
        await partition.upkeep();
        if (index === 0) await partition.append({ records: batchOf(['a']) });
        await world.clock.sleep(60);
        await partition.upkeep();
        await partition.close();
      }
      const names = await world.disk.list(directory);
      assert.equal(names.filter((name) => name.endsWith('.segment')).length, 2);
    }),
  );

  test(
    'batches without timestamps do not expire at once',
    within(async (world) => {
      const partition = await open(world, { retentionMs: 1_000_000, segmentMs: 5 });
      await partition.append({ records: batchOf(['a'], { timestampMs: -1 }) });
      await world.clock.sleep(20);
      await partition.upkeep();
      await partition.upkeep();
      assert.equal(partition.startOffset, 0);
    }),
  );
});
