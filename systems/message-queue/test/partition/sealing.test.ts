// When segments end and expire.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DiskError, type World } from '@cairn/world';
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

  test(
    'what has expired makes room though there is none to begin another segment',
    within(async (world) => {
      const full = diskWithout(world, (path) => path.endsWith('.segment') || path.endsWith('.segment.new'));
      const partition = await open(full.world, { segmentBytesMax: 1_000, retentionMs: 50 });
      for (const index of range(50))
        await partition.append({ records: batchOf([`${index}`], { timestampMs: world.clock.nowMs() }) });
      await world.clock.sleep(100);
      full.isFull = true;
      await assert.rejects(partition.upkeep(), { code: 'full' });
      const names = await world.disk.list(directory);
      assert.equal(names.filter((name) => name.endsWith('.segment')).length, 1);
      assert.deepEqual(
        names.filter((name) => name.endsWith('.index')).map((name) => name.replace('.index', '.segment')),
        names.filter((name) => name.endsWith('.segment')),
      );
    }),
  );

  test(
    'segments go before the indexes of others are written, and their own are not written any more',
    within(async (world) => {
      const full = diskWithout(world, (path) => path.includes('.index'));
      const partition = await open(full.world, { segmentBytesMax: 1_000 });
      for (const index of range(50)) await partition.append({ records: batchOf([`${index}`]) });
      const written = async () =>
        (await world.disk.list(directory)).filter((name) => name.endsWith('.segment'));
      const before = await written();
      // The index of the segment that is written may be needed to know where an emptied log ended.
      const last = before.at(-1)!.replace('.segment', '.index');
      full.except = (path) => path.includes(last);
      full.isFull = true;
      await assert.rejects(partition.deleteRecordsBefore(30), { code: 'full' });
      const after = await written();
      assert.ok(after.length < before.length, `${after.length} of ${before.length} segments are there`);
      full.isFull = false;
      await partition.deleteRecordsBefore(31);
      await partition.close();
      const again = await open(world, { leaderEpoch: 2, segmentBytesMax: 1_000 });
      assert.deepEqual(
        (await readAll(again)).map(({ text }) => text),
        range(50).slice(31).map(String),
      );
    }),
  );
});

/** A disk that has no room for new files of some names while `isFull`. */
function diskWithout(world: World, isMeant: (path: string) => boolean) {
  const full = { isFull: false, except: (_path: string) => false, world };
  const open: World['disk']['open'] = async (path, mode) => {
    if (full.isFull && mode === 'create' && isMeant(path) && !full.except(path))
      throw new DiskError('full', { operation: 'open', path });
    return world.disk.open(path, mode);
  };
  const disk = new Proxy(world.disk, {
    get: (target, name) => {
      const value = name === 'open' ? open : Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  full.world = { ...world, disk };
  return full;
}
