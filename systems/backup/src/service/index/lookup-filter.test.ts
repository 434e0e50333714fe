import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BloomFilter } from '@cairn/hashing';
import { SeededRandom } from '@cairn/world/simulated';
import { keyBytes } from './fingerprint-map.ts';
import { LookupFilter } from './lookup-filter.ts';

test('what is known is never denied: not while it is rebuilt, nor what comes meanwhile', async () => {
  const random = new SeededRandom(1);
  const known: Uint8Array[] = [random.bytes(1_000 * keyBytes)];
  let during: (() => void) | undefined;
  const source = {
    size: () => known.reduce((sum, keys) => sum + keys.length / keyBytes, 0),
    async *keys() {
      yield* [...known];
    },
    pause: async () => during?.(),
  };
  const filter = await LookupFilter.build(source, { generation: 7 });
  const firstVersion = filter.version;
  const add = (count: number) => {
    const keys = random.bytes(count * keyBytes);
    known.push(keys);
    filter.add(keys);
  };
  add(100_000); // more than it was made for
  during = () => {
    during = undefined;
    add(500);
  };
  await filter.rebuildWhenWorthIt();
  assert.notEqual(filter.version, firstVersion);
  const copy = BloomFilter.parse(filter.serialise());
  for (const keys of known) {
    for (let at = 0; at < keys.length; at += keyBytes) assert(copy.has(keys, at));
  }
  const others = random.bytes(10_000 * keyBytes);
  let wrong = 0;
  for (let at = 0; at < others.length; at += keyBytes) if (copy.has(others, at)) wrong += 1;
  assert(wrong < 150, `${wrong} of 10,000 others are taken for known`);
});

test('it is built anew when a third of it was dropped, and not before', async () => {
  const random = new SeededRandom(2);
  let known = random.bytes(900 * keyBytes);
  const all = known;
  const source = {
    size: () => known.length / keyBytes,
    async *keys() {
      yield known;
    },
    pause: async () => {},
  };
  const filter = await LookupFilter.build(source, { generation: 1 });
  filter.noteDropped(200);
  await filter.rebuildWhenWorthIt();
  assert.equal(filter.version, '1-900');
  known = known.subarray(0, 600 * keyBytes);
  filter.noteDropped(100);
  await filter.rebuildWhenWorthIt();
  assert.equal(filter.version, '2-600');
  const copy = BloomFilter.parse(filter.serialise());
  let left = 0;
  for (let at = 600 * keyBytes; at < all.length; at += keyBytes) if (copy.has(all, at)) left += 1;
  assert(left < 30, `${left} of 300 that were dropped are left`);
});
