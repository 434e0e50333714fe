// What is appended before the call returns, and what waits behind others.

import assert from 'node:assert/strict';
import test from 'node:test';
import type { Appended } from '../../src/partition/partition.ts';
import { batchOf, open, range, readAll, recordsOf, texts, within } from './partition-fixture.ts';

/** Fails where it is not there yet. */
function atOnce(appended: Appended | Promise<Appended>): Appended {
  assert(!(appended instanceof Promise), 'it waits');
  return appended;
}

test(
  'with durability=os a batch that has nothing to wait for is there when the call returns',
  within(async (world) => {
    const partition = await open(world, { durability: 'os' });
    let advanced = 0;
    partition.onAdvance(() => advanced++);
    for (const number of range(3)) {
      const { baseOffset } = atOnce(partition.appendNow({ records: batchOf([`${number}`]) }));
      assert.deepEqual([baseOffset, partition.highWatermark, advanced], [number, number + 1, number + 1]);
    }
    assert.deepEqual(texts(await readAll(partition)), ['0', '1', '2']);
    assert.throws(() => partition.appendNow({ records: Buffer.alloc(100) }), { code: 'CORRUPT_MESSAGE' });
  }),
);

test(
  'behind one that waits it waits too, and a retry of a producer gets the offset that is there',
  within(async (world) => {
    const partition = await open(world, { durability: 'os' });
    const before = partition.append({ records: batchOf(['before']) });
    const behind = partition.appendNow({ records: batchOf(['behind']) });
    assert(behind instanceof Promise);
    assert.deepEqual([(await before).baseOffset, (await behind).baseOffset], [0, 1]);
    const records = batchOf(['once'], { producerId: 1, producerEpoch: 0, baseSequence: 0 });
    assert.equal(atOnce(partition.appendNow({ records: Buffer.from(records) })).baseOffset, 2);
    assert.equal((await partition.appendNow({ records: Buffer.from(records) })).baseOffset, 2);
    assert.deepEqual(texts(await readAll(partition)), ['before', 'behind', 'once']);
  }),
);

test(
  'a synced batch is written in this turn, answered when it is synced, and there after a power loss',
  within(async (world, simulation) => {
    const partition = await open(world);
    const appended = partition.appendNow({ records: batchOf(['one']) });
    assert(appended instanceof Promise);
    assert.equal(partition.highWatermark, 0);
    await appended;
    assert.equal(partition.highWatermark, 1);
    const machine = simulation.machine('broker');
    machine.crash({ powerLoss: true });
    machine.restart();
    const again = await open(machine.world);
    assert.deepEqual(texts(await readAll(again)), ['one']);
  }),
);

test(
  'who follows the log gets each batch, whether memory has it or not',
  within(async (world) => {
    const partition = await open(world, { durability: 'os' });
    const seen: string[] = [];
    for (const number of range(12)) {
      atOnce(partition.appendNow({ records: batchOf([`${number}`]) }));
      const request = { offset: seen.length, bytesMax: 10_000, atLeastOne: true, committed: false };
      seen.push(...texts(recordsOf(await partition.read(request), seen.length)));
    }
    assert.deepEqual(seen, range(12).map(String));
    const tooMuch = await partition.read({ offset: 11, bytesMax: 10, atLeastOne: true, committed: false });
    assert.deepEqual(texts(recordsOf(tooMuch)), ['11']);
  }),
);
