import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Clock, Simulation } from '@cairn/world';
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
