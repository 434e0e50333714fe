// A partition whose records are all gone.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { World } from '@cairn/world';
import { batchOf, directory, flipLastBit, open, range, within } from './partition-fixture.ts';

describe('retention that empties the log', () => {
  const emptied = async (world: World) => {
    const partition = await open(world, { retentionMs: 10, segmentMs: 5 });
    for (const index of range(3)) await partition.append({ records: batchOf([`${index}`]) });
    await world.clock.sleep(100);
    await partition.upkeep();
    await partition.upkeep();
    assert.deepEqual([partition.startOffset, partition.endOffset], [3, 3]);
    return partition;
  };

  test(
    'goes on working afterwards: what comes next expires too',
    within(async (world) => {
      const partition = await emptied(world);
      assert.equal(await partition.offsetOfTime(0), undefined);
      for (const round of range(3)) {
        await partition.append({ records: batchOf([`next ${round}`]) });
        await world.clock.sleep(100);
        await partition.upkeep();
        await partition.upkeep();
        assert.deepEqual([partition.startOffset, partition.endOffset], [4 + round, 4 + round]);
      }
      const names = await world.disk.list(directory);
      assert.deepEqual(names.filter((name) => name.endsWith('.segment')).length, 1, names.join());
      assert.ok(names.filter((name) => name.endsWith('.index')).length <= 1, names.join());
    }),
  );

  test(
    'does not begin again at offset 0 when the checkpoint rots',
    within(async (world) => {
      const partition = await emptied(world);
      await partition.close();
      await flipLastBit(world, 'checkpoint');
      const again = await open(world, { leaderEpoch: 2 });
      assert.deepEqual([again.startOffset, again.endOffset], [3, 3]);
    }),
  );

  test(
    'what a failing disk left of removed segments goes with the next upkeep',
    within(async (world, simulation) => {
      const partition = await open(world, { segmentBytesMax: 1_000, retentionBytes: 2_000 });
      for (const index of range(50)) await partition.append({ records: batchOf([`${index}`]) });
      simulation.machine('broker').disk.failNext('write', 1);
      await assert.rejects(partition.upkeep());
      await partition.upkeep();
      assert.ok(partition.sizeBytes() < 4_000, `${partition.sizeBytes()} bytes are left`);
    }),
  );
});
