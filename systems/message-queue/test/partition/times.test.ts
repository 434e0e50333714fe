// Records by their timestamps, where that is less simple than it looks.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeBatchHeader, encodeBatch } from '../../src/batch/batch-header.ts';
import { encodeRecords } from '../../src/batch/records.ts';
import { batchOf, open, within } from './partition-fixture.ts';

describe('times', () => {
  const marker = { producerId: 7, producerEpoch: 0, coordinatorEpoch: 0 };

  test(
    'the largest timestamp is found behind the marker of a transaction',
    within(async (world) => {
      const partition = await open(world);
      await partition.append({
        records: batchOf(['a'], { isTransactional: true, producerId: 7, producerEpoch: 0, baseSequence: 0 }),
        transactionalId: 'x',
      });
      await partition.endTransaction({ ...marker, commit: true });
      assert.notEqual(await partition.maxTimestamp(), undefined);
    }),
  );

  test(
    'the largest timestamp is that of what may be read: not of a batch that waits for its sync',
    within(async (world) => {
      const partition = await open(world);
      await partition.append({ records: batchOf(['a'], { timestampMs: 1_000 }) });
      const waiting = partition.append({ records: batchOf(['b'], { timestampMs: 2_000 }) });
      while (partition.endOffset === 1) await world.clock.sleep(0.01);
      assert.equal(partition.highWatermark, 1);
      assert.deepEqual(await partition.maxTimestamp(), { offset: 0, timestampMs: 1_000 });
      await waiting;
    }),
  );

  test(
    'a time whose record was deleted from a batch means one of a later batch',
    within(async (world) => {
      const partition = await open(world);
      const record = (timestampMs: number) => ({
        timestampMs,
        key: null,
        value: Buffer.from('x'),
        headers: [],
      });
      const like = decodeBatchHeader(batchOf(['a', 'b'], { timestampMs: 10, maxTimestampMs: 100 }));
      const mixed = encodeBatch(
        { ...like, compression: 'none' },
        encodeRecords([record(100), record(10)], 10),
      );
      await partition.append({ records: mixed });
      await partition.append({ records: batchOf(['c'], { timestampMs: 60 }) });
      await partition.deleteRecordsBefore(1);
      assert.deepEqual(await partition.offsetOfTime(50), { offset: 2, timestampMs: 60 });
      assert.deepEqual(await partition.maxTimestamp(), { offset: 2, timestampMs: 60 });
    }),
  );

  test(
    'records that are not what their batch says are reported as corrupt',
    within(async (world) => {
      const partition = await open(world);
      await partition.append({
        records: batchOf(['abcdefghijkl'], { recordCount: 2, lastOffsetDelta: 1, maxTimestampMs: 2_000 }),
      });
      await assert.rejects(partition.offsetOfTime(1_500), { code: 'CORRUPT_MESSAGE' });
    }),
  );
});
