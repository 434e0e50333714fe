import assert from 'node:assert/strict';
import test from 'node:test';
import { Generations } from './generations.ts';

const weighing = (weightMax: number) =>
  new Generations<string, { weight: number }>({ weightMax, weightOf: ({ weight }) => weight });

test('what is used again and again outlives a scan, and the weight is bounded', () => {
  const kept = weighing(20);
  kept.set('hot', { weight: 1 });
  for (let number = 0; number < 1_000; number++) {
    kept.set(`cold-${number}`, { weight: 1 + (number % 3) });
    assert(kept.get('hot') !== undefined, `after ${number}`);
    assert(kept.weight <= 20, `${kept.weight} after ${number}`);
  }
  assert.equal(kept.get('cold-0'), undefined);
});

test('what is heavier than half of all is not kept, and takes the place of nothing but what it replaces', () => {
  const kept = weighing(20);
  kept.set('a', { weight: 1 });
  kept.set('b', { weight: 1 });
  kept.set('b', { weight: 11 });
  assert.deepEqual([kept.get('a'), kept.get('b')], [{ weight: 1 }, undefined]);
  assert.equal(kept.weight, 1);
});

test('what is deleted is in neither generation, and weighs nothing', () => {
  const kept = weighing(4);
  for (const key of ['a', 'b', 'c', 'd']) kept.set(key, { weight: 1 });
  for (const key of ['a', 'b', 'c', 'd']) kept.delete(key);
  assert.deepEqual(
    ['a', 'b', 'c', 'd'].map((key) => kept.get(key)),
    [undefined, undefined, undefined, undefined],
  );
  assert.equal(kept.weight, 0);
  kept.set('e', { weight: 1 });
  kept.clear();
  assert.equal(kept.get('e'), undefined);
  assert.equal(kept.weight, 0);
});
