import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DiskError } from '@cairn/world';
import { BlobDamagedError } from '../../data/data-store.ts';
import { Generations } from '../../data/reading/generations.ts';
import { type FakeSlot, fakeSlots, scheme, shardOf } from '../fake-slots.ts';
import type { Trailer } from '../layout/stripes.ts';
import { OpenShards } from './open-shards.ts';

const blob = '0123456789abcdef0123456789abcdef';

function openedOver(slots: readonly FakeSlot[]) {
  const known = new Generations<number, Trailer>({ weightMax: 100, weightOf: () => 1 });
  return () => new OpenShards({ blob, scheme, ranked: slots, known, onTrouble: () => {} });
}

test('regression: who reads a trailer while the shard is written anew as another one misleads nobody', async () => {
  const slots = fakeSlots(blob);
  const open = openedOver(slots);
  const { promise: gate, resolve: letGo } = Promise.withResolvers<void>();
  slots[1]!.beforeRead = () => gate;
  const early = open();
  const opening = early.openData();
  await new Promise(setImmediate);
  slots[1]!.put(shardOf(0));
  slots[1]!.beforeRead = undefined;
  letGo();
  await opening;
  assert.equal(early.get(1)?.slot, slots[1], 'what it opened is shard 1 still');
  const later = open();
  await later.openData();
  assert.deepEqual([...later.found.values()].sort(), [0, 0, 2, 3]);
  assert.equal(later.get(1), undefined, 'nobody has it any more');
});

test('a trailer is read once, and again when its shard lies elsewhere', async () => {
  const slots = fakeSlots(blob);
  const open = openedOver(slots);
  for (let time = 0; time < 3; time++) await open().openAll();
  assert.deepEqual(
    slots.map(({ reads }) => reads),
    [1, 1, 1, 1],
  );
  slots[2]!.put(shardOf(2));
  await open().openAll();
  assert.deepEqual(
    slots.map(({ reads }) => reads),
    [1, 1, 2, 1],
  );
});

test('a shard that could not be read this time is told from one that is damaged', async () => {
  const slots = fakeSlots(blob);
  slots[0]!.beforeRead = () => Promise.reject(new DiskError('io', { operation: 'read', path: 'segment' }));
  slots[1]!.beforeRead = () => Promise.reject(new BlobDamagedError(blob, { detail: 'rotten' }));
  const shards = openedOver(slots)();
  await shards.openAll();
  assert.deepEqual(shards.indexes, [2, 3]);
  assert.deepEqual([...shards.unread], [slots[0]]);
});
