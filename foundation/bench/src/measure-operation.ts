// Measures an operation inside this process: how many per second of CPU time and of wall time.
//
// CPU time is the whole process's, other threads included (worker threads, the libuv pool, V8's helpers).

import assert from 'node:assert/strict';

export type OperationOptions = {
  /** How long to measure; 500 ms by default. */
  readonly durationMs?: number;
  /** How long to run before measuring, so that the code is compiled and caches are filled; a fifth by default. */
  readonly warmUpMs?: number;
};

export type OperationMeasurement = {
  readonly operations: number;
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  readonly perCpuSecond: number;
  readonly perWallSecond: number;
  readonly cpuMicroseconds: number;
};

/** `run(times)` performs the operation that many times; loop inside it, so that the measuring costs nothing. */
export async function measureOperation(
  run: (times: number) => void | Promise<void>,
  options: OperationOptions = {},
): Promise<OperationMeasurement> {
  const durationMs = options.durationMs ?? 500;
  assert(durationMs > 0, `a measurement takes time, not ${durationMs} ms`);
  const batch = await calibrate(run, options.warmUpMs ?? durationMs / 5);
  const cpuStart = process.cpuUsage();
  const wallStart = performance.now();
  let operations = 0;
  do {
    await run(batch);
    operations += batch;
  } while (performance.now() - wallStart < durationMs);
  const wallSeconds = (performance.now() - wallStart) / 1000;
  const { user, system } = process.cpuUsage(cpuStart);
  const cpuSeconds = (user + system) / 1e6;
  return {
    operations,
    cpuSeconds,
    wallSeconds,
    perCpuSecond: operations / cpuSeconds,
    perWallSecond: operations / wallSeconds,
    cpuMicroseconds: (cpuSeconds / operations) * 1e6,
  };
}

/** Warms up, and returns a number of operations that takes a few milliseconds. */
async function calibrate(run: (times: number) => void | Promise<void>, warmUpMs: number): Promise<number> {
  const start = performance.now();
  let batch = 1;
  for (;;) {
    const batchStart = performance.now();
    await run(batch);
    const now = performance.now();
    if (now - batchStart < batchMs) batch *= 2;
    else if (now - start >= warmUpMs) return batch;
  }
}

const batchMs = 2;
