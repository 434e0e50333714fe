// What compaction does with transactions, and with what is known of producers.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { World } from '@cairn/world';
import { decodeBatchHeader } from '../../src/batch/batch-header.ts';
import type { LogPartition } from '../../src/partition/log-partition.ts';
import {
  append,
  batchesFrom,
  lines,
  openCompacted,
  type Pair,
  pairsFrom,
  seal,
} from './compaction-fixture.ts';
import { flipLastBit, range, within } from './partition-fixture.ts';

/** A producer of transactions. */
function transactions(partition: () => LogPartition, producerId: number) {
  let baseSequence = 0;
  return {
    write: async (pairs: readonly Pair[]) => {
      const header = { isTransactional: true, producerId, producerEpoch: 0, baseSequence };
      baseSequence += pairs.length;
      return append(partition(), pairs, header);
    },
    end: (commit: boolean) =>
      partition().endTransaction({ producerId, producerEpoch: 0, coordinatorEpoch: 0, commit }),
  };
}

async function headersOf(partition: LogPartition) {
  return (await batchesFrom(partition)).batches.map(decodeBatchHeader);
}

/** So that nothing that is tested is the last of the log. */
async function sealBehind(partition: LogPartition, world: World): Promise<void> {
  await append(partition, [['last', `${partition.endOffset}`]]);
  await seal(partition, world);
}

describe('transactions in a compacted partition', () => {
  test(
    'records of aborted ones go and hide nothing, those of committed ones count',
    within(async (world) => {
      const partition = await openCompacted(world);
      const [first, second] = [transactions(() => partition, 1), transactions(() => partition, 2)];
      await append(partition, [['a', 'before']]);
      await append(partition, [['b', 'before']]);
      await first.write([['a', 'aborted']]);
      await second.write([['b', 'committed']]);
      await first.end(false);
      await second.end(true);
      await sealBehind(partition, world);
      await partition.compact();
      const expected = ['0 a=before', '3 b=committed', '6 last=6'];
      assert.deepEqual(lines(await pairsFrom(partition, { committed: true })), expected);
      assert.deepEqual(lines(await pairsFrom(partition)), expected);
    }),
  );

  test(
    'what a producer commits behind an aborted transaction is never hidden, with and without its marker, after restarts',
    within(async (world) => {
      let partition = await openCompacted(world, { deleteRetentionMs: 0 });
      const producer = transactions(() => partition, 1);
      await producer.write([['a', 'aborted']]);
      await producer.end(false);
      await producer.write([['a', 'committed']]);
      await producer.end(true);
      await sealBehind(partition, world);
      const counts: number[] = [];
      for (const round of range(5)) {
        const seen = lines(await pairsFrom(partition, { committed: true }));
        assert.ok(seen.includes('2 a=committed'), `round ${round}: ${seen.join()}`);
        assert.ok(!seen.includes('0 a=aborted'));
        counts.push((await headersOf(partition)).filter(({ isControl }) => isControl).length);
        await partition.compact();
        await world.clock.sleep(10);
        await append(partition, [['c', `${round}`]]);
        await seal(partition, world);
        if (round === 3) {
          await partition.close();
          partition = await openCompacted(world, { leaderEpoch: 2, deleteRetentionMs: 0 });
        }
      }
      // The marker of what was aborted goes once nothing is left of it, the other stays with its records.
      assert.deepEqual([counts[0], counts.at(-1)], [2, 1]);
    }),
  );

  test(
    'a marker stays while a record of its transaction does, and for delete.retention.ms after',
    within(async (world) => {
      const partition = await openCompacted(world, { deleteRetentionMs: 1_000 });
      const producer = transactions(() => partition, 1);
      await producer.write([['a', '1']]);
      await producer.end(true);
      await producer.write([['b', '1']]);
      await producer.end(true);
      await sealBehind(partition, world);
      const markers = async () => (await headersOf(partition)).filter(({ isControl }) => isControl);
      await partition.compact();
      assert.deepEqual(
        (await markers()).map(({ baseOffset }) => baseOffset),
        [1, 3],
      );
      await append(partition, [['a', '2']]);
      await sealBehind(partition, world);
      await partition.compact();
      assert.deepEqual(
        (await markers()).map(({ hasDeleteHorizon }) => hasDeleteHorizon),
        [false, false],
      );
      await append(partition, [['c', '2']]);
      await sealBehind(partition, world);
      await partition.compact();
      assert.deepEqual(
        (await markers()).map(({ hasDeleteHorizon }) => hasDeleteHorizon),
        [true, false],
      );
      await world.clock.sleep(1_100);
      assert.ok(await partition.compact());
      assert.deepEqual(
        (await markers()).map(({ baseOffset }) => baseOffset),
        [3],
      );
      assert.equal(await partition.compact(), undefined);
    }),
  );

  test(
    'none is open after a start that found no checkpoint',
    within(async (world) => {
      const partition = await openCompacted(world, { deleteRetentionMs: 0 });
      for (const id of range(4)) {
        const producer = transactions(() => partition, id + 1);
        await producer.write([[`a${id % 2}`, `${id}`]]);
        await producer.end(id !== 2);
      }
      await sealBehind(partition, world);
      for (const _ of range(3)) {
        await partition.compact();
        await world.clock.sleep(5);
        await append(partition, [['c', '1']]);
        await seal(partition, world);
      }
      const before = lines(await pairsFrom(partition, { committed: true }));
      await partition.close();
      await flipLastBit(world, 'checkpoint');
      const again = await openCompacted(world, { leaderEpoch: 2 });
      assert.equal(again.lastStableOffset, again.endOffset);
      assert.deepEqual(lines(await pairsFrom(again, { committed: true })), before);
    }),
  );
});

