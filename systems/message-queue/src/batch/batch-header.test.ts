import assert from 'node:assert/strict';
import test from 'node:test';
import { capturedBatch, capturedCompressions } from '../../test/batch/captured-batches.ts';
import { batchHeaderBytes } from '../limits.ts';
import {
  batchLengthAt,
  decodeBatchHeader,
  encodeBatch,
  isChecksumRight,
  magicOf,
  placeBatch,
  setLogAppendTime,
} from './batch-header.ts';

test('the headers of a real client are read as it meant them', () => {
  for (const compression of capturedCompressions) {
    const batch = capturedBatch(compression);
    const { baseTimestampMs, maxTimestampMs, ...rest } = decodeBatchHeader(batch);
    assert.deepEqual(rest, {
      ...{ baseOffset: 0, leaderEpoch: 0, lengthBytes: batch.length, compression, isLogAppendTime: false },
      ...{ isTransactional: false, isControl: false, hasDeleteHorizon: false },
      ...{ lastOffsetDelta: 1, recordCount: 2 },
      ...{ producerId: -1, producerEpoch: -1, baseSequence: -1 },
    });
    assert.equal(baseTimestampMs, maxTimestampMs);
    assert.match(new Date(baseTimestampMs).toISOString(), /^2026-/);
    assert.deepEqual(
      [magicOf(batch), isChecksumRight(batch), batchLengthAt(batch, 0)],
      [2, true, batch.length],
    );
  }
});

test('encoding what was decoded gives the bytes of the real client', () => {
  for (const compression of capturedCompressions) {
    const batch = capturedBatch(compression);
    const header = { ...decodeBatchHeader(batch), compression };
    assert.deepEqual(encodeBatch(header, batch.subarray(batchHeaderBytes)), batch);
  }
});

test('numbers of 64 bits, also negative ones, come back', () => {
  const like = { ...decodeBatchHeader(capturedBatch('none')), compression: 'none' as const };
  for (const number of [
    0,
    -1,
    1,
    2 ** 32 - 1,
    2 ** 32,
    -(2 ** 32),
    -(2 ** 32) - 1,
    2 ** 53 - 1,
    1 - 2 ** 53,
  ]) {
    const header = { ...like, baseOffset: number, producerId: number, maxTimestampMs: number };
    const decoded = decodeBatchHeader(encodeBatch(header, Buffer.alloc(0)));
    assert.deepEqual(
      [decoded.baseOffset, decoded.producerId, decoded.maxTimestampMs],
      [number, number, number],
    );
  }
});

test('a place leaves the checksum right, a flipped bit behind it does not', () => {
  const batch = capturedBatch('none');
  placeBatch(batch, { baseOffset: 2 ** 40 + 3, leaderEpoch: 9 });
  const { baseOffset, leaderEpoch } = decodeBatchHeader(batch);
  assert.deepEqual([baseOffset, leaderEpoch, isChecksumRight(batch)], [2 ** 40 + 3, 9, true]);
  for (let at = 17; at < batch.length; at++) {
    batch[at]! ^= 1;
    assert.equal(isChecksumRight(batch), false, `byte ${at}`);
    batch[at]! ^= 1;
  }
});

test('the broker’s time is set with a checksum that is right, and nothing else changes', () => {
  const batch = capturedBatch('zstd');
  const before = decodeBatchHeader(batch);
  setLogAppendTime(batch, 1_234);
  assert.deepEqual(decodeBatchHeader(batch), { ...before, isLogAppendTime: true, maxTimestampMs: 1_234 });
  assert.ok(isChecksumRight(batch));
});

test('of a batch whose length is not there, none is given', () => {
  const batch = capturedBatch('none');
  assert.equal(batchLengthAt(batch.subarray(0, 11), 0), undefined);
  assert.equal(batchLengthAt(batch.subarray(0, 12), 0), batch.length);
});
