import assert from 'node:assert/strict';
import test, { describe } from 'node:test';
import { DiskError } from '@cairn/world';
import { SpaceGuard } from './space-guard.ts';

const measureEveryMs = 500;

function guardOn(machine: { freeBytes: number | undefined; nowMs?: number; measures?: number }): SpaceGuard {
  const freeBytes = async (path: string) => {
    machine.measures = (machine.measures ?? 0) + 1;
    if (machine.freeBytes === undefined) throw new DiskError('not-found', { operation: 'measure', path });
    return machine.freeBytes;
  };
  const clock = { monotonicMs: () => machine.nowMs ?? 0 };
  return new SpaceGuard({ disk: { freeBytes }, clock, directory: 'data', reserveBytes: 100, measureEveryMs });
}

const full = { code: 'full' };

test('writes leave the reserve, and what they take is counted between two measures', async () => {
  const machine = { freeBytes: 1_000, measures: 0 };
  const guard = guardOn(machine);
  await guard.take(500);
  assert(guard.takeNow(400));
  assert.equal(machine.measures, 1);
  assert(!guard.takeNow(1));
  machine.freeBytes = 200;
  await assert.rejects(guard.take(101), full);
});

test('a measure is believed for a while only', async () => {
  const machine = { freeBytes: 1_000, nowMs: 0, measures: 0 };
  const guard = guardOn(machine);
  await guard.take(1);
  machine.nowMs += measureEveryMs + 1;
  assert(!guard.takeNow(1));
  await guard.take(1);
  assert.equal(machine.measures, 2);
});

test('a measure that ages is made again while it is believed: who writes all the time never waits for one', async () => {
  const machine = { freeBytes: 1_000, nowMs: 0, measures: 0 };
  const guard = guardOn(machine);
  await guard.take(1);
  for (let round = 2; round < 5; round++) {
    machine.nowMs += measureEveryMs / 2 + 1;
    assert(guard.takeNow(1));
    assert.equal(machine.measures, round);
    await new Promise(setImmediate);
  }
  machine.freeBytes = 0;
  machine.nowMs += measureEveryMs / 2 + 1;
  assert(guard.takeNow(1));
  await new Promise(setImmediate);
  assert(!guard.takeNow(1));
});

test('a folder that was deleted under the running server takes no more writes', async () => {
  const machine = { freeBytes: 1_000 as number | undefined, nowMs: 0 };
  const guard = guardOn(machine);
  await guard.take(1);
  machine.freeBytes = undefined;
  machine.nowMs += measureEveryMs + 1;
  await assert.rejects(guard.take(1), { code: 'not-found' });
});

test('a write that is refused takes nothing from others that wait for the same measure', async () => {
  const guard = guardOn({ freeBytes: 1_000 });
  const [large, small] = await Promise.allSettled([guard.take(901), guard.take(900)]);
  assert.deepEqual([large.status, small.status], ['rejected', 'fulfilled']);
});

describe('room is short', () => {
  test('from a refusal until a write finds room', async () => {
    const machine = { freeBytes: 1_000 };
    const guard = guardOn(machine);
    assert(!guard.isShort);
    await guard.take(900);
    assert(!guard.isShort);
    machine.freeBytes = 100;
    await assert.rejects(guard.take(1), full);
    assert(guard.isShort);
    machine.freeBytes = 1_000;
    await guard.take(1);
    assert(!guard.isShort);
  });

  test('no longer when a smaller write finds room in what is left', async () => {
    const guard = guardOn({ freeBytes: 1_000 });
    await assert.rejects(guard.take(901), full);
    assert(guard.isShort);
    assert(guard.takeNow(900));
    assert(!guard.isShort);
  });

  test('as long as no measure shows room for what was refused, so that whoever went elsewhere stays there', async () => {
    const machine = { freeBytes: 100 };
    const guard = guardOn(machine);
    await assert.rejects(guard.take(10), full);
    machine.freeBytes = 109;
    await guard.lookAgain();
    assert(guard.isShort);
    machine.freeBytes = 110;
    await guard.lookAgain();
    assert(!guard.isShort);
  });
});
