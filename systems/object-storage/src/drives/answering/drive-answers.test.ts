import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '@cairn/world';
import { Simulation } from '@cairn/world/simulated';
import { DriveAnswers } from './drive-answers.ts';

const withinMs = 1_000;
const what = { operation: 'read', path: '/drive/file', limited: true };

function answersWith(work: (answers: DriveAnswers, clock: Clock) => Promise<void>): Promise<void> {
  const simulation = new Simulation({ seed: 1 });
  return simulation.run(async () => {
    const { clock } = simulation;
    await work(new DriveAnswers({ clock, withinMs, callsMax: 2 }), clock);
  });
}

test('what a call gives or throws in time is given and thrown', () =>
  answersWith(async (answers, clock) => {
    assert.equal(await answers.run(() => clock.sleep(withinMs - 1).then(() => 7), what), 7);
    await assert.rejects(
      answers.run(() => Promise.reject(new Error('its own')), what),
      /its own/,
    );
    assert.equal(answers.isSilent, false);
  }));

test('a late call is given up, and until it is back every other is refused at once', () =>
  answersWith(async (answers, clock) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const startMs = clock.monotonicMs();
    await assert.rejects(
      answers.run(() => promise, what),
      { code: 'late', path: '/drive/file' },
    );
    assert(clock.monotonicMs() - startMs <= withinMs + 1);
    let asked = 0;
    const other = async () => void asked++;
    await assert.rejects(answers.run(other, what), { code: 'late' });
    await assert.rejects(answers.run(other, { ...what, limited: false }), { code: 'late' });
    assert.throws(() => answers.demand('read', '/drive/file'), { code: 'late' });
    assert.equal(asked, 0);
    resolve();
    await clock.sleep(1);
    await answers.run(other, what);
    assert.equal(asked, 1);
  }));

test('a late call is late however many were quick meanwhile', () =>
  answersWith(async (answers, clock) => {
    const hanging = assert.rejects(
      answers.run(() => new Promise<void>(() => {}), what),
      { code: 'late' },
    );
    for (let number = 0; number < 9; number++) await answers.run(() => clock.sleep(100), what);
    await hanging;
  }));

test('no more calls are let out than may be, and those that wait for a silent drive are refused with it', () =>
  answersWith(async (answers, clock) => {
    let running = 0;
    let most = 0;
    const quick = async () => {
      most = Math.max(most, ++running);
      await clock.sleep(10);
      running--;
    };
    await Promise.all(Array.from({ length: 9 }, () => answers.run(quick, what)));
    assert.equal(most, 2);
    let letOut = 0;
    const hanging = () => {
      letOut++;
      return new Promise<void>(() => {});
    };
    const outcomes = await Promise.allSettled([
      ...Array.from({ length: 5 }, () => answers.run(hanging, what)),
      answers.run(() => clock.sleep(5), { ...what, limited: false }),
    ]);
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      [...Array.from({ length: 5 }, () => 'rejected'), 'fulfilled'],
    );
    assert.equal(letOut, 2);
  }));

test('a call that throws at once came back like any other', () =>
  answersWith(async (answers, clock) => {
    const closed = () => {
      throw new Error('used after it was closed');
    };
    const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => answers.run(closed, what)));
    for (const outcome of outcomes) assert.match(String((outcome as PromiseRejectedResult).reason), /closed/);
    await clock.sleep(2 * withinMs);
    assert.equal(answers.isSilent, false);
    assert.equal(await answers.run(async () => 7, what), 7);
  }));

test('what is opened when nobody waits for it any more is let go, before the drive counts as back', () =>
  answersWith(async (answers, clock) => {
    const opening = Promise.withResolvers<string>();
    const closing = Promise.withResolvers<void>();
    const letGone: string[] = [];
    const letGo = (file: string) => {
      letGone.push(file);
      return closing.promise;
    };
    await assert.rejects(
      answers.run(() => opening.promise, { ...what, letGo }),
      { code: 'late' },
    );
    opening.resolve('file');
    await clock.sleep(1);
    assert.deepEqual(letGone, ['file']);
    assert.equal(answers.isSilent, true);
    closing.resolve();
    await clock.sleep(1);
    assert.equal(answers.isSilent, false);
  }));

