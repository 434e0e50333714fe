import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeBatch } from '../batch/batch-header.ts';
import { transactionalProducers } from './transactional-batches.ts';

const batchOf = (producerId: number, isTransactional = true): Buffer =>
  encodeBatch(
    {
      ...{ baseOffset: 0, leaderEpoch: -1, compression: 'none', isLogAppendTime: false },
      ...{ isTransactional, isControl: false, baseTimestampMs: 0, maxTimestampMs: 0 },
      ...{ producerId, producerEpoch: 3, baseSequence: 0, lastOffsetDelta: 0, recordCount: 0 },
    },
    Buffer.alloc(0),
  );

test('the producers of transactional batches, each once', () => {
  assert.deepEqual(transactionalProducers(Buffer.concat([batchOf(1, false)])), []);
  assert.deepEqual(transactionalProducers(Buffer.concat([batchOf(2), batchOf(1, false), batchOf(2)])), [
    { producerId: 2, producerEpoch: 3 },
  ]);
  assert.equal(transactionalProducers(batchOf(1).subarray(0, 60)).length, 0);
});

test('regression: a request of as many producers as it has batches is looked through in no time', () => {
  // One of two is refused already: a transactional id has one producer.
  const records = Buffer.concat(Array.from({ length: 200_000 }, (_, index) => batchOf(index + 1)));
  const started = performance.now();
  assert.equal(transactionalProducers(records).length, 2);
  assert(performance.now() - started < 5_000);
});
