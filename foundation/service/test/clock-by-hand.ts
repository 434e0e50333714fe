// A clock whose time goes on, and whose timers come, when the test says so.

import { type Clock, realWorld } from '@cairn/world';

export type ClockByHand = {
  readonly clock: Clock;
  /** All timers come once, however far off they were. */
  pass(ms: number): void;
};

export function clockByHand(): ClockByHand {
  let nowMs = 0;
  let due: (() => void)[] = [];
  const clock: Clock = {
    ...realWorld().clock,
    monotonicMs: () => nowMs,
    setTimer: (_, callback) => {
      due.push(callback);
      return {
        cancel: () => {
          due = due.filter((each) => each !== callback);
        },
      };
    },
  };
  const pass = (ms: number) => {
    nowMs += ms;
    const callbacks = due;
    due = [];
    for (const callback of callbacks) callback();
  };
  return { clock, pass };
}
