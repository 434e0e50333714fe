import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  promptWriteBytesMax,
  promptWriteBytesPerSecond,
  promptWriteMsMax,
  promptWritePauseMsMax,
  promptWritePauseMsMin,
} from '../limits.ts';
import { PromptWrites } from './prompt-writes.ts';

const unsynced = { isSyncing: false, isSynced: false };
const synced = { isSyncing: false, isSynced: true };

/** Writes on a clock that the test moves. */
function onClock() {
  const clock = { now: 0, monotonicMs: () => clock.now };
  return { clock, writes: new PromptWrites(clock) };
}

test('small writes are made at once, but not beside a sync', () => {
  const { writes } = onClock();
  assert.equal(writes.allows(promptWriteBytesMax, unsynced), true);
  assert.equal(writes.allows(promptWriteBytesMax + 1, synced), false);
  assert.equal(writes.allows(1, { isSyncing: true, isSynced: false }), false);
});

test('what is not synced is bounded within a second, and what is synced is not counted', () => {
  const { clock, writes } = onClock();
  const write = (commit: typeof synced): boolean => {
    const allowed = writes.allows(promptWriteBytesMax, commit);
    if (allowed) writes.make(promptWriteBytesMax, () => {});
    return allowed;
  };
  const fitting = promptWriteBytesPerSecond / promptWriteBytesMax;
  for (let count = 0; count < fitting; count++) assert.equal(write(unsynced), true);
  assert.equal(write(unsynced), false);
  assert.equal(write(synced), true);
  for (let count = 1; count < fitting; count++) assert.equal(write(unsynced), true);
  assert.equal(write(unsynced), false);
  clock.now += 1_000;
  assert.equal(write(unsynced), true);
});

test('after one that was held up none is made for a while, longer each time in a row, also when it failed', () => {
  const { clock, writes } = onClock();
  const slowly = () => {
    clock.now += promptWriteMsMax + 1;
  };
  const failing = () => {
    slowly();
    throw new Error('EIO');
  };
  const pauseMs = (): number => {
    const from = clock.now;
    while (!writes.allows(1, synced)) clock.now += promptWritePauseMsMin;
    return clock.now - from;
  };
  writes.make(1, slowly);
  assert.equal(pauseMs(), promptWritePauseMsMin);
  assert.throws(() => writes.make(1, failing), /EIO/);
  assert.equal(pauseMs(), 2 * promptWritePauseMsMin);
  for (let count = 0; count < 10; count++) writes.make(1, slowly);
  assert.equal(pauseMs(), promptWritePauseMsMax);
  writes.make(1, () => {});
  writes.make(1, slowly);
  assert.equal(pauseMs(), promptWritePauseMsMin);
});

test('after one that was held up none is made in other logs either', () => {
  const { clock, writes } = onClock();
  const others = new PromptWrites(clock);
  writes.make(1, () => {
    clock.now += promptWriteMsMax + 1;
  });
  assert.equal(others.allows(1, synced), false);
  clock.now += promptWritePauseMsMin;
  assert.equal(others.allows(1, synced), true);
});
