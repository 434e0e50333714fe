import assert from 'node:assert/strict';
import test from 'node:test';
import { murmur2, partitionOfKey } from './key-partition.ts';

// Those of Kafka's own test of its hash (UtilsTest, testMurmur2).
for (const [text, hash] of [
  ['21', -973_932_308],
  ['foobar', -790_332_482],
  ['a-little-bit-long-string', -985_981_536],
  ['a-little-bit-longer-string', -1_486_304_829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58_897_971],
  ['abc', 479_470_107],
] as const)
  test(`the hash of '${text}' is Kafka's`, () => {
    assert.equal(murmur2(Buffer.from(text)), hash);
  });

test('a partition is never negative', () => {
  assert.equal(partitionOfKey(Buffer.from('21'), 10), (-973_932_308 & 0x7fff_ffff) % 10);
});
