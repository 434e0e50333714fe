import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SimulatedMachine } from '@cairn/world/simulated';
import { Simulation } from '@cairn/world/simulated';
import { runningClockMs } from './limits.ts';
import { RunningClock } from './running-clock.ts';

const { gapMs, graceMs, graceEveryMs } = runningClockMs;

type Parts = {
  readonly clock: RunningClock;
  readonly machine: SimulatedMachine;
  readonly sleep: (ms: number) => Promise<void>;
};

/** With a timer far away, so that its time is looked at. */
function running(work: (parts: Parts) => Promise<void>): Promise<void> {
  const simulation = new Simulation({ seed: 1 });
  return simulation.run(async () => {
    const machine = simulation.machine('broker');
    const clock = new RunningClock(machine.world.clock);
    clock.setTimer(20_000, () => {});
    await work({ clock, machine, sleep: (ms) => simulation.clock.sleep(ms) });
  });
}

const isNear = (value: number, wanted: number): void =>
  assert(Math.abs(value - wanted) < 10, `${value}, not about ${wanted}`);

test('it is the clock below it while the process runs', () =>
  running(async ({ clock, sleep }) => {
    const fired: number[] = [];
    for (const delayMs of [3_000, 1_000, 0, 0.5]) clock.setTimer(delayMs, () => fired.push(delayMs));
    clock.setTimer(2_000, () => fired.push(2_000)).cancel();
    await sleep(1_500);
    assert.deepEqual(fired, [0, 0.5, 1_000]);
    await sleep(60_000);
    assert.deepEqual(fired, [0, 0.5, 1_000, 3_000]);
    assert.equal(clock.monotonicMs(), 61_500);
  }));

test('a pause does not count, nor the grace after it', () =>
  running(async ({ clock, machine, sleep }) => {
    let isFired = false;
    clock.setTimer(2_000, () => {
      isFired = true;
    });
    await sleep(1_900);
    clock.monotonicMs();
    machine.stall(3_600_000);
    await sleep(3_600_000 + graceMs);
    isNear(clock.monotonicMs(), 1_900);
    assert(!isFired);
    await sleep(200);
    isNear(clock.monotonicMs(), 2_100);
    assert(isFired);
  }));

test('a loop that is held up for less than a gap is not paused', () =>
  running(async ({ clock, machine, sleep }) => {
    for (let count = 0; count < 10; count++) {
      machine.stall(gapMs / 2);
      await sleep(1_000);
    }
    isNear(clock.monotonicMs(), 10_000);
  }));

test('a process that is late in every turn comes to an end of every time', () =>
  running(async ({ clock, machine, sleep }) => {
    const heldUpMs = 8 * gapMs;
    let isFired = false;
    clock.setTimer(45_000, () => {
      isFired = true;
    });
    let turns = 0;
    for (; !isFired && turns < 1_000; turns++) {
      machine.stall(heldUpMs);
      await sleep(heldUpMs + 1);
    }
    const endMs = turns * heldUpMs;
    // Of each gap an eighth counts, but in a grace of every graceEveryMs.
    assert(endMs < 45_000 * 8 * ((graceEveryMs + graceMs) / graceEveryMs) * 1.5, `after ${endMs} ms`);
  }));

test('a time of hours costs few looks', () => {
  let looks = 0;
  const simulation = new Simulation({ seed: 1 });
  return simulation.run(async () => {
    const { clock: below } = simulation.machine('broker').world;
    const clock = new RunningClock({
      monotonicMs: () => below.monotonicMs(),
      setTimer: (delayMs, callback) => {
        looks++;
        return below.setTimer(delayMs, callback);
      },
    });
    let isFired = false;
    clock.setTimer(3_600_000, () => {
      isFired = true;
    });
    await simulation.clock.sleep(3_600_001);
    assert(isFired && looks < 1_000, `${looks} looks`);
  });
});

test('time without a timer is counted as it is: nobody looked, and nobody waited', () => {
  const simulation = new Simulation({ seed: 1 });
  return simulation.run(async () => {
    const clock = new RunningClock(simulation.machine('broker').world.clock);
    await simulation.clock.sleep(3_600_000);
    assert.equal(clock.monotonicMs(), 3_600_000);
  });
});
