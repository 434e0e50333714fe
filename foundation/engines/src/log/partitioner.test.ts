import assert from 'node:assert/strict';
import { test } from 'node:test';
import { murmur2, partitionOfKey } from './partitioner.ts';

// Of UtilsTest of Kafka's Java client.
for (const [text, hash] of [
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
] as const)
  test(`the hash of ${text} is that of Kafka's Java client`, () => {
    assert.equal(murmur2(Buffer.from(text)), hash);
  });

test('a partition is never negative, and within the topic', () => {
  for (let count = 1; count < 20; count++)
    for (let key = 0; key < 50; key++) {
      const partition = partitionOfKey(Buffer.from(`key ${key}`), count);
      assert(partition >= 0 && partition < count);
    }
});