describe('producers of a compacted partition', () => {
  test(
    'are known after a start that found no checkpoint: the last batch of each stays, without records',
    within(async (world) => {
      const partition = await openCompacted(world);
      for (const sequence of range(3))
        await append(partition, [['a', `${sequence}`]], {
          producerId: 5,
          producerEpoch: 0,
          baseSequence: sequence,
        });
      await append(partition, [['a', 'of another']]);
      await sealBehind(partition, world);
      await partition.compact();
      const headers = await headersOf(partition);
      assert.deepEqual(
        headers.map(({ baseOffset, recordCount }) => [baseOffset, recordCount]),
        [
          [3, 1],
          [4, 1],
        ],
        'readers are not given the one without records',
      );
      await partition.close();
      await flipLastBit(world, 'checkpoint');
      const again = await openCompacted(world, { leaderEpoch: 2 });
      const retry = { producerId: 5, producerEpoch: 0, baseSequence: 2 };
      assert.equal(await append(again, [['a', '2']], retry), 2, 'a retry is answered with its offset');
      const gap = append(again, [['a', '9']], { ...retry, baseSequence: 9 });
      await assert.rejects(gap, { code: 'OUT_OF_ORDER_SEQUENCE_NUMBER' });
      assert.equal(await append(again, [['a', '3']], { ...retry, baseSequence: 3 }), 5);
      await sealBehind(again, world);
      await again.compact();
      assert.deepEqual(
        (await headersOf(again)).map(({ baseOffset }) => baseOffset),
        [5, 6],
        'it is not the last any more',
      );
    }),
  );

  test(
    'who was fenced by a marker stays so',
    within(async (world) => {
      const partition = await openCompacted(world, { deleteRetentionMs: 0 });
      const header = { isTransactional: true, producerId: 5, producerEpoch: 0, baseSequence: 0 };
      await append(partition, [['a', '1']], header);
      await partition.endTransaction({ producerId: 5, producerEpoch: 1, coordinatorEpoch: 0, commit: false });
      await sealBehind(partition, world);
      for (const _ of range(3)) {
        await partition.compact();
        await world.clock.sleep(5);
        await sealBehind(partition, world);
      }
      await partition.close();
      await flipLastBit(world, 'checkpoint');
      const again = await openCompacted(world, { leaderEpoch: 2 });
      const zombie = append(again, [['a', '2']], { ...header, baseSequence: 1 });
      await assert.rejects(zombie, { code: 'INVALID_PRODUCER_EPOCH' });
    }),
  );
});
