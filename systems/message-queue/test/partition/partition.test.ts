// One partition, on a simulated machine without faults: what producers and consumers see.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { World } from '@cairn/world';
import { Simulation } from '@cairn/world/simulated';
import { batchOf, open, readAll } from './partition-fixture.ts';

function within(work: (world: World) => Promise<void>): () => Promise<void> {
  return async () => {
    const simulation = new Simulation({ seed: 1 });
    await simulation.run(() => work(simulation.machine('broker').world));
  };
}
const texts = (records: readonly { text: string }[]) => records.map(({ text }) => text);
const range = (count: number) => Array.from({ length: count }, (_, index) => index);

describe('appending and reading', () => {
  test(
    'batches get dense offsets in the order of calls, and are read back',
    within(async (world) => {
      const partition = await open(world);
      const appended = await Promise.all([
        partition.append({ records: batchOf(['a', 'b']) }),
        partition.append({ records: batchOf(['c']) }),
        partition.append({ records: Buffer.concat([batchOf(['d']), batchOf(['e', 'f'])]) }),
      ]);
      assert.deepEqual(
        appended.map(({ baseOffset }) => baseOffset),
        [0, 2, 3],
      );
      assert.equal(partition.highWatermark, 6);
      assert.deepEqual(
        await readAll(partition),
        range(6).map((offset) => ({ offset, text: 'abcdef'[offset] })),
      );
      assert.deepEqual(texts(await readAll(partition, { from: 4 })), ['e', 'f']);
      await partition.close();
    }),
  );

  test(
    'a read gives whole batches within its bytes, the first however long it is',
    within(async (world) => {
      const partition = await open(world);
      for (const letter of 'abc') await partition.append({ records: batchOf([letter.repeat(500)]) });
      const read = (bytesMax: number, atLeastOne: boolean) =>
        partition.read({ offset: 0, bytesMax, atLeastOne, committed: false });
      assert.equal((await read(10, false)).records.length, 0);
      assert.equal((await read(10, true)).records.length, 1);
      assert.equal((await read(1_300, true)).records.length, 2);
      assert.equal((await read(5_000, true)).records.length, 3);
    }),
  );

  test(
    'offsets outside of the partition are refused, its end is not',
    within(async (world) => {
      const partition = await open(world);
      await partition.append({ records: batchOf(['a']) });
      const read = (offset: number) =>
        partition.read({ offset, bytesMax: 100, atLeastOne: true, committed: false });
      assert.equal((await read(1)).records.length, 0);
      await assert.rejects(read(2), { code: 'OFFSET_OUT_OF_RANGE' });
    }),
  );

  test(
    'batches that are not what they say are refused, and the next one is taken',
    within(async (world) => {
      const partition = await open(world, { batchBytesMax: 1_000 });
      const refused: readonly [Buffer, string][] = [
        [Buffer.alloc(10), 'CORRUPT_MESSAGE'],
        [batchOf(['a']).subarray(0, 60), 'CORRUPT_MESSAGE'],
        [Buffer.alloc(0), 'INVALID_RECORD'],
        [batchOf(['a'.repeat(1_000)]), 'MESSAGE_TOO_LARGE'],
        [batchOf(['a'], { recordCount: 2 }), 'INVALID_RECORD'],
        [batchOf(['a'], { isControl: true }), 'INVALID_RECORD'],
        [batchOf(['a'], { producerId: 3 }), 'INVALID_RECORD'],
      ];
      const rotten = batchOf(['rotten']);
      rotten[rotten.length - 1]! ^= 1;
      for (const [records, code] of [...refused, [rotten, 'CORRUPT_MESSAGE'] as const])
        await assert.rejects(partition.append({ records }), { code });
      assert.equal((await partition.append({ records: batchOf(['a']) })).baseOffset, 0);
    }),
  );

  test(
    'timestamps are bounded, or the broker’s own',
    within(async (world) => {
      const nowMs = world.clock.nowMs();
      const bounded = await open(world, { timestampAfterMsMax: 1_000, timestampBeforeMsMax: 1_000 });
      for (const timestampMs of [nowMs - 5_000, nowMs + 5_000])
        await assert.rejects(bounded.append({ records: batchOf(['a'], { timestampMs }) }), {
          code: 'INVALID_TIMESTAMP',
        });
      bounded.configure({
        ...(await import('./partition-fixture.ts')).config,
        timestampType: 'LogAppendTime',
      });
      const appended = await bounded.append({ records: batchOf(['a'], { timestampMs: 5 }) });
      assert.ok(appended.logAppendTimeMs >= nowMs);
      assert.deepEqual(await bounded.offsetOfTime(nowMs), {
        offset: 0,
        timestampMs: appended.logAppendTimeMs,
      });
    }),
  );
});

