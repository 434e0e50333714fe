// Checkpoint and indexes of a partition: what they may hold, and what a start does with them.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { batchOf, directory, open, range, readAll, within } from './partition-fixture.ts';

describe('checkpoints', () => {
  test(
    'a batch with numbers that a double cannot hold does not make them unreadable',
    within(async (world) => {
      const partition = await open(world);
      for (const index of range(3)) await partition.append({ records: batchOf([`${index}`]) });
      const strange = [
        { producerId: 2 ** 60, producerEpoch: 0, baseSequence: 0 },
        { producerId: 4, producerEpoch: 0, baseSequence: 0, maxTimestampMs: -(2 ** 60) },
        { producerId: 5, producerEpoch: 0, baseSequence: 0, maxTimestampMs: 2 ** 60 },
      ];
      for (const header of strange)
        await partition.append({ records: batchOf(['x'], header) }).catch(() => {});
      await partition.deleteRecordsBefore(2);
      await partition.close();
      const again = await open(world, { leaderEpoch: 2 });
      assert.equal(again.startOffset, 2);
    }),
  );

  test(
    'opening writes no index again that is whole',
    within(async (world) => {
      const partition = await open(world, { segmentBytesMax: 1_000 });
      for (const index of range(50)) await partition.append({ records: batchOf([`${index}`]) });
      await partition.close();
      const renamed: string[] = [];
      const disk = new Proxy(world.disk, {
        get: (target, name) => {
          if (name === 'rename')
            return (from: string, to: string) => {
              renamed.push(to);
              return target.rename(from, to);
            };
          const value = Reflect.get(target, name);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
      await open({ ...world, disk }, { leaderEpoch: 2, segmentBytesMax: 1_000 });
      assert.deepEqual(renamed, []);
    }),
  );

  test(
    'a partition opens and is read on a full disk, without checkpoint and indexes too',
    within(async (world, simulation) => {
      const partition = await open(world, { segmentBytesMax: 1_000 });
      for (const index of range(50)) await partition.append({ records: batchOf([`${index}`]) });
      await partition.close();
      for (const name of await world.disk.list(directory))
        if (!name.endsWith('.segment')) await world.disk.remove(`${directory}/${name}`);
      simulation.machine('broker').disk.fill(0);
      const again = await open(world, { leaderEpoch: 2, segmentBytesMax: 1_000 });
      assert.equal((await readAll(again)).length, 50);
      await assert.rejects(again.append({ records: batchOf(['no']) }), { code: 'KAFKA_STORAGE_ERROR' });
      simulation.machine('broker').disk.fill(2 ** 30);
      assert.equal((await again.append({ records: batchOf(['yes']) })).baseOffset, 50);
    }),
  );
});
