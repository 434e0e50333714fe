import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BenchCase } from './bench-case.ts';
import { measureCase, median, toResult } from './measure-case.ts';

const rate: BenchCase = { name: 'rate', unit: 'op/CPU-s', better: 'more', ours: async () => 10 };
const peer = { name: 'other', version: async () => '1.2.3', run: async () => 4 };
const full = { context: { tiny: false }, alternations: 7 };

test('the median of an odd number of values is the middle one, of an even number halfway between the two', () => {
  assert.equal(median([9, 1, 5]), 5);
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.equal(median([10, 9, 100]), 10, 'numbers are not sorted as text');
  assert.throws(() => median([]));
});

test('of a rate more is better: the ratio is ours by peer', () => {
  const result = toResult({ ...rate, peer, goal: 2 }, { ours: [10, 30, 20], peer: [5, 4, 6] });
  assert.deepEqual(result, {
    case: 'rate',
    unit: 'op/CPU-s',
    ours: 20,
    peer: 5,
    peerName: 'other',
    ratio: 4,
    goal: 2,
  });
});

test('of a cost less is better: the ratio is peer by ours', () => {
  const result = toResult({ ...rate, better: 'less', peer }, { ours: [10], peer: [5] });
  assert.equal(result.ratio, 0.5);
  assert.equal(result.goal, null);
});

test('an at-most limit is a peer named limit with the goal 1 and the ratio limit by ours', () => {
  const result = toResult({ ...rate, better: 'less', peer: { limit: 50 } }, { ours: [10], peer: [] });
  assert.deepEqual([result.peer, result.peerName, result.ratio, result.goal], [50, 'limit', 5, 1]);
});

test('an at-least limit is met by more', () => {
  assert.equal(toResult({ ...rate, peer: { limit: 50 } }, { ours: [100], peer: [] }).ratio, 2);
});

test('at most n times what a peer needs is a limit of n times its median', () => {
  const atMost: BenchCase = { ...rate, better: 'less', peer: { ...peer, atMost: 1.5 } };
  const result = toResult(atMost, { ours: [10], peer: [30, 10, 20] });
  assert.deepEqual([result.peer, result.peerName, result.ratio, result.goal], [30, 'limit', 3, 1]);
  const absent = toResult(atMost, { ours: [10], peer: [] });
  assert.deepEqual([absent.peer, absent.ratio, absent.goal], [null, null, 1]);
});

test('what is measured once has no warm-up turn, and no peer', async () => {
  let calls = 0;
  const once: BenchCase = { ...rate, once: true, ours: async () => ++calls };
  await measureCase({ ...once, peer: { limit: 5 } }, full);
  assert.equal(calls, 1);
  await assert.rejects(measureCase({ ...once, peer }, full), /has no peer/);
});

test('ours and the peer take turns, after a warm-up turn that does not count', async () => {
  const turns: string[] = [];
  let call = 0;
  const measurement = await measureCase(
    {
      ...rate,
      prepare: async () => void turns.push('prepare'),
      ours: async () => {
        turns.push('A');
        return ++call === 1 ? 1000 : 10;
      },
      peer: {
        ...peer,
        run: async () => {
          turns.push('B');
          return 5;
        },
      },
      cleanup: async () => void turns.push('cleanup'),
    },
    full,
  );
  assert.equal(turns.join(' '), `prepare ${'A B '.repeat(8)}cleanup`);
  assert.equal(measurement.result.ours, 10);
  assert.deepEqual(measurement.oursRange, { min: 10, max: 10 }, 'the warm-up of 1000 is not in it');
  assert.equal(measurement.peerVersion, '1.2.3');
});

test('ranges are the least and the most of each side, a limit of n times a peer n times that', async () => {
  let call = 0;
  const values = [3, 1, 2];
  const next = async () => values[call++ % 3]!;
  const cold: BenchCase = { ...rate, cold: true, better: 'less', ours: async () => 10 };
  const measured = { context: { tiny: false }, alternations: 3 };
  const { peerRange, turns } = await measureCase(
    { ...cold, peer: { ...peer, atMost: 2, run: next } },
    measured,
  );
  assert.deepEqual([peerRange, turns, call], [{ min: 2, max: 6 }, 3, 3], 'and cold has no warm-up');
});

test('a tiny run takes each side once', async () => {
  let calls = 0;
  const ours = async (context: { tiny: boolean }) => {
    assert.equal(context.tiny, true);
    return ++calls;
  };
  await measureCase({ ...rate, ours }, { context: { tiny: true }, alternations: 7 });
  assert.equal(calls, 1);
});

test('a peer that is not installed is named, and never run', async () => {
  const missing = {
    name: 'other',
    version: async () => undefined,
    run: () => assert.fail('it is not there'),
  };
  const { result } = await measureCase({ ...rate, peer: missing }, full);
  assert.deepEqual([result.peer, result.peerName, result.ratio], [null, 'other', null]);
});

test('what was prepared is cleaned up when a measurement fails', async () => {
  let cleaned = false;
  const failing = {
    ...rate,
    ours: () => Promise.reject(new Error('broken')),
    cleanup: async () => {
      cleaned = true;
    },
  };
  await assert.rejects(measureCase(failing, full), /broken/);
  assert(cleaned);
});

test('a measurement that is no number is refused', async () => {
  await assert.rejects(measureCase({ ...rate, ours: async () => Number.NaN }, full), /NaN/);
});
