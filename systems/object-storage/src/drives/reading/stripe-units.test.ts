import assert from 'node:assert/strict';
import { test } from 'node:test';
import { notCached } from '../fake-slots.ts';
import { Stripes, unitBytesMax } from '../layout/stripes.ts';
import type { OpenShards } from './open-shards.ts';
import { StripeUnits } from './stripe-units.ts';

test('every shard is read to its end, where its reader gives its buffers back', async () => {
  const ended: number[] = [];
  async function* chunks(index: number, count: number) {
    for (let unit = 0; unit < count; unit++) yield Buffer.alloc(unitBytesMax, index);
    ended.push(index);
  }
  const shard = (index: number) => ({
    ...{ index, slot: {} },
    reader: { read: ({ length }: { length: number }) => notCached(chunks(index, length / unitBytesMax)) },
  });
  const shards = { indexes: [0, 1], get: shard, openAll: async () => {} } as unknown as OpenShards;
  const stripes = new Stripes({ dataShards: 2, parityShards: 1 }, 3 * 2 * unitBytesMax);
  const units = new StripeUnits({ blob: 'b', shards, stripes, onTrouble: () => assert.fail('no trouble') });
  const read: number[] = [];
  for await (const { stripe, units: found } of units.read({ first: 0, last: 2, wanted: [0, 1] })) {
    assert.deepEqual([found[0]![0], found[1]![0]], [0, 1]);
    assert.deepEqual(ended, [], 'units of the last stripe are looked at until more is asked for');
    read.push(stripe);
  }
  assert.deepEqual(read, [0, 1, 2]);
  assert.deepEqual(ended.toSorted(), [0, 1]);
});
