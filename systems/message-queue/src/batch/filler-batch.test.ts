import assert from 'node:assert/strict';
import test from 'node:test';
import { decodeBatchHeader, isChecksumRight } from './batch-header.ts';
import { decodeMarker } from './control-records.ts';
import { fillerBatch } from './filler-batch.ts';
import { decodeRecords } from './records.ts';

const place = { firstOffset: 40, lastOffset: 45, leaderEpoch: 3 };

test('a filler has any length from 70 bytes on, and takes up the offsets', () => {
  const lengths = [...Array(400).keys()].map((index) => 70 + index);
  for (const length of [...lengths, 8_000, 8_257, 8_258, 8_259, 16_500, 1_048_700, 2_097_300]) {
    const batch = fillerBatch(length, place);
    assert.equal(batch?.length, length);
    assert.ok(isChecksumRight(batch));
    const header = decodeBatchHeader(batch);
    assert.deepEqual([header.baseOffset, header.lastOffsetDelta, header.isControl], [40, 5, true]);
    const [record] = decodeRecords(header, batch.subarray(61));
    assert.equal(decodeMarker(record!), undefined);
  }
});

test('what is too short for a filler gets none', () => {
  assert.equal(fillerBatch(69, place), undefined);
  assert.equal(fillerBatch(10, place), undefined);
});
