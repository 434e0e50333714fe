// The real world with a clock of the test's: time passes only when the test says so.

import { realWorld, type World } from '@cairn/world';

export type TestClock = { pass(durationMs: number): void };

/** Timers stay real; only what the clock shows is the test's. */
export function worldWithClock(startMs = Date.UTC(2026, 0, 1)): { world: World; clock: TestClock } {
  const world = realWorld();
  let passedMs = 0;
  const clock = {
    nowMs: () => startMs + passedMs,
    monotonicMs: () => passedMs,
    setTimer: world.clock.setTimer.bind(world.clock),
    nextTurn: world.clock.nextTurn.bind(world.clock),
    sleep: world.clock.sleep.bind(world.clock),
  };
  return {
    world: { ...world, clock },
    clock: {
      pass: (durationMs) => {
        passedMs += durationMs;
      },
    },
  };
}
