// Virtual time as one process sees it: its monotonic clock starts with it, its wall clock is the machine's.

import type { Clock } from '../clock.ts';
import { sleepOn } from '../sleep.ts';
import type { SimulatedProcess } from './simulated-process.ts';

/** Where the wall clock of every simulated machine starts. */
export const simulatedEpochMs = Date.UTC(2026, 0, 1);

export function simulatedClock(process: SimulatedProcess): Clock {
  const clock: Clock = {
    nowMs: () => process.wallMs,
    monotonicMs: () => process.monotonicMs,
    setTimer: (delayMs, callback) => process.schedule({ label: 'timer', delayMs }, callback),
    nextTurn: (callback) => void process.schedule({ label: 'turn', delayMs: 0 }, callback),
    sleep: (delayMs, signal) => sleepOn(clock, delayMs, signal),
  };
  return clock;
}
