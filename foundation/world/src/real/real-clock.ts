// The machine's clock. Node's own timers may fire up to a millisecond early (they count whole milliseconds of a cached
// loop time) and fire at once beyond 2^31 - 1 ms; both are corrected here, because `Clock` promises "at least".

import assert from 'node:assert/strict';
import type { Clock, Timer } from '../clock.ts';
import { sleepOn } from '../sleep.ts';

const nodeTimerMsMax = 2 ** 31 - 1;

export const realClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  setTimer,
  nextTurn: (callback) => void setImmediate(callback),
  sleep: (delayMs, signal) => sleepOn(realClock, delayMs, signal),
};

function setTimer(delayMs: number, callback: () => void): Timer {
  assert(delayMs >= 0 && delayMs < Infinity, `a delay must be at least 0 ms and finite, got ${delayMs}`);
  const dueMs = performance.now() + delayMs;
  const arm = () => {
    // Less than nothing when the thread was kept from running since: Node would warn.
    const leftMs = dueMs - performance.now();
    return setTimeout(fire, Math.min(Math.max(0, Math.ceil(leftMs)), nodeTimerMsMax)).unref();
  };
  const fire = () => {
    if (performance.now() < dueMs) timeout = arm();
    else callback();
  };
  let timeout = arm();
  return { cancel: () => clearTimeout(timeout) };
}
