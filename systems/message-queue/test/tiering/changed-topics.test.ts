// Two tiers beside compaction and delayed messages: what one leaves behind, and topics that change from one to the other.

import assert from 'node:assert/strict';
import test from 'node:test';
import { append as appendPairs, seal } from '../partition/compaction-fixture.ts';
import { batchOf, config, flipLastBit, open, readAll } from '../partition/partition-fixture.ts';
import { append, moveAll, openTiered, tiered, withinTiers, words } from './tiering-fixture.ts';

const six = ['a', 'b', 'c', 'd', 'e', 'f'];
const { signal } = new AbortController();
const compacted = { isDeleted: false, isCompacted: true, minCleanableDirtyRatio: 0, segmentBytesMax: 512 };

test(
  'batches without records that only the engine had do not leave the high watermark below the start',
  withinTiers(async (tiers) => {
    const partition = await openTiered(tiers);
    await append(partition, ['a']);
    const producer = { producerId: 7, producerEpoch: 0, baseSequence: 0, lastOffsetDelta: 2 };
    const empty = batchOf([], { ...producer, baseTimestampMs: -1, maxTimestampMs: -1 });
    await partition.append({ records: empty, isOwn: true });
    await seal(partition, tiers.world);
    await moveAll(partition);
    partition.configure(config);
    await partition.upkeep();
    const { startOffset, lastStableOffset, highWatermark, endOffset } = partition;
    assert.deepEqual([startOffset, lastStableOffset, highWatermark, endOffset], [4, 4, 4, 4]);
    await partition.close();
    assert.equal((await openTiered(tiers)).highWatermark, 4);
  }),
);

test(
  'a topic that gets a second tier while it is compacted keeps what was copied',
  withinTiers(async (tiers) => {
    const partition = await open(tiers.world, { ...compacted, engine: tiers.engine });
    for (const value of six) await appendPairs(partition, [['k', value.padEnd(440, '.')]]);
    const compacting = partition.compact({ bytesPerSecond: 1_000 });
    await tiers.world.clock.sleep(100);
    const remote = { ...tiered.remote!, localRetentionBytes: Number.POSITIVE_INFINITY };
    partition.configure({ ...config, ...tiered, remote });
    while (await partition.tiers.step(signal));
    assert.equal(await compacting, undefined);
    assert.deepEqual(words(await readAll(partition)), six);
    await partition.close();
    assert.deepEqual(words(await readAll(await openTiered(tiers, { remote }))), six);
  }),
);

test(
  'no checkpoint is left: what was compacted before it was moved is taken once, and before the rest',
  withinTiers(async (tiers) => {
    const partition = await open(tiers.world, { ...compacted, engine: tiers.engine });
    const producer = (baseSequence: number) => ({ producerId: 7, producerEpoch: 0, baseSequence });
    for (const sequence of [0, 1, 2])
      await appendPairs(partition, [['k', 'v'.padEnd(440, '.')]], producer(sequence));
    await seal(partition, tiers.world);
    assert.notEqual(await partition.compact(), undefined);
    partition.configure({ ...config, ...tiered });
    for (const sequence of [3, 4])
      await appendPairs(partition, [['k', 'v'.padEnd(440, '.')]], producer(sequence));
    await append(partition, ['last']);
    await moveAll(partition);
    const before = partition.producers().map(({ lastSequence }) => lastSequence);
    await partition.close();
    for (const name of ['checkpoint', 'checkpoint.second']) await flipLastBit(tiers.world, name);
    const again = await openTiered(tiers);
    assert.deepEqual([before, again.producers().map(({ lastSequence }) => lastSequence)], [[4], [4]]);
    assert.equal(again.endOffset, 6);
  }),
);
