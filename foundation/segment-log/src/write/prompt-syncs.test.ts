import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  promptSyncMsMax,
  promptSyncPauseMsMax,
  promptSyncPauseMsMin,
  promptSyncsAfter,
  promptSyncsForgetAfter,
} from '../limits.ts';
import { PromptSyncs } from './prompt-syncs.ts';

/** On a clock that the test moves; every call is in a turn of its own, unless the test holds turns. */
function onClock() {
  const clock = {
    now: 0,
    turns: undefined as (() => void)[] | undefined,
    monotonicMs: () => clock.now,
    nextTurn: (callback: () => void) => {
      if (clock.turns === undefined) callback();
      else clock.turns.push(callback);
    },
  };
  const syncs = PromptSyncs.of(clock);
  const elsewhere = (tookMs = 0) => {
    const ended = syncs.begin();
    clock.now += tookMs;
    ended();
  };
  const slowly = () => {
    clock.now += promptSyncMsMax + 1;
  };
  const trusted = () => {
    for (let count = 0; count < promptSyncsAfter; count++) elsewhere();
  };
  return { clock, syncs, elsewhere, slowly, trusted };
}

test('none is made before some in a row were short', () => {
  const { syncs, elsewhere, trusted } = onClock();
  assert.equal(syncs.isAllowed, false);
  for (let count = 1; count < promptSyncsAfter; count++) elsewhere();
  elsewhere(promptSyncMsMax + 1);
  elsewhere();
  assert.equal(syncs.isAllowed, false);
  trusted();
  assert.equal(syncs.isAllowed, true);
});

test('none is made beside another, and one in a turn', () => {
  const { clock, syncs, trusted } = onClock();
  trusted();
  const ended = syncs.begin();
  assert.equal(syncs.isAllowed, false);
  ended();
  clock.turns = [];
  syncs.make(() => {});
  assert.equal(syncs.isAllowed, false);
  clock.turns[0]!();
  assert.equal(syncs.isAllowed, true);
  assert.equal(PromptSyncs.of(clock), syncs, 'of all logs together');
});

test('after a short one none is made for as long as it took', () => {
  const { clock, syncs, trusted } = onClock();
  trusted();
  syncs.make(() => {
    clock.now += promptSyncMsMax / 2;
  });
  clock.now += promptSyncMsMax / 4;
  assert.equal(syncs.isAllowed, false);
  clock.now += promptSyncMsMax / 4;
  assert.equal(syncs.isAllowed, true);
});

test('after one that took long none is made for a while, longer each time, also when it failed', () => {
  const { clock, syncs, slowly, trusted } = onClock();
  const pauseMs = (): number => {
    const from = clock.now;
    trusted();
    while (!syncs.isAllowed) clock.now += promptSyncPauseMsMin;
    return clock.now - from;
  };
  pauseMs();
  syncs.make(slowly);
  assert.equal(pauseMs(), promptSyncPauseMsMin);
  const failing = () => {
    slowly();
    throw new Error('EIO');
  };
  assert.throws(() => syncs.make(failing), /EIO/);
  assert.equal(pauseMs(), 2 * promptSyncPauseMsMin);
  for (let count = 0; count < 10; count++) syncs.make(slowly);
  assert.equal(pauseMs(), promptSyncPauseMsMax);
  for (let count = 0; count < promptSyncsForgetAfter; count++) syncs.make(() => {});
  syncs.make(slowly);
  assert.equal(pauseMs(), promptSyncPauseMsMin);
});
