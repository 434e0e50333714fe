import assert from 'node:assert/strict';
import { test } from 'node:test';
import { realClock } from './real-clock.ts';

test('a timer never fires early', async () => {
  for (const delayMs of [0, 0.5, 1, 1.3, 3, 5]) {
    const startedMs = realClock.monotonicMs();
    await keepingAlive(realClock.sleep(delayMs));
    const elapsedMs = realClock.monotonicMs() - startedMs;
    assert(elapsedMs >= delayMs, `slept ${elapsedMs} of ${delayMs} ms`);
  }
});

test('a timer of more than 2^31 ms does not fire at once, as those of Node do', async () => {
  let fired = false;
  const timer = realClock.setTimer(2 ** 33, () => {
    fired = true;
  });
  await keepingAlive(realClock.sleep(5));
  timer.cancel();
  timer.cancel();
  assert.equal(fired, false);
});

test('a sleep ends with the reason of its signal', async () => {
  const controller = new AbortController();
  const sleeping = realClock.sleep(3_600_000, controller.signal);
  controller.abort(new Error('no longer wanted'));
  await assert.rejects(sleeping, /no longer wanted/);
  await assert.rejects(realClock.sleep(0, controller.signal), /no longer wanted/);
});

test('the next turn comes behind everything that is ready in this one', async () => {
  const order: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  realClock.nextTurn(() => {
    order.push('next turn');
    resolve();
  });
  void Promise.resolve().then(() => order.push('this turn'));
  await promise;
  assert.deepEqual(order, ['this turn', 'next turn']);
});

test('a delay below zero is refused with its value', () => {
  assert.throws(() => realClock.setTimer(-1, () => {}), /at least 0 ms and finite, got -1/);
});

/** Timers of the world do not keep a process alive; a test has to. */
async function keepingAlive<T>(promise: Promise<T>): Promise<T> {
  const alive = setInterval(() => {}, 1000);
  try {
    return await promise;
  } finally {
    clearInterval(alive);
  }
}

test('regression: a timer that is armed after its time asks Node for no negative delay', async (t) => {
  const asked: (number | undefined)[] = [];
  const nodeSetTimeout = globalThis.setTimeout;
  t.mock.method(globalThis, 'setTimeout', (callback: () => void, delayMs?: number) => {
    asked.push(delayMs);
    return nodeSetTimeout(callback, delayMs);
  });
  const now = performance.now.bind(performance);
  // The first look sets its time, the second one comes late.
  const looks = [1_000, 1_030];
  t.mock.method(performance, 'now', () => looks.shift() ?? now() + 2_000);
  const fired = Promise.withResolvers<void>();
  const keepAlive = setInterval(() => {}, 1_000);
  realClock.setTimer(0, fired.resolve);
  await fired.promise;
  clearInterval(keepAlive);
  assert.ok(
    asked.every((delayMs) => (delayMs ?? 0) >= 0),
    `${asked}`,
  );
});
