// A partition whose segments were compacted: opening, reading, deleting, full disks.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DiskError } from '@cairn/world';
import { decodeBatchHeader } from '../../src/batch/batch-header.ts';
import { append, lines, openCompacted, pairsFrom, seal } from './compaction-fixture.ts';
import { directory, flipLastBit, range, within } from './partition-fixture.ts';

const filesOf = (names: readonly string[], ending: string) => names.filter((name) => name.endsWith(ending));

describe('a compacted partition', () => {
  test(
    'with a damaged list of segments is not opened',
    within(async (world) => {
      const partition = await openCompacted(world);
      await append(partition, [['a', '1']]);
      await seal(partition, world);
      await partition.compact();
      await partition.close();
      await flipLastBit(world, 'segments');
      await assert.rejects(openCompacted(world, { leaderEpoch: 2 }), { code: 'KAFKA_STORAGE_ERROR' });
    }),
  );

  test(
    'opens without checkpoint and indexes',
    within(async (world) => {
      const partition = await openCompacted(world);
      for (const round of range(3)) {
        await append(partition, [
          ['a', `${round}`],
          [`b${round}`, '1'],
        ]);
        await seal(partition, world);
      }
      await partition.compact();
      const before = lines(await pairsFrom(partition));
      await partition.close();
      for (const name of await world.disk.list(directory))
        if (name.endsWith('.index') || name === 'checkpoint') await world.disk.remove(`${directory}/${name}`);
      const again = await openCompacted(world, { leaderEpoch: 2 });
      assert.deepEqual([again.startOffset, again.endOffset], [0, 6]);
      assert.deepEqual(lines(await pairsFrom(again)), before);
      assert.deepEqual(lines(await pairsFrom(again, { from: 5 })), ['5 b2=1']);
    }),
  );

  test(
    'that is deleted from too loses old batch files, and never begins again at offset 0',
    within(async (world) => {
      const partition = await openCompacted(world, { isDeleted: true, retentionMs: 1_000 });
      for (const round of range(3)) {
        await append(partition, [[`a${round}`, '1']], { timestampMs: world.clock.nowMs() });
        await seal(partition, world);
      }
      await partition.compact();
      await world.clock.sleep(2_000);
      await partition.upkeep();
      await partition.upkeep();
      assert.deepEqual([partition.startOffset, partition.endOffset], [3, 3]);
      const names = await world.disk.list(directory);
      assert.deepEqual(filesOf(names, '.batches'), []);
      await partition.close();
      await flipLastBit(world, 'checkpoint');
      const again = await openCompacted(world, { leaderEpoch: 2 });
      assert.deepEqual([again.startOffset, again.endOffset], [3, 3]);
    }),
  );

  test(
    'forgets what was deleted of a batch file when its checkpoint is there',
    within(async (world) => {
      const partition = await openCompacted(world);
      for (const key of ['a', 'b', 'c']) await append(partition, [[key, '1']]);
      await seal(partition, world);
      await partition.compact();
      await partition.deleteRecordsBefore(1);
      assert.deepEqual(lines(await pairsFrom(partition)), ['1 b=1', '2 c=1']);
      await partition.deleteRecordsBefore(3);
      assert.deepEqual(filesOf(await world.disk.list(directory), '.batches'), []);
      await partition.close();
      const again = await openCompacted(world, { leaderEpoch: 2 });
      assert.deepEqual([again.startOffset, again.endOffset], [3, 3]);
    }),
  );

  test(
    'on a full disk stays as it is, and is compacted once there is room',
    within(async (world, simulation) => {
      const partition = await openCompacted(world);
      for (const round of range(5))
        await append(partition, [
          ['a', `${round} ${'x'.repeat(500)}`],
          [`b${round}`, '1'],
        ]);
      await seal(partition, world);
      const { disk } = simulation.machine('broker');
      disk.fill(300);
      await assert.rejects(partition.compact(), { name: 'DiskError', code: 'full' });
      assert.equal((await pairsFrom(partition)).length, 10);
      disk.fill(2 ** 30);
      await partition.compact();
      assert.deepEqual(filesOf(await world.disk.list(directory), '.batches').length, 1);
      assert.equal((await pairsFrom(partition)).length, 6);
    }),
  );

  test(
    'removes a file that a failing disk did not let it name, once it knows that no list does',
    within(async (world) => {
      // What happens to the next changes of the list.
      const changes: ('kept' | 'not renamed' | 'not synced')[] = ['not renamed', 'kept', 'not synced'];
      let isUnsynced = false;
      const disk = new Proxy(world.disk, {
        get: (target, name) => {
          if (name === 'rename')
            return async (from: string, to: string) => {
              const change = to.endsWith('/segments') ? (changes.shift() ?? 'kept') : 'kept';
              if (change === 'not renamed') throw new DiskError('io', { operation: 'rename', path: to });
              await target.rename(from, to);
              isUnsynced = change === 'not synced';
            };
          if (name === 'syncDirectory')
            return async (path: string) => {
              if (isUnsynced) throw new DiskError('io', { operation: 'sync', path });
              await target.syncDirectory(path);
            };
          const value = Reflect.get(target, name);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
      const partition = await openCompacted({ ...world, disk });
      await append(partition, [['a', '1']]);
      await append(partition, [['a', '2']]);
      await seal(partition, world);
      const files = async () => filesOf(await world.disk.list(directory), '.batches');
      await assert.rejects(partition.compact(), { name: 'DiskError' });
      assert.deepEqual(await files(), ['000000000001-1.batches']);
      await assert.rejects(partition.compact(), { name: 'DiskError' });
      isUnsynced = false;
      // The list on the disk may name it by now.
      assert.deepEqual(await files(), ['000000000001-2.batches']);
      assert.deepEqual(lines(await pairsFrom(partition)), ['0 a=1', '1 a=2']);
      await partition.compact();
      assert.deepEqual(await files(), ['000000000001-3.batches']);
      assert.deepEqual(lines(await pairsFrom(partition)), ['1 a=2']);
    }),
  );

  test(
    'does not count segments of the log that a failing disk did not remove, and removes them later',
    within(async (world) => {
      const disk = new Proxy(world.disk, {
        get: (target, name) => {
          if (name === 'remove')
            return async (path: string) => {
              if (!path.endsWith('.segment')) return target.remove(path);
              throw new DiskError('io', { operation: 'remove', path });
            };
          const value = Reflect.get(target, name);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
      const partition = await openCompacted({ ...world, disk });
      for (const round of range(3)) {
        await append(partition, [['a', `${round}`]]);
        await seal(partition, world);
      }
      await partition.compact();
      assert.deepEqual(lines(await pairsFrom(partition)), ['2 a=2']);
      await partition.close();
      assert.equal(filesOf(await world.disk.list(directory), '.segment').length, 4);
      await world.disk.remove(`${directory}/checkpoint`);
      const again = await openCompacted(world, { leaderEpoch: 2 });
      assert.deepEqual(lines(await pairsFrom(again)), ['2 a=2']);
      assert.equal(await append(again, [['b', '1']]), 3);
      await again.upkeep();
      assert.equal(filesOf(await world.disk.list(directory), '.segment').length, 1);
      assert.deepEqual(lines(await pairsFrom(again)), ['2 a=2', '3 b=1']);
    }),
  );

  test(
    'removes at its start what a crash left of a file that no list names',
    within(async (world) => {
      const partition = await openCompacted(world);
      await append(partition, [['a', '1']]);
      await partition.close();
      for (const name of ['000000000001-1.batches', '000000000001-1.index']) {
        const file = await world.disk.open(`${directory}/${name}`, 'create');
        await file.write([Buffer.from('half of it')], 0);
        await file.close();
      }
      const again = await openCompacted(world, { leaderEpoch: 2 });
      assert.ok(!(await world.disk.list(directory)).some((name) => name.startsWith('000000000001-')));
      assert.deepEqual(lines(await pairsFrom(again)), ['0 a=1']);
    }),
  );

  test(
    'is read on while its segments are replaced',
    within(async (world) => {
      const partition = await openCompacted(world, { segmentBytesMax: 1_000 });
      for (const round of range(30))
        await append(partition, [
          ['a', `${round}`],
          [`b${round}`, 'x'.repeat(100)],
        ]);
      await seal(partition, world);
      const seen: string[] = [];
      const compacting = partition.compact();
      let from = 0;
      for (;;) {
        const some = await partition.read({ offset: from, bytesMax: 1, atLeastOne: true, committed: false });
        if (some.records.length === 0) break;
        const header = decodeBatchHeader(some.records[0]!);
        seen.push(...lines(await pairsFrom(partition, { from })).filter((line) => line.includes(' b')));
        from = header.baseOffset + header.lastOffsetDelta + 1;
        await world.clock.sleep(1);
      }
      await compacting;
      for (const round of range(30))
        assert.ok(seen.includes(`${2 * round + 1} b${round}=${'x'.repeat(100)}`));
    }),
  );

  test(
    'ends its pass when it is closed, and goes on with it after the next start',
    within(async (world) => {
      const partition = await openCompacted(world);
      for (const round of range(200)) await append(partition, [['a', `${round} ${'x'.repeat(100)}`]]);
      await seal(partition, world);
      const compacting = partition.compact({ bytesPerSecond: 10_000 });
      await world.clock.sleep(100);
      await partition.close();
      assert.equal(await compacting, undefined);
      const again = await openCompacted(world, { leaderEpoch: 2 });
      assert.deepEqual(filesOf(await world.disk.list(directory), '.batches'), []);
      assert.equal((await pairsFrom(again)).length, 200);
      await again.compact();
      assert.equal((await pairsFrom(again)).length, 1);
    }),
  );
});
