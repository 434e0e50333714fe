// A partition that was closed, as after a failure, and is open again: who still has the closed one changes nothing of its files.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DiskError, type World } from '@cairn/world';
import { append, lines, openCompacted, pairsFrom, seal } from './compaction-fixture.ts';
import { within } from './partition-fixture.ts';

/** The world, on whose disk nothing can be made whose name ends so, while it is full. */
function fillable(world: World, ending: string) {
  const disk = { isFull: false };
  const open: World['disk']['open'] = async (path, mode) => {
    if (disk.isFull && path.endsWith(ending)) throw new DiskError('full', { operation: 'open', path });
    return world.disk.open(path, mode);
  };
  const failing = new Proxy(world.disk, {
    get: (target, member) => {
      const value: unknown = member === 'open' ? open : Reflect.get(target, member, target);
      return typeof value === 'function' && member !== 'open' ? value.bind(target) : value;
    },
  });
  return { disk, world: { ...world, disk: failing } };
}

test(
  'regression: a compaction that comes too late for a closed partition removes no file of the one that is open',
  within(async (world) => {
    const full = fillable(world, 'segments.new');
    const closed = await openCompacted(full.world);
    for (const value of ['old', 'new']) await append(closed, [['key', value]]);
    await seal(closed, world);
    // The file is made, and cannot be named.
    full.disk.isFull = true;
    await assert.rejects(closed.compact(), { code: 'full' });
    full.disk.isFull = false;
    await closed.close();
    const partition = await openCompacted(world, { leaderEpoch: 2 });
    assert.ok((await partition.compact()) !== undefined);
    const expected = lines(await pairsFrom(partition));
    assert.deepEqual(expected, ['1 key=new']);
    assert.equal(await closed.compact(), undefined);
    assert.deepEqual(lines(await pairsFrom(partition)), expected);
    await assert.rejects(closed.upkeep(), { code: 'KAFKA_STORAGE_ERROR' });
    await assert.rejects(closed.deleteRecordsBefore(2), { code: 'KAFKA_STORAGE_ERROR' });
    await closed.close();
    assert.deepEqual(lines(await pairsFrom(partition)), expected);
    await partition.close();
    const again = await openCompacted(world, { leaderEpoch: 3 });
    assert.deepEqual(lines(await pairsFrom(again)), expected);
  }),
);
