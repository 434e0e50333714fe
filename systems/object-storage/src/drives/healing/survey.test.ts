import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DiskError } from '@cairn/world';
import { BlobDamagedError } from '../../data/data-store.ts';
import { type FakeSlot, fakeSlots, scheme, shardOf } from '../fake-slots.ts';
import { OpenShards } from '../reading/open-shards.ts';
import { planHealing } from './survey.ts';

const blob = '0123456789abcdef0123456789abcdef';
const known = { get: () => undefined, set: () => {} };

async function planOf(slots: readonly FakeSlot[], { without = [] as readonly FakeSlot[] } = {}) {
  const shards = new OpenShards({ blob, scheme, ranked: slots, known, onTrouble: () => {} });
  await shards.openAll();
  const holders = slots
    .filter((slot) => !without.includes(slot))
    .map((slot) => ({ drive: { slot, placement: slot.placement, store: slot.store }, damaged: false }));
  const { targets, ...plan } = planHealing(blob, { scheme, slots, holders, shards });
  const written = targets.map(({ drive, index, rewrite }) => [
    slots.indexOf(drive.slot as FakeSlot),
    rewrite ? `again as ${index}` : `as ${index}`,
  ]);
  return { ...plan, written };
}

const unreadable = () => Promise.reject(new DiskError('io', { operation: 'read', path: 'segment' }));
const rotten = () => Promise.reject(new BlobDamagedError(blob, { detail: 'rotten' }));

test('what is missing goes home', async () => {
  const slots = fakeSlots(blob);
  slots[0]!.put(undefined);
  const { written, homeless } = await planOf(slots, { without: [slots[0]!] });
  assert.deepEqual([written, homeless], [[[0, 'as 0']], 0]);
});

test('regression: a shard that its drive could not give this time is not given up for another one', async () => {
  const slots = fakeSlots(blob);
  slots[0]!.put(undefined);
  slots[1]!.beforeRead = unreadable;
  const { written, unread } = await planOf(slots, { without: [slots[0]!] });
  assert.deepEqual(written, [[0, 'as 0']]);
  assert.deepEqual(unread, [slots[1]]);
});

test('regression: one whose trailer is rotten is written anew as that whose home it is', async () => {
  const slots = fakeSlots(blob);
  slots[0]!.put(undefined);
  slots[1]!.beforeRead = rotten;
  const { written } = await planOf(slots, { without: [slots[0]!] });
  assert.deepEqual(written, [
    [0, 'as 0'],
    [1, 'again as 1'],
  ]);
});

test('one whose trailer is rotten and whose own shard is elsewhere takes what has no other place', async () => {
  const slots = fakeSlots(blob);
  slots[0]!.put(shardOf(1));
  slots[1]!.beforeRead = rotten;
  const { written, homeless } = await planOf(slots);
  assert.deepEqual([written, homeless], [[[1, 'again as 0']], 0]);
});