test('what is opened in time is kept though another call is late meanwhile', () =>
  answersWith(async (answers, clock) => {
    const hanging = assert.rejects(
      answers.run(() => new Promise<void>(() => {}), what),
      { code: 'late' },
    );
    await clock.sleep(withinMs / 2);
    const letGo = () => assert.fail('it is waited for');
    assert.equal(
      await answers.run(() => clock.sleep(withinMs - 1).then(() => 'file'), { ...what, letGo }),
      'file',
    );
    await hanging;
  }));

test('a long call is given its time, and given up only when the drive is silent for another', () =>
  answersWith(async (answers, clock) => {
    const long = { ...what, limited: false, long: true };
    assert.equal(await answers.run(() => clock.sleep(99 * withinMs).then(() => 7), long), 7);
    const endless = assert.rejects(
      answers.run(() => new Promise<void>(() => {}), long),
      { code: 'late' },
    );
    await assert.rejects(
      answers.run(() => clock.sleep(2 * withinMs), what),
      { code: 'late' },
    );
    await endless;
    await clock.sleep(2 * withinMs);
    assert.equal(answers.isSilent, false);
  }));

/** A clock whose process stands still at will: what is due then fires at once when it goes on. */
function stoppableClock() {
  let nowMs = 0;
  const timers = new Set<{ dueMs: number; callback: () => void }>();
  const fireDue = () => {
    for (const timer of [...timers].toSorted((left, right) => left.dueMs - right.dueMs)) {
      if (timer.dueMs > nowMs || !timers.delete(timer)) continue;
      timer.callback();
    }
  };
  const clock: Pick<Clock, 'monotonicMs' | 'setTimer'> = {
    monotonicMs: () => nowMs,
    setTimer: (delayMs, callback) => {
      const timer = { dueMs: nowMs + delayMs, callback };
      timers.add(timer);
      return { cancel: () => void timers.delete(timer) };
    },
  };
  return {
    clock: clock as Clock,
    run: (durationMs: number) => {
      for (const endMs = nowMs + durationMs; nowMs < endMs; fireDue()) nowMs++;
    },
    standStill: (durationMs: number) => {
      nowMs += durationMs;
      fireDue();
    },
  };
}

test('a process that stood still takes no drive for silent that has answered meanwhile', async () => {
  for (const ranMs of [0, 1, withinMs / 2, withinMs - 1]) {
    const { clock, run, standStill } = stoppableClock();
    const answers = new DriveAnswers({ clock, withinMs, callsMax: 2 });
    const { promise, resolve } = Promise.withResolvers<number>();
    const asked = answers.run(() => promise, what);
    asked.catch(() => {});
    run(ranMs);
    standStill(100 * withinMs);
    // It is in flight to who asked, and its next step may be, too.
    run(withinMs / 20);
    resolve(7);
    assert.equal(await asked, 7);
    assert.equal(answers.isSilent, false);
  }
});

test('a call that is late by the time in which the process ran is late, also when it always stands still', async () => {
  const { clock, run, standStill } = stoppableClock();
  const answers = new DriveAnswers({ clock, withinMs, callsMax: 2 });
  const asked = assert.rejects(
    answers.run(() => new Promise<void>(() => {}), what),
    { code: 'late' },
  );
  run(withinMs / 2);
  standStill(100 * withinMs);
  assert.equal(answers.isSilent, false);
  run(withinMs / 2 + withinMs / 10);
  assert.equal(answers.isSilent, true);
  await asked;
  const stopping = new DriveAnswers({ clock, withinMs, callsMax: 2 });
  const other = assert.rejects(
    stopping.run(() => new Promise<void>(() => {}), what),
    { code: 'late' },
  );
  for (let pauses = 0; pauses < 12; pauses++) standStill(withinMs);
  assert.equal(stopping.isSilent, true);
  await other;
});
