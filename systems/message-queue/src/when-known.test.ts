import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allKnown, eachInTurn, whenKnown } from './when-known.ts';

const later = async <T>(value: T): Promise<T> => value;

test('what is known at once is worked on at once, what is not when it comes', async () => {
  assert.equal(
    whenKnown(2, (value) => value + 1),
    3,
  );
  assert.equal(await whenKnown(later(2), (value) => value + 1), 3);
  assert.deepEqual(allKnown([1, 2]), [1, 2]);
  assert.deepEqual(await allKnown([1, later(2)]), [1, 2]);
});

test('items are worked on one after the other, the rest once the first that has to be waited for is there', async () => {
  const begun: number[] = [];
  const work = (item: number) => {
    begun.push(item);
    return item === 2 ? later(item * 10) : item * 10;
  };
  assert.deepEqual(eachInTurn([1, 3], work), [10, 30]);
  begun.length = 0;
  const all = eachInTurn([1, 2, 3, 2], work);
  assert.deepEqual(begun, [1, 2]);
  assert.deepEqual(await all, [10, 20, 30, 20]);
  assert.deepEqual(begun, [1, 2, 3, 2]);
});

test('what fails ends the work, at once or later', async () => {
  const failing = () => {
    throw new Error('no');
  };
  assert.throws(() => eachInTurn([1], failing), /no/);
  await assert.rejects(async () => eachInTurn([1, 2], (item) => (item === 1 ? later(1) : failing())), /no/);
});
