import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measureOperation } from './measure-operation.ts';

test('every operation of the measured time is counted, the warm-up is not', async () => {
  let performed = 0;
  const measurement = await measureOperation(
    (times) => {
      for (let i = 0; i < times; i++) performed += Math.sqrt(i) < 0 ? 0 : 1;
    },
    { durationMs: 30 },
  );
  assert(measurement.operations > 1000);
  assert(measurement.operations < performed);
  assert(measurement.wallSeconds >= 0.03);
  assert(measurement.cpuSeconds > 0);
});

test('waiting costs wall time and no CPU time', async () => {
  const wait = () => new Promise<void>((resolve) => setTimeout(resolve, 5));
  const measurement = await measureOperation(wait, { durationMs: 100, warmUpMs: 0 });
  assert(measurement.cpuSeconds < measurement.wallSeconds / 2);
  assert(measurement.perCpuSecond > measurement.perWallSecond);
});