describe('times', () => {
  test(
    'a time means the first record at or after it, across segments and batches',
    within(async (world) => {
      const partition = await open(world, { segmentBytesMax: 2_000 });
      for (const index of range(40))
        await partition.append({
          records: batchOf([`${index}`, 'x'.repeat(50)], { timestampMs: index * 10 }),
        });
      assert.deepEqual(await partition.offsetOfTime(0), { offset: 0, timestampMs: 0 });
      assert.deepEqual(await partition.offsetOfTime(195), { offset: 40, timestampMs: 200 });
      assert.deepEqual(await partition.offsetOfTime(390), { offset: 78, timestampMs: 390 });
      assert.equal(await partition.offsetOfTime(391), undefined);
      assert.deepEqual(await partition.maxTimestamp(), { offset: 78, timestampMs: 390 });
    }),
  );
});

describe('idempotent producers', () => {
  const sent = (sequence: number, options = {}) =>
    batchOf([`${sequence}`], { producerId: 7, producerEpoch: 0, baseSequence: sequence, ...options });

  test(
    'a repeated batch is answered with the offset that it has, also after a restart',
    within(async (world) => {
      const partition = await open(world);
      for (const sequence of range(6)) await partition.append({ records: sent(sequence) });
      assert.equal((await partition.append({ records: sent(3) })).baseOffset, 3);
      await partition.close();
      const again = await open(world, { leaderEpoch: 2 });
      assert.equal((await again.append({ records: sent(5) })).baseOffset, 5);
      assert.equal(again.endOffset, 6);
      // Only the last five are remembered.
      await assert.rejects(again.append({ records: sent(0) }), { code: 'OUT_OF_ORDER_SEQUENCE_NUMBER' });
    }),
  );

  test(
    'a gap, an old epoch, and a new epoch that does not begin at 0 are refused',
    within(async (world) => {
      const partition = await open(world);
      await partition.append({ records: sent(0, { producerEpoch: 1 }) });
      const codes: readonly [number, object, string][] = [
        [2, { producerEpoch: 1 }, 'OUT_OF_ORDER_SEQUENCE_NUMBER'],
        [1, { producerEpoch: 0 }, 'INVALID_PRODUCER_EPOCH'],
        [1, { producerEpoch: 2 }, 'OUT_OF_ORDER_SEQUENCE_NUMBER'],
      ];
      for (const [sequence, options, code] of codes)
        await assert.rejects(partition.append({ records: sent(sequence, options) }), { code });
      assert.equal((await partition.append({ records: sent(0, { producerEpoch: 2 }) })).baseOffset, 1);
    }),
  );

  test(
    'sequences go on at 0 behind the largest',
    within(async (world) => {
      const partition = await open(world);
      await partition.append({ records: sent(2 ** 31 - 2) });
      await partition.append({
        records: batchOf(['a', 'b'], { producerId: 7, producerEpoch: 0, baseSequence: 2 ** 31 - 1 }),
      });
      assert.equal((await partition.append({ records: sent(1) })).baseOffset, 3);
    }),
  );

  test(
    'of batches that wait together one that is refused does not take the others with it',
    within(async (world) => {
      const partition = await open(world);
      const results = await Promise.allSettled([
        partition.append({ records: sent(0) }),
        partition.append({ records: sent(2) }),
        partition.append({ records: sent(1) }),
        partition.append({ records: sent(0) }),
      ]);
      assert.deepEqual(
        results.map((result) =>
          result.status === 'fulfilled' ? result.value.baseOffset : result.reason.code,
        ),
        [0, 'OUT_OF_ORDER_SEQUENCE_NUMBER', 1, 0],
      );
    }),
  );
});

