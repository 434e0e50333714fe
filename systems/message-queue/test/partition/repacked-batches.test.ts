// A topic whose `compression.type` is not `producer`: batches that come packed otherwise are packed as it says.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type TestContext, temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import {
  type Compression,
  compressions,
  decodeBatchHeader,
  isChecksumRight,
} from '../../src/batch/batch-header.ts';
import { append, batchesFrom, lines, type Pair, pairsBatch, pairsFrom } from './compaction-fixture.ts';
import { batchOf, open, range } from './partition-fixture.ts';

const world = realWorld();
const pairs = range(50).map((index): Pair => [`key ${index}`, `${index} ${'x'.repeat(40)}`]);

async function openHere(t: TestContext, config: { compression: Compression; batchBytesMax?: number }) {
  const partition = await open(world, { in: await temporaryDirectory(t), ...config });
  t.after(() => partition.close());
  return partition;
}

describe('batches of a topic with a compression of its own', () => {
  for (const wanted of compressions)
    for (const sent of compressions)
      test(`sent as ${sent}, wanted as ${wanted}`, async (t) => {
        const partition = await openHere(t, { compression: wanted });
        const producer = { producerId: 7, producerEpoch: 0, baseSequence: 0 };
        const first = await pairsBatch(pairs, { compression: sent, ...producer });
        assert.equal((await partition.append({ records: Buffer.from(first) })).baseOffset, 0);
        assert.equal((await partition.append({ records: Buffer.from(first) })).baseOffset, 0, 'a retry');
        const next = { compression: sent, ...producer, baseSequence: 50 };
        assert.equal(await append(partition, pairs, next), 50);
        const { batches } = await batchesFrom(partition);
        assert.equal(batches.length, 2);
        for (const [index, batch] of batches.entries()) {
          const header = decodeBatchHeader(batch);
          assert.ok(isChecksumRight(batch));
          assert.deepEqual(
            [header.compression, header.baseOffset, header.recordCount, header.lastOffsetDelta],
            [wanted, index * 50, 50, 49],
          );
          assert.deepEqual([header.producerId, header.baseSequence], [7, index * 50]);
          assert.deepEqual([header.baseTimestampMs, header.maxTimestampMs], [1_000, 1_049]);
          if (sent === wanted) assert.deepEqual(batch.subarray(61), first.subarray(61));
        }
        const read = await pairsFrom(partition);
        assert.deepEqual(
          lines(read.slice(0, 50)),
          pairs.map(([key, value], at) => `${at} ${key}=${value}`),
        );
      });

  test('come in the order of calls, whatever has to be packed anew', async (t) => {
    const partition = await openHere(t, { compression: 'zstd' });
    const sent = await Promise.all(
      range(20).map((index) => {
        const compression = index % 3 === 0 ? 'zstd' : 'none';
        return pairsBatch(pairs, { compression, timestampMs: index * 100 });
      }),
    );
    const appended = await Promise.all(sent.map((records) => partition.append({ records })));
    assert.deepEqual(
      appended.map(({ baseOffset }) => baseOffset),
      range(20).map((index) => index * 50),
    );
    const { batches } = await batchesFrom(partition);
    assert.deepEqual(
      batches.map((batch) => decodeBatchHeader(batch).baseTimestampMs),
      range(20).map((index) => index * 100),
    );
  });

  test('are refused that become too large, and that cannot be unpacked; what comes next is taken', async (t) => {
    const partition = await openHere(t, { compression: 'none', batchBytesMax: 400 });
    const packed = pairsBatch(pairs, { compression: 'gzip' });
    await assert.rejects(partition.append({ records: await packed }), { code: 'MESSAGE_TOO_LARGE' });
    const strange = batchOf(['no gzip'], { compression: 'gzip' });
    await assert.rejects(partition.append({ records: strange }), { code: 'INVALID_RECORD' });
    assert.equal(await append(partition, [['a', '1']], { compression: 'gzip' }), 0);
    assert.deepEqual(lines(await pairsFrom(partition)), ['0 a=1']);
  });
});
