import assert from 'node:assert/strict';
import { test } from 'node:test';
import { QueueTime } from './queue-time.ts';

function clockAt(nowMs: number) {
  const at = { nowMs, monotonicMs: 0.5 };
  return { at, clock: { nowMs: () => at.nowMs, monotonicMs: () => at.monotonicMs } };
}

test('it is what its clock shows, while that does not go back', () => {
  const { at, clock } = clockAt(1_000);
  const time = new QueueTime(clock, 0);
  assert.equal(time.nowMs(), 1_000);
  at.nowMs = 1_001;
  at.monotonicMs = 1;
  assert.equal(time.nowMs(), 1_001);
  at.nowMs = 9_000;
  assert.equal(time.nowMs(), 9_000);
});

test('regression: it goes on when its clock is set back, however often it is asked', () => {
  const { at, clock } = clockAt(1_000_000);
  const time = new QueueTime(clock, 0);
  assert.equal(time.nowMs(), 1_000_000);
  at.nowMs = 1_000;
  assert.equal(time.nowMs(), 1_000_000);
  for (let count = 0; count < 40; count++) {
    at.monotonicMs += 0.25;
    time.nowMs();
  }
  assert.equal(time.nowMs(), 1_000_010);
  at.nowMs = 2_000_000;
  assert.equal(time.nowMs(), 2_000_000);
});

test('it goes on from where it began, when its clock is behind that', () => {
  const { at, clock } = clockAt(1_000);
  const time = new QueueTime(clock, 5_000);
  assert.equal(time.nowMs(), 5_000);
  at.monotonicMs += 100;
  assert.equal(time.nowMs(), 5_100);
});