describe('transactions', () => {
  test(
    'a batch of a transaction in a request that names none is refused, since nobody would end it',
    within(async (world) => {
      const partition = await open(world);
      for (const transactionalId of [null, undefined])
        await assert.rejects(partition.append({ records: within7('a', 0), transactionalId }), {
          code: 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
        });
      assert.deepEqual([partition.endOffset, partition.lastStableOffset], [0, 0]);
    }),
  );

  const within7 = (text: string, sequence: number) =>
    batchOf([text], { isTransactional: true, producerId: 7, producerEpoch: 0, baseSequence: sequence });
  const marker = { producerId: 7, producerEpoch: 0, coordinatorEpoch: 0 };

  test(
    'readers of what is committed wait for the end of the oldest open transaction, and hear what was aborted',
    within(async (world) => {
      const partition = await open(world);
      await partition.append({ records: batchOf(['before']) });
      await partition.append({ records: within7('a', 0), transactionalId: 'seven' });
      await partition.append({ records: batchOf(['after']) });
      assert.deepEqual([partition.lastStableOffset, partition.highWatermark], [1, 3]);
      assert.deepEqual(texts(await readAll(partition, { committed: true })), ['before']);
      assert.deepEqual(texts(await readAll(partition)), ['before', 'a', 'after']);
      await partition.endTransaction({ ...marker, commit: false });
      assert.equal(partition.lastStableOffset, 4);
      const fetched = await partition.read({ offset: 0, bytesMax: 9_999, atLeastOne: true, committed: true });
      assert.deepEqual(fetched.abortedTransactions, [{ producerId: 7, firstOffset: 1 }]);
      await partition.endTransaction({ ...marker, commit: false });
      assert.equal(partition.endOffset, 4);
    }),
  );

  test(
    'an open transaction and the aborted ones outlive a restart',
    within(async (world) => {
      const partition = await open(world);
      await partition.append({ records: within7('a', 0), transactionalId: 'seven' });
      await partition.endTransaction({ ...marker, commit: false });
      await partition.append({ records: within7('b', 1), transactionalId: 'seven' });
      await partition.close();
      const again = await open(world, { leaderEpoch: 2 });
      assert.equal(again.lastStableOffset, 2);
      await assert.rejects(
        again.append({ records: batchOf(['outside'], { producerId: 7, producerEpoch: 0, baseSequence: 2 }) }),
        {
          code: 'INVALID_TXN_STATE',
        },
      );
      await again.endTransaction({ ...marker, producerEpoch: 1, commit: true });
      assert.equal(again.lastStableOffset, 4);
      await assert.rejects(again.append({ records: within7('zombie', 2), transactionalId: 'seven' }), {
        code: 'INVALID_PRODUCER_EPOCH',
      });
      const fetched = await again.read({ offset: 0, bytesMax: 9_999, atLeastOne: true, committed: true });
      assert.deepEqual(fetched.abortedTransactions, [{ producerId: 7, firstOffset: 0 }]);
    }),
  );
});

describe('retention', () => {
  test(
    'old segments go by time and by size, offsets go on, and a restart knows it',
    within(async (world) => {
      const partition = await open(world, { segmentBytesMax: 1_000, retentionBytes: 3_000 });
      for (const index of range(50)) await partition.append({ records: batchOf([`${index}`]) });
      await partition.upkeep();
      assert.ok(partition.sizeBytes() < 5_000 && partition.startOffset > 10);
      const { startOffset } = partition;
      assert.deepEqual(texts(await readAll(partition))[0], `${startOffset}`);
      await assert.rejects(partition.read({ offset: 0, bytesMax: 1, atLeastOne: true, committed: false }), {
        code: 'OFFSET_OUT_OF_RANGE',
      });
      await partition.close();
      const again = await open(world, { leaderEpoch: 2, retentionMs: 10, segmentMs: 5 });
      assert.deepEqual([again.startOffset, again.endOffset], [startOffset, 50]);
      await world.clock.sleep(100);
      await again.upkeep();
      await again.upkeep();
      assert.deepEqual([again.startOffset, again.endOffset], [50, 50]);
      await again.close();
      const empty = await open(world, { leaderEpoch: 3 });
      assert.equal((await empty.append({ records: batchOf(['next']) })).baseOffset, 50);
    }),
  );

  test(
    'records that were deleted stay deleted after a restart, also within a segment',
    within(async (world) => {
      const partition = await open(world);
      for (const index of range(10)) await partition.append({ records: batchOf([`${index}`]) });
      await partition.deleteRecordsBefore(4);
      await assert.rejects(partition.deleteRecordsBefore(11), { code: 'OFFSET_OUT_OF_RANGE' });
      await partition.close();
      const again = await open(world, { leaderEpoch: 2 });
      assert.equal(again.startOffset, 4);
      assert.deepEqual(texts(await readAll(again)), ['4', '5', '6', '7', '8', '9']);
    }),
  );

  test(
    'leader epochs tell where each start began to write',
    within(async (world) => {
      const first = await open(world);
      await first.append({ records: batchOf(['a', 'b']) });
      await first.close();
      const second = await open(world, { leaderEpoch: 5 });
      await second.append({ records: batchOf(['c']) });
      assert.deepEqual(second.endOffsetOfEpoch(1), { leaderEpoch: 1, endOffset: 2 });
      assert.deepEqual(second.endOffsetOfEpoch(3), { leaderEpoch: 1, endOffset: 2 });
      assert.deepEqual(second.endOffsetOfEpoch(5), { leaderEpoch: 5, endOffset: 3 });
      assert.equal(second.endOffsetOfEpoch(0), undefined);
    }),
  );
});

test(
  'a batch that does not fit what is wanted is not read',
  within(async (world) => {
    const partition = await open(world);
    for (const text of ['a', 'b', 'c']) await partition.append({ records: batchOf([text.repeat(5_000)]) });
    let reads = 0;
    const take = (bytes: number): Buffer => {
      reads++;
      return Buffer.alloc(bytes);
    };
    const wanted = { offset: 0, atLeastOne: true, committed: false, take };
    assert.equal((await partition.read({ ...wanted, bytesMax: 6_000 })).records.length, 1);
    assert.equal(reads, 1);
    assert.equal((await partition.read({ ...wanted, bytesMax: 12_000 })).records.length, 2);
    assert.equal(reads, 2);
  }),
);
