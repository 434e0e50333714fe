import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WeightedCache } from './weighted-cache.ts';

test('what was used longest ago goes first when the weight is too much', () => {
  const cache = new WeightedCache<number>(10);
  cache.set('a', 1, 4);
  cache.set('b', 2, 4);
  assert.equal(cache.get('a'), 1);
  cache.set('c', 3, 4);
  assert.deepEqual([cache.get('a'), cache.get('b'), cache.get('c')], [1, undefined, 3]);
  assert.equal(cache.weight, 8);
});

test('a value that is set again counts once', () => {
  const cache = new WeightedCache<number>(10);
  cache.set('a', 1, 6);
  cache.set('a', 2, 8);
  assert.equal(cache.get('a'), 2);
  assert.equal(cache.weight, 8);
});

test('what weighs more than everything is not kept, nor is its predecessor, and pushes nothing out', () => {
  const cache = new WeightedCache<number>(10);
  cache.set('a', 1, 5);
  cache.set('b', 1, 5);
  cache.set('a', 2, 11);
  assert.deepEqual([cache.get('a'), cache.get('b')], [undefined, 1]);
  assert.equal(cache.weight, 5);
});
