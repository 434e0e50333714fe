// Batches of every compression, on a real disk: what packs and unpacks them has threads of its own.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type TestContext, temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import { compressions, decodeBatchHeader, isChecksumRight } from '../../src/batch/batch-header.ts';
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
import { batchOf, range } from './partition-fixture.ts';

const world = realWorld();
const openHere = async (t: TestContext) => openCompacted(world, { in: await temporaryDirectory(t) });

describe('compaction of packed batches', () => {
  for (const compression of compressions) {
    test(`packs what is left of a batch as it was: ${compression}`, async (t) => {
      const partition = await openHere(t);
      const pairs = range(100).map((index): Pair => [`key ${index % 60}`, `${index} ${'x'.repeat(50)}`]);
      await append(partition, pairs, { compression, timestampMs: 5_000 });
      await seal(partition, world);
      await partition.compact();
      const { batches } = await batchesFrom(partition);
      const header = decodeBatchHeader(batches[0]!);
      assert.equal(header.compression, compression);
      assert.deepEqual([header.baseOffset, header.lastOffsetDelta, header.recordCount], [0, 99, 60]);
      assert.ok(isChecksumRight(batches[0]!));
      const seen = await pairsFrom(partition);
      assert.deepEqual(
        seen.map(({ offset, value }) => [offset, value]),
        range(60).map((index) => [index + 40, pairs[index + 40]![1]]),
      );
      assert.equal(seen[0]?.timestampMs, 5_040);
      await partition.close();
    });
  }

  test('leaves batches alone of which every record stays, byte for byte', async (t) => {
    const partition = await openHere(t);
    const pairs: Pair[] = [
      ['a', '1'],
      ['b', '1'],
    ];
    await append(partition, pairs, { compression: 'zstd' });
    await seal(partition, world);
    const before = (await batchesFrom(partition)).batches.map((batch) => Buffer.from(batch));
    assert.ok(await partition.compact());
    assert.deepEqual((await batchesFrom(partition)).batches.map(Buffer.from), before);
    await partition.close();
  });

  test('leaves a batch alone that cannot be unpacked, and the tombstones behind it', async (t) => {
    const partition = await openCompacted(world, { in: await temporaryDirectory(t), deleteRetentionMs: 0 });
    partition.configure({ ...partition.config, isCompacted: false });
    const strange = batchOf(['no gzip'], { compression: 'gzip' });
    await partition.append({ records: strange });
    partition.configure({ ...partition.config, isCompacted: true });
    await append(partition, [['a', null]]);
    await append(partition, [['b', '1']]);
    await append(partition, [['b', '2']]);
    await seal(partition, world);
    for (const _ of range(3)) {
      await partition.compact();
      await world.clock.sleep(5);
      await append(partition, [['c', '1']]);
      await seal(partition, world);
    }
    const { batches } = await batchesFrom(partition);
    assert.deepEqual(batches.map((batch) => decodeBatchHeader(batch).baseOffset).slice(0, 3), [0, 1, 3]);
    assert.equal(decodeBatchHeader(batches[0]!).compression, 'gzip');
    await partition.close();
  });
});

test('a batch with a record without a key is refused, in the order of calls, packed or not', async (t) => {
  const partition = await openHere(t);
  const batches = [
    await pairsBatch([['a', '1']], { compression: 'gzip' }),
    batchOf(['no key']),
    await pairsBatch([['b', '1']]),
    batchOf(['neither']),
    await pairsBatch([['c', '1']], { compression: 'lz4' }),
  ];
  const answers = await Promise.allSettled(batches.map((records) => partition.append({ records })));
  assert.deepEqual(
    answers.map((answer) => (answer.status === 'rejected' ? answer.reason.code : answer.value.baseOffset)),
    [0, 'INVALID_RECORD', 1, 'INVALID_RECORD', 2],
  );
  assert.deepEqual(lines(await pairsFrom(partition)), ['0 a=1', '1 b=1', '2 c=1']);
  await partition.close();
});
