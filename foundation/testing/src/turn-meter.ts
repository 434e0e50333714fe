// Measures the turns of a process's event loop: `node --import <this file> program`. At SIGUSR2 and at the end of the
// process it adds a line to the file that TURN_METER_FILE names, with the longest turns since the line before, as JSON.
// At SIGTERM it stops.
//
// A turn is what runs between two calls of setImmediate: timers, I/O callbacks and their promises. Its cost is CPU time
// of this thread without garbage collection, as the blueprint's contract on synchronous calls counts it.

import { appendFileSync } from 'node:fs';
import { PerformanceObserver } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';
import type { TurnReport } from './turn-meter-report.ts';

type Turn = { readonly startMs: number; readonly endMs: number; readonly cpuMs: number };
type Pause = { readonly startMs: number; readonly endMs: number };

/** Turns below this are counted only. */
const keptFromMs = 2;
const reported = 5;

let turns = 0;
let kept: Turn[] = [];
let pauses: Pause[] = [];
let lastCpuMs = cpuMs();
let lastMs = performance.now();
let stopped = false;

// Worker threads inherit the flag, and have loops that may take their time.
if (isMainThread) start();

function start(): void {
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) {
      pauses.push({ startMs: startTime, endMs: startTime + duration });
    }
  }).observe({ entryTypes: ['gc'] });
  setImmediate(measure);
  process.on('SIGUSR2', () => {
    report();
    startAnew();
  });
  process.once('SIGTERM', () => {
    stopped = true;
  });
  process.on('exit', report);
}

function measure(): void {
  const turn: Turn = { startMs: lastMs, endMs: performance.now(), cpuMs: cpuMs() - lastCpuMs };
  turns++;
  if (turn.cpuMs >= keptFromMs) kept.push(turn);
  lastCpuMs = cpuMs();
  lastMs = performance.now();
  // Asking again keeps the loop turning (and the process alive), so that no turn hides behind a wait for work.
  if (!stopped) setImmediate(measure);
}

function startAnew(): void {
  turns = 0;
  kept = [];
  pauses = [];
  // The report itself is no turn of the program.
  lastCpuMs = cpuMs();
  lastMs = performance.now();
}

function report(): void {
  const file = process.env.TURN_METER_FILE;
  if (file === undefined) return;
  const longestMs = kept.map(withoutPauses).sort((a, b) => b - a);
  const line: TurnReport = { turns, longestMs: longestMs.slice(0, reported) };
  appendFileSync(
    file,
    `${JSON.stringify(line)}
`,
  );
}

function withoutPauses(turn: Turn): number {
  const paused = pauses.map(({ startMs, endMs }) =>
    Math.max(0, Math.min(endMs, turn.endMs) - Math.max(startMs, turn.startMs)),
  );
  return turn.cpuMs - paused.reduce((sum, part) => sum + part, 0);
}

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
