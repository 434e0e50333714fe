import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '@cairn/world';
import { answeredWithin, UnansweredError } from './answered-within.ts';

/** A clock that only `pass` moves, timer by timer; `pauseMs` is how long the process stood still before its next timer. */
function steppedClock() {
  let nowMs = 0;
  let next: (() => void) | undefined;
  let delayMs = 0;
  const clock: Pick<Clock, 'monotonicMs' | 'setTimer'> = {
    monotonicMs: () => nowMs,
    setTimer(delay, callback) {
      [delayMs, next] = [delay, callback];
      const cancel = () => {
        next = undefined;
      };
      return { cancel };
    },
  };
  const pass = (pauseMs = 0) => {
    nowMs += delayMs + pauseMs;
    next?.();
  };
  return { clock: clock as Clock, pass, isWaiting: () => next !== undefined };
}

test('who does not answer is given up after the time, and what he says later is nobody’s', async () => {
  const { clock, pass } = steppedClock();
  const answer = Promise.withResolvers<string>();
  const waiting = answeredWithin(answer.promise, { clock, withinMs: 1_000 });
  let ended = false;
  const settled = assert.rejects(waiting, UnansweredError).finally(() => (ended = true));
  for (let tick = 1; tick < 10; tick++) pass();
  await Promise.resolve();
  assert.equal(ended, false);
  pass();
  await settled;
  answer.reject(new Error('the connection was closed'));
});

test('an answer ends the wait, a refusal too', async () => {
  const { clock, isWaiting } = steppedClock();
  assert.equal(await answeredWithin(Promise.resolve('rows'), { clock, withinMs: 1_000 }), 'rows');
  await assert.rejects(
    answeredWithin(Promise.reject(new Error('refused')), { clock, withinMs: 1_000 }),
    /^Error: refused$/,
  );
  assert.equal(isWaiting(), false, 'no timer is left');
});

test('time in which the process stood still does not count', async () => {
  const { clock, pass } = steppedClock();
  const answer = Promise.withResolvers<string>();
  const waiting = answeredWithin(answer.promise, { clock, withinMs: 1_000 });
  for (let tick = 1; tick < 10; tick++) pass();
  pass(600_000);
  answer.resolve('it lay in the socket');
  assert.equal(await waiting, 'it lay in the socket');
});
