// What compaction keeps, what goes, and when.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeBatchHeader } from '../../src/batch/batch-header.ts';
import {
  append,
  batchesFrom,
  lines,
  openCompacted,
  type Pair,
  pairsBatch,
  pairsFrom,
  seal,
} from './compaction-fixture.ts';
import { batchOf, directory, open, range, within } from './partition-fixture.ts';

const filesOf = (names: readonly string[], ending: string) => names.filter((name) => name.endsWith(ending));

describe('compaction', () => {
  test(
    'keeps the last record of each key at its offset, and the others of its batch',
    within(async (world) => {
      const partition = await openCompacted(world);
      await append(partition, [
        ['a', '1'],
        ['b', '1'],
        ['c', '1'],
      ]);
      await append(partition, [['a', '2']]);
      await append(partition, [
        ['b', '2'],
        ['d', '1'],
      ]);
      await seal(partition, world);
      await append(partition, [['c', 'not sealed']]);
      const report = await partition.compact();
      assert.equal(report?.cleanedTo, 6);
      const expected = ['2 c=1', '3 a=2', '4 b=2', '5 d=1', '6 c=not sealed'];
      assert.deepEqual(lines(await pairsFrom(partition)), expected);
      assert.deepEqual(lines(await pairsFrom(partition, { from: 3, bytesMax: 1 })), expected.slice(1));
      await partition.close();
      const again = await openCompacted(world, { leaderEpoch: 2 });
      assert.deepEqual([again.startOffset, again.endOffset], [0, 7]);
      assert.deepEqual(lines(await pairsFrom(again)), expected);
      assert.equal(await append(again, [['e', '1']]), 7);
    }),
  );

  test(
    'makes one file of small segments, up to the size of a segment, and removes what it replaced',
    within(async (world) => {
      const partition = await openCompacted(world, { segmentBytesMax: 2_000 });
      for (const round of range(12)) {
        await append(partition, [
          ['same', `${round}`],
          [`own ${round}`, 'x'.repeat(300)],
        ]);
        await seal(partition, world);
      }
      await partition.compact();
      const names = await world.disk.list(directory);
      const files = filesOf(names, '.batches');
      assert.ok(files.length >= 2 && files.length <= 6, files.join());
      assert.equal(filesOf(names, '.segment').length, 1);
      assert.equal((await pairsFrom(partition)).length, 13);
      for (const round of range(3)) {
        await append(
          partition,
          range(12).map((index): Pair => [`own ${index}`, `${round}`]),
        );
        await seal(partition, world);
        await partition.compact();
      }
      assert.deepEqual(filesOf(await world.disk.list(directory), '.batches').length, 1);
      assert.equal((await pairsFrom(partition)).length, 13);
    }),
  );

  test(
    'computes the largest timestamp anew, and times are found in what is left',
    within(async (world) => {
      const partition = await openCompacted(world);
      await append(partition, [['a', '1']], { timestampMs: 9_000 });
      await append(
        partition,
        [
          ['b', '1'],
          ['c', '1'],
        ],
        { timestampMs: 3_000 },
      );
      await append(partition, [['a', '2']], { timestampMs: 2_000 });
      await append(partition, [['c', '2']], { timestampMs: 1_000 });
      await seal(partition, world);
      await partition.compact();
      assert.deepEqual(await partition.maxTimestamp(), { offset: 1, timestampMs: 3_000 });
      assert.deepEqual(await partition.offsetOfTime(2_500), { offset: 1, timestampMs: 3_000 });
      assert.equal(await partition.offsetOfTime(3_001), undefined);
    }),
  );

  test(
    'records without a key, from before the topic was compacted, go',
    within(async (world) => {
      const partition = await open(world, { minCleanableDirtyRatio: 0 });
      const records = await pairsBatch([['a', '1']]);
      await partition.append({ records });
      await partition.append({ records: batchOf(['no key']) });
      await partition.append({ records: await pairsBatch([['b', '1']]) });
      await seal(partition, world);
      await partition.close();
      const again = await openCompacted(world, { leaderEpoch: 2 });
      await again.compact();
      assert.deepEqual(lines(await pairsFrom(again)), ['0 a=1', '2 b=1']);
    }),
  );

  test(
    'leaves the end of a log whose last batches hold nothing reachable',
    within(async (world) => {
      const partition = await openCompacted(world, { deleteRetentionMs: 0 });
      await append(partition, [['a', '1']]);
      await append(partition, [['a', null]]);
      await seal(partition, world);
      await partition.compact();
      await world.clock.sleep(10);
      await partition.compact();
      assert.deepEqual(lines(await pairsFrom(partition)), []);
      // Who reads comes to the end.
      const { next } = await batchesFrom(partition);
      assert.equal(next, 2);
      await append(partition, [['b', '1']]);
      assert.deepEqual(lines(await pairsFrom(partition)), ['2 b=1']);
    }),
  );
});

