import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Simulation } from '@cairn/world/simulated';
import { Deadline } from './deadline.ts';
import { DeadlineExceeded } from './deadline-exceeded.ts';

test('a deadline counts down, passes and aborts its signal at that moment', async () => {
  const simulation = new Simulation({ seed: 1 });
  await simulation.run(async () => {
    const { clock } = simulation;
    const deadline = Deadline.after(clock, 1_000);
    const { signal } = deadline;
    await clock.sleep(999);
    assert.equal(deadline.remainingMs, 1);
    assert.equal(deadline.passed, false);
    assert.equal(signal.aborted, false);
    deadline.throwIfPassed();
    await clock.sleep(2);
    assert.equal(deadline.remainingMs, 0);
    assert.equal(deadline.passed, true);
    assert(signal.reason instanceof DeadlineExceeded);
    assert.throws(() => deadline.throwIfPassed(), DeadlineExceeded);
  });
});

test('a part of the work gets no more time than the whole', async () => {
  const simulation = new Simulation({ seed: 1 });
  await simulation.run(async () => {
    const whole = Deadline.after(simulation.clock, 1_000);
    assert.equal(whole.within(5_000).remainingMs, 1_000);
    assert.equal(whole.within(50).remainingMs, 50);
    assert.equal(Deadline.after(simulation.clock, Infinity).within(50).remainingMs, 50);
  });
});

test('a signal that is asked for after the deadline has aborted already', async () => {
  const simulation = new Simulation({ seed: 1 });
  await simulation.run(async () => {
    const deadline = Deadline.after(simulation.clock, 10);
    await simulation.clock.sleep(10);
    assert(deadline.signal.aborted);
  });
});

test('a released deadline and one that never passes abort nothing', async () => {
  const simulation = new Simulation({ seed: 1 });
  await simulation.run(async () => {
    const released = Deadline.after(simulation.clock, 10);
    const never = Deadline.after(simulation.clock, Infinity);
    const signals = [released.signal, never.signal];
    released.release();
    await simulation.clock.sleep(1_000_000);
    assert.deepEqual(
      signals.map((signal) => signal.aborted),
      [false, false],
    );
    assert.equal(never.remainingMs, Infinity);
  });
});

test('a deadline in the past is a mistake of the program', () => {
  const { clock } = new Simulation({ seed: 1 });
  assert.throws(() => Deadline.after(clock, -1), /0 ms ahead or more, not -1/);
});
