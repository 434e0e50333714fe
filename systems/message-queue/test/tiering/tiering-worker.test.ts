// Which partitions the worker looks at, and how it rests.

import assert from 'node:assert/strict';
import test from 'node:test';
import { silentLog } from '@cairn/telemetry';
import type { Clock } from '@cairn/world';
import { TieringWorker, type TieringWorkerParts } from '../../src/broker/tiering-worker.ts';
import { tieringEveryMs, tieringLanes } from '../../src/limits.ts';
import { within } from '../partition/partition-fixture.ts';

type Step = (name: string) => Promise<boolean>;
type Wanted = {
  readonly name: string;
  readonly isOn?: boolean;
  readonly isUsed?: boolean;
  readonly isOpen?: boolean;
};

function start(clock: Clock, topics: readonly Wanted[], step: Step) {
  const sums: { there: number; waiting: number }[] = [];
  const failures: string[] = [];
  const tiersOf = ({ name, isUsed = true }: Wanted) => ({
    tiers: { isUsed, step: () => step(name), bytes: { there: 10, onlyThere: 0, waiting: 1 } },
  });
  const named = (topic: { name: string }) => topics.find(({ name }) => name === topic.name)!;
  const registry = {
    all: () =>
      topics.map(({ name, isOn = true }) => ({
        ...{ name, topicId: name, partitionCount: 1 },
        settings: isOn ? { remote: {} } : {},
      })),
    opened: (topic: Wanted) => (named(topic).isOpen === false ? undefined : tiersOf(named(topic))),
    partition: (topic: Wanted) => tiersOf(named(topic)),
    findById: (id: string) => named({ name: id }),
  };
  const worker = new TieringWorker({
    ...{ clock, log: silentLog, topics: registry as unknown as TieringWorkerParts['topics'] },
    counts: {
      copied() {},
      read() {},
      unread() {},
      failed: (call) => failures.push(call),
      are: (bytes) => sums.push(bytes),
    },
  });
  return { worker, sums, failures };
}

test(
  'it moves a segment of each partition in turn, of those that have two tiers or are open and had them',
  within(async ({ clock }) => {
    const left = new Map([
      ['a', 3],
      ['b', 1],
    ]);
    const seen: string[] = [];
    const step = async (name: string) => {
      seen.push(name);
      const more = left.get(name) ?? 0;
      left.set(name, more - 1);
      return more > 0;
    };
    const topics = [
      { name: 'a' },
      { name: 'b', isUsed: false },
      { name: 'off', isOn: false },
      { name: 'closed', isOn: false, isOpen: false },
      { name: 'never', isOn: false, isUsed: false },
    ];
    const { worker, sums } = start(clock, topics, step);
    await clock.sleep(tieringEveryMs + 1);
    const round = ['a', 'b', 'off'];
    assert.deepEqual(seen, [...round, ...round, ...round, ...round]);
    assert.deepEqual(sums.at(-1), { there: 30, waiting: 3 });
    await clock.sleep(tieringEveryMs + 1);
    assert.equal(seen.length, 15);
    await worker.stop();
    await clock.sleep(10 * tieringEveryMs);
    assert.equal(seen.length, 15);
  }),
);

test(
  'it rests after a failure, longer each time, and goes on after a success',
  within(async ({ clock }) => {
    const attemptsMs: number[] = [];
    let fails = true;
    const step = async () => {
      attemptsMs.push(clock.monotonicMs());
      if (fails) throw new Error('the engine is away');
      return false;
    };
    const { worker, failures } = start(clock, [{ name: 'a' }], step);
    await clock.sleep(10 * 60_000);
    const gaps = attemptsMs.slice(1).map((at, index) => Math.round(at - attemptsMs[index]!));
    assert.deepEqual(
      gaps.slice(0, 3),
      [1_000, 2_000, 4_000].map((ms) => ms + tieringEveryMs),
    );
    assert.equal(Math.max(...gaps), 60_000 + tieringEveryMs);
    assert.equal(failures.length, attemptsMs.length);
    fails = false;
    await clock.sleep(2 * 60_000);
    const last = attemptsMs.at(-1)! - attemptsMs.at(-2)!;
    assert.equal(Math.round(last), tieringEveryMs);
    await worker.stop();
  }),
);

test(
  'only so many partitions are moved at a time',
  within(async ({ clock }) => {
    let [under, most] = [0, 0];
    const step = async () => {
      under += 1;
      most = Math.max(most, under);
      await clock.sleep(100);
      under -= 1;
      return false;
    };
    const { worker } = start(
      clock,
      ['a', 'b', 'c', 'd', 'e'].map((name) => ({ name })),
      step,
    );
    await clock.sleep(tieringEveryMs + 1_000);
    assert.equal(most, tieringLanes);
    await worker.stop();
  }),
);