describe('tombstones', () => {
  test(
    'stay for delete.retention.ms from when they are compacted first, then go, and what they hid stays gone',
    within(async (world) => {
      const partition = await openCompacted(world, { deleteRetentionMs: 1_000 });
      await append(partition, [
        ['a', '1'],
        ['b', '1'],
      ]);
      await append(partition, [
        ['a', null],
        ['c', '1'],
      ]);
      await seal(partition, world);
      await world.clock.sleep(5_000);
      await partition.compact();
      assert.deepEqual(lines(await pairsFrom(partition)), ['1 b=1', '2 a=-', '3 c=1']);
      const [, stamped] = (await batchesFrom(partition)).batches.map(decodeBatchHeader);
      assert.equal(stamped?.hasDeleteHorizon, true);
      assert.ok(Math.abs(stamped!.baseTimestampMs - world.clock.nowMs() - 1_000) < 100);
      // Its records have their own times all the same.
      assert.deepEqual(
        (await pairsFrom(partition)).map(({ timestampMs }) => timestampMs),
        [1_001, 1_000, 1_001],
      );
      await world.clock.sleep(500);
      assert.equal(await partition.compact(), undefined, 'nothing is due before');
      await partition.close();
      const again = await openCompacted(world, { leaderEpoch: 2, deleteRetentionMs: 1_000 });
      await world.clock.sleep(600);
      assert.ok((await again.compact()) !== undefined, 'nothing new was written, its time is over');
      assert.deepEqual(lines(await pairsFrom(again)), ['1 b=1', '3 c=1']);
      assert.equal(await again.compact(), undefined);
    }),
  );

  test(
    'of which the map had no room for older records stay',
    within(async (world) => {
      const partition = await openCompacted(world, { deleteRetentionMs: 0 });
      const limits = { mapBytes: 1 };
      await append(partition, [['z', 'old']]);
      for (const index of range(40)) await append(partition, [[`key ${index}`, '1']]);
      await append(partition, [['z', null]]);
      await seal(partition, world);
      const seen = async () => lines(await pairsFrom(partition)).filter((line) => line.includes('z='));
      const first = await partition.compact(limits);
      assert.ok(first!.cleanedTo < 41, `${first?.cleanedTo} keys did not fit`);
      assert.deepEqual(await seen(), ['0 z=old', '41 z=-']);
      await world.clock.sleep(10);
      for (const _ of range(10)) {
        await partition.compact(limits);
        await world.clock.sleep(10);
        const now = await seen();
        assert.ok(now.length === 0 || now.at(-1) === '41 z=-', now.join());
      }
      assert.deepEqual(await seen(), []);
      assert.equal((await pairsFrom(partition)).length, 40);
    }),
  );
});

