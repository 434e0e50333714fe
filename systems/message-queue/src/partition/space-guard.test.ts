import assert from 'node:assert/strict';
import test from 'node:test';
import { type Clock, type Disk, DiskError } from '@cairn/world';
import { spaceMeasuredEveryMs } from '../limits.ts';
import { SpaceGuard } from './space-guard.ts';

function guardOf(machine: { freeBytes: number | undefined; nowMs: number; measures: number }): SpaceGuard {
  const freeBytes = async (path: string) => {
    machine.measures++;
    if (machine.freeBytes === undefined) throw new DiskError('not-found', { operation: 'measure', path });
    return machine.freeBytes;
  };
  return new SpaceGuard({
    disk: { freeBytes } as unknown as Disk,
    clock: { monotonicMs: () => machine.nowMs } as Clock,
    directory: 'data',
    reserveBytes: 100,
  });
}

test('appends leave the reserve, and what they take is counted between two measures', async () => {
  const machine = { freeBytes: 1_000, nowMs: 0, measures: 0 };
  const guard = guardOf(machine);
  await guard.take(400);
  assert(guard.takeNow(400));
  assert.equal(machine.measures, 1);
  assert(!guard.takeNow(400));
  machine.freeBytes = 200;
  await assert.rejects(guard.take(400), { code: 'full' });
  assert(guard.isShort);
  machine.freeBytes = 2_000;
  await guard.take(400);
  assert(!guard.isShort);
});

test('a measure is believed for a while only', async () => {
  const machine = { freeBytes: 1_000, nowMs: 0, measures: 0 };
  const guard = guardOf(machine);
  await guard.take(1);
  machine.nowMs += spaceMeasuredEveryMs + 1;
  assert(!guard.takeNow(1));
  await guard.take(1);
  assert.equal(machine.measures, 2);
});

test('a data folder that was deleted under the running server takes no more appends', async () => {
  const machine = { freeBytes: 1_000 as number | undefined, nowMs: 0, measures: 0 };
  const guard = guardOf(machine);
  await guard.take(1);
  machine.freeBytes = undefined;
  machine.nowMs += spaceMeasuredEveryMs + 1;
  await assert.rejects(guard.take(1), { code: 'not-found' });
});
