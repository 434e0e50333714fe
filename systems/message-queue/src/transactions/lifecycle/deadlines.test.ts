import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '@cairn/world';
import { newTransactionalId, type TransactionState } from '../machine/transaction-state.ts';
import { Deadlines } from './deadlines.ts';

/** A clock that is moved by hand, whose one timer fires when it is told to. */
function clockByHand() {
  const timers: { delayMs: number; callback: () => void }[] = [];
  const hand = { ms: 0, timers };
  const clock = {
    monotonicMs: () => hand.ms,
    setTimer(delayMs: number, callback: () => void) {
      const timer = { delayMs, callback };
      timers.push(timer);
      return { cancel: () => void timers.splice(timers.indexOf(timer), 1) };
    },
  } as unknown as Clock;
  const fire = () => timers.shift()!.callback();
  return { hand, clock, fire };
}

function open(transactionalId: string, startedMs: number, timeoutMs: number): TransactionState {
  return { ...newTransactionalId(transactionalId, 1), status: 'Ongoing', startedMs, timeoutMs };
}

test('one timer serves all, for the one that is due first', () => {
  const { hand, clock, fire } = clockByHand();
  const due: string[] = [];
  const deadlines = new Deadlines(clock, (id) => due.push(id));
  deadlines.open(open('late', 0, 500));
  deadlines.open(open('soon', 0, 200));
  deadlines.open(open('closed', 0, 100));
  deadlines.close('closed');
  assert.deepEqual(
    hand.timers.map(({ delayMs }) => delayMs),
    [100],
  );
  hand.ms = 100;
  fire();
  assert.deepEqual([due, hand.timers[0]?.delayMs], [[], 100]);
  hand.ms = 200;
  fire();
  assert.deepEqual([due, hand.timers[0]?.delayMs], [['soon'], 300]);
});

test('what is due is due again until it is closed, and is not taken for the transaction after it', () => {
  const { hand, clock, fire } = clockByHand();
  const isSame: ((state: TransactionState) => boolean)[] = [];
  const deadlines = new Deadlines(clock, (_, same) => isSame.push(same));
  deadlines.open(open('id', 0, 200));
  // More of the same transaction does not put it off.
  hand.ms = 100;
  deadlines.open(open('id', 0, 200));
  for (hand.ms = 200; isSame.length < 2; hand.ms += 30_000) fire();
  assert.deepEqual([isSame[0]!(open('id', 0, 200)), isSame[0]!(open('id', 150, 200))], [true, false]);
  deadlines.close('id');
  fire();
  assert.deepEqual([isSame.length, hand.timers.length], [2, 0]);
});

test('a timer that fires a part of a millisecond early does not fire for ever', () => {
  const { hand, clock, fire } = clockByHand();
  const deadlines = new Deadlines(clock, () => {});
  deadlines.open(open('id', 0, 200));
  hand.ms = 200 - 1e-10;
  fire();
  assert.equal(hand.timers[0]?.delayMs, 1);
});

test('regression: a timer serves more transactions than a call takes arguments', () => {
  const { hand, clock, fire } = clockByHand();
  const deadlines = new Deadlines(clock, () => {});
  for (let count = 0; count < 500_000; count++) deadlines.open(open(`${count}`, 0, 200 + count));
  hand.ms = 200;
  fire();
  assert.equal(hand.timers[0]?.delayMs, 1);
});
