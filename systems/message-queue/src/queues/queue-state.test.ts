import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Now, QueueState, type QueueStateOptions } from './queue-state.ts';

const at = (ms: number): Now => ({ wallMs: 1_000_000 + ms, monotonicMs: ms });

function setUp(options: Partial<QueueStateOptions> = {}) {
  const state = new QueueState({
    ...{ isFifo: false, startOffset: 0, gone: [], receiveCounts: [], inFlightMax: 100, entriesMax: 1_000 },
    ...options,
  });
  let number = 0;
  const takeUp = (count: number, { group, dueMs = 0 }: { group?: string; dueMs?: number } = {}): void => {
    for (let index = 0; index < count; index++) state.takeUp({ offset: state.cursor, dueMs, group }, at(0));
  };
  const receive = (max: number, { nowMs = 0, forMs = 30 } = {}) => {
    state.advance(at(nowMs));
    return state
      .receive({ max, untilMs: nowMs + forMs }, { now: at(nowMs), nextNumber: () => ++number })
      .map(({ entry }) => entry.offset);
  };
  return { state, takeUp, receive };
}

test('a queue of ten million messages has no entry for any of them', () => {
  const { state } = setUp({ gone: [{ first: 0, last: 4 }] });
  assert.deepEqual(state.counts(10_000_000), { waiting: 9_999_995, inFlight: 0, delayed: 0 });
  assert.equal(state.cursor, 5);
});

test('what is received is nobody else’s until its time is over, and then comes before what is newer', () => {
  const { takeUp, receive } = setUp();
  takeUp(3);
  assert.deepEqual(receive(2), [0, 1]);
  assert.deepEqual(receive(2), [2]);
  assert.deepEqual(receive(2, { nowMs: 29 }), []);
  takeUp(1);
  assert.deepEqual(receive(2, { nowMs: 30 }), [0, 1]);
});

test('a deletion joins its neighbours; from the head on all of it can be forgotten', () => {
  const { state, takeUp, receive } = setUp();
  takeUp(3);
  receive(3);
  state.delete(state.entry(1)!);
  assert.equal(state.goneFromHead, 0);
  assert.deepEqual(state.delete(state.entry(0)!), [
    { kind: 'gone', first: 0, last: 1 },
    { kind: 'gone', first: 1, last: undefined },
  ]);
  assert.equal(state.goneFromHead, 2);
  assert.deepEqual(state.reclaim(2), [{ kind: 'gone', first: 0, last: undefined }]);
  assert.equal(state.head, 2);
});

test('a group gives nothing while something of it is in flight, nor until its deletion is durable', () => {
  const { state, takeUp, receive } = setUp({ isFifo: true });
  takeUp(3, { group: 'a' });
  takeUp(1, { group: 'b' });
  assert.deepEqual(receive(1), [0]);
  assert.deepEqual(receive(10), [3]);
  const first = state.entry(0)!;
  state.delete(first);
  assert.deepEqual(receive(10), [], 'a crash could bring the first back behind the second');
  state.release(first);
  assert.deepEqual(receive(10), [1, 2]);
});

test('messages of a group that return one by one are given in order, once all are back', () => {
  const { state, takeUp, receive } = setUp({ isFifo: true });
  takeUp(3, { group: 'a' });
  assert.deepEqual(receive(2), [0, 1]);
  state.return(state.entry(0)!);
  assert.deepEqual(receive(10), []);
  state.return(state.entry(1)!);
  assert.deepEqual(receive(10), [0, 1, 2]);
});

test('a delayed message comes when the wall clock says so, and holds nobody else up', () => {
  const { state, takeUp, receive } = setUp();
  takeUp(1, { dueMs: 1_000_050 });
  takeUp(1);
  assert.deepEqual(receive(2), [1]);
  assert.deepEqual(state.counts(2), { waiting: 0, inFlight: 1, delayed: 1 });
  assert.deepEqual(receive(2, { nowMs: 50 }), [0, 1]);
});

test('an older receive number is superseded; one from before the start is good while nobody received the message', () => {
  const { state, takeUp, receive } = setUp();
  takeUp(1);
  assert.equal(state.standing({ offset: 0, receiveNumber: 5 }, 100), 'current');
  receive(1);
  assert.equal(state.standing({ offset: 0, receiveNumber: 5 }, 100), 'superseded');
  assert.equal(state.standing({ offset: 0, receiveNumber: 1 }, 100), 'current');
  receive(1, { nowMs: 30 });
  assert.equal(state.standing({ offset: 0, receiveNumber: 1 }, 100), 'superseded');
  assert.equal(state.standing({ offset: 0, receiveNumber: 2 }, 100), 'current');
});

test('regression: a message that was deleted in flight does not return when its time is over', () => {
  const { state, takeUp, receive } = setUp();
  takeUp(1);
  receive(1);
  state.delete(state.entry(0)!);
  assert.deepEqual(receive(1, { nowMs: 30 }), []);
  assert.deepEqual(state.counts(1), { waiting: 0, inFlight: 0, delayed: 0 });
});

test('at most so many are in flight', () => {
  const { takeUp, receive } = setUp({ inFlightMax: 2 });
  takeUp(3);
  assert.deepEqual(receive(10), [0, 1]);
  assert.deepEqual(receive(10), []);
});

test('prolonging a time again and again costs no memory', () => {
  const { state, takeUp, receive } = setUp();
  takeUp(1);
  receive(1);
  for (let count = 1; count < 100_000; count++) state.setVisibility(state.entry(0)!, 30 + count);
  assert.deepEqual(receive(1, { nowMs: 50_000 }), []);
  assert.deepEqual(receive(1, { nowMs: 100_030 }), [0]);
});

test('regression: of messages that were deleted no time is kept, however long they might have been in flight', () => {
  const { state, takeUp, receive } = setUp();
  takeUp(1);
  receive(1, { forMs: 10 });
  // It is due before all others, so none of these comes out of the heap before it.
  for (let count = 0; count < 10_000; count++) {
    takeUp(1);
    const [offset] = receive(1, { forMs: 43_200_000 });
    state.delete(state.entry(offset!)!);
  }
  assert(state.timesKept < 2_000, `${state.timesKept} times are kept`);
  assert.deepEqual(receive(10, { nowMs: 10 }), [0]);
  for (let count = 0; count < 10_000; count++) {
    takeUp(1, { dueMs: 9_000_000_000 });
    state.deleteBefore(state.cursor);
  }
  assert(state.timesKept < 4_000, `${state.timesKept} times are kept`);
});