describe('what is compacted', () => {
  test(
    'includes a batch of which the first records were deleted',
    within(async (world) => {
      const partition = await openCompacted(world);
      await append(partition, [
        ['a', '1'],
        ['b', '1'],
        ['b', '2'],
      ]);
      await append(partition, [['c', '1']]);
      await seal(partition, world);
      await partition.deleteRecordsBefore(1);
      await partition.compact();
      assert.deepEqual(lines(await pairsFrom(partition, { from: 1 })), ['2 b=2', '3 c=1']);
    }),
  );

  test(
    'waits for the dirty part to be large enough',
    within(async (world) => {
      const partition = await openCompacted(world, { minCleanableDirtyRatio: 0.5 });
      await append(partition, [['a', 'x'.repeat(1_000)]]);
      await seal(partition, world);
      assert.equal(await partition.dirtyRatio(), 1);
      assert.ok(await partition.compact());
      assert.equal(await partition.dirtyRatio(), 0);
      await append(partition, [['b', 'y'.repeat(100)]]);
      await seal(partition, world);
      assert.equal(await partition.compact(), undefined);
      await append(partition, [['c', 'z'.repeat(1_000)]]);
      await seal(partition, world);
      assert.ok((await partition.dirtyRatio()) > 0.5);
      assert.ok(await partition.compact());
    }),
  );

  test(
    'is not younger than min.compaction.lag.ms',
    within(async (world) => {
      const partition = await openCompacted(world, { minCompactionLagMs: 1_000 });
      await append(partition, [['a', '1']], { timestampMs: world.clock.nowMs() - 2_000 });
      await seal(partition, world);
      await append(partition, [['a', '2']], { timestampMs: world.clock.nowMs() });
      await append(partition, [['a', '3']], { timestampMs: world.clock.nowMs() });
      await seal(partition, world);
      assert.equal((await partition.compact())?.cleanedTo, 1);
      assert.equal((await pairsFrom(partition)).length, 3);
      await world.clock.sleep(1_100);
      assert.equal((await partition.compact())?.cleanedTo, 3);
      assert.deepEqual(lines(await pairsFrom(partition)), ['2 a=3']);
    }),
  );

  test(
    'is not older than max.compaction.lag.ms, the segment that is written included',
    within(async (world) => {
      const partition = await openCompacted(world, { minCleanableDirtyRatio: 1, maxCompactionLagMs: 1_000 });
      await append(partition, [['a', 'x'.repeat(1_000)]], { timestampMs: world.clock.nowMs() });
      await seal(partition, world);
      assert.ok(await partition.compact());
      await append(partition, [['a', '2']], { timestampMs: world.clock.nowMs() });
      await partition.upkeep();
      assert.equal(await partition.compact(), undefined);
      await world.clock.sleep(1_100);
      await partition.upkeep();
      assert.ok(await partition.compact());
      assert.deepEqual(lines(await pairsFrom(partition)), ['1 a=2']);
    }),
  );

  test(
    'ends where the oldest open transaction begins',
    within(async (world) => {
      const partition = await openCompacted(world);
      await append(partition, [['a', '1']]);
      await append(partition, [['a', '2']]);
      await seal(partition, world);
      const producer = { isTransactional: true, producerId: 7, producerEpoch: 0 };
      await append(partition, [['a', '3']], { ...producer, baseSequence: 0 });
      await seal(partition, world);
      assert.equal((await partition.compact())?.cleanedTo, 2);
      assert.deepEqual(lines(await pairsFrom(partition)), ['1 a=2', '2 a=3']);
      await partition.endTransaction({ producerId: 7, producerEpoch: 0, coordinatorEpoch: 0, commit: true });
      await seal(partition, world);
      assert.equal((await partition.compact())?.cleanedTo, 4);
      assert.deepEqual(lines(await pairsFrom(partition)), ['2 a=3']);
    }),
  );

  test(
    'is nothing of a partition with damage, which is reported to who reads it and not lost',
    within(async (world) => {
      const partition = await openCompacted(world);
      for (const value of ['one', 'rot', 'three']) await append(partition, [['a', value]]);
      await seal(partition, world);
      await partition.close();
      const path = `${directory}/000000000001.segment`;
      const file = await world.disk.open(path, 'write');
      const bytes = Buffer.alloc(await file.sizeBytes());
      await file.read(bytes, 0);
      await file.write([Buffer.from('ROT')], bytes.indexOf('rot'));
      await file.sync();
      await file.close();
      const again = await openCompacted(world, { leaderEpoch: 2 });
      assert.equal(await again.compact(), undefined);
      assert.deepEqual(filesOf(await world.disk.list(directory), '.batches'), []);
      const read = again.read({ offset: 1, bytesMax: 9_999, atLeastOne: true, committed: false });
      await assert.rejects(read, { code: 'CORRUPT_MESSAGE' });
      assert.deepEqual(lines(await pairsFrom(again, { from: 2 })), ['2 a=three']);
    }),
  );
});
