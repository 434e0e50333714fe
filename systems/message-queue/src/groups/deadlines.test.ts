import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '@cairn/world/simulated';
import { Deadlines } from './deadlines.ts';

test('owners come out when their time has come, the earliest first, each once', () => {
  const random = new SeededRandom(1);
  const deadlines = new Deadlines<{ atMs: number }>();
  const owners = Array.from({ length: 3_000 }, () => ({ atMs: 1 + random.integer(1_000) }));
  for (const owner of owners) {
    deadlines.put(owner, owner.atMs + 500);
    deadlines.put(owner, owner.atMs);
    deadlines.put(owner, owner.atMs + 1);
  }
  const gone = owners.filter(() => random.chance(1 / 4));
  for (const owner of gone) deadlines.remove(owner);
  const taken: number[] = [];
  for (let nowMs = 0; nowMs <= 2_000; nowMs++)
    for (let owner = deadlines.take(nowMs); owner !== undefined; owner = deadlines.take(nowMs)) {
      assert.equal(owner.atMs, nowMs);
      taken.push(owner.atMs);
    }
  assert.equal(taken.length, owners.length - gone.length);
});

test('regression: an owner that was removed is not kept until its time', () => {
  const deadlines = new Deadlines<object>();
  const stays = {};
  deadlines.put(stays, 5);
  for (let count = 0; count < 10_000; count++) {
    const owner = {};
    deadlines.put(owner, 1_800_000 + count);
    deadlines.remove(owner);
  }
  assert(deadlines.size < 2_000, `${deadlines.size} entries`);
  assert.equal(deadlines.take(5), stays);
  assert.equal(deadlines.take(10_000_000), undefined);
});
