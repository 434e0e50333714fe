import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { UnitTracker } from './unit-tracker.ts';

function begin(units: UnitTracker, errors: unknown[] = []) {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  units.follow(
    () => promise,
    (error) => errors.push(error),
  );
  return { end: resolve, fail: reject };
}

test('units that end out of order count when all before them ended', async () => {
  const units = new UnitTracker();
  const [first, second, third] = [begin(units), begin(units), begin(units)];
  assert.deepEqual([units.lastBegun, units.doneUpTo], [3, 0]);
  third.end();
  second.end();
  await turn();
  assert.equal(units.doneUpTo, 0);
  first.end();
  await turn();
  assert.equal(units.doneUpTo, 3);
});

test('a unit that fails is told, and counts as done', async () => {
  const units = new UnitTracker();
  const errors: unknown[] = [];
  begin(units, errors).fail(new Error('no'));
  await units.settled();
  assert.deepEqual([errors.length, units.doneUpTo], [1, 1]);
});

test('settled waits for units that begin meanwhile', async () => {
  const units = new UnitTracker();
  const first = begin(units);
  let settled = false;
  const waiting = units.settled().then(() => {
    settled = true;
  });
  const second = begin(units);
  first.end();
  await turn();
  assert.equal(settled, false);
  second.end();
  await waiting;
});
