import assert from 'node:assert/strict';
import { test } from 'node:test';
import { realWorld } from '@cairn/world';
import { MemoryBlobs } from '../../test/memory-blobs.ts';
import { initTestRepository, openTestRepository, testSnapshot } from '../../test/memory-repository.ts';
import type { Repository } from '../core/repository.ts';
import { applyForgetPolicy } from './forget-policy.ts';
import { parseKeepDuration } from './keep-duration.ts';
import { policyNowMs } from './policy-now.ts';

const dayMs = 24 * 3_600_000;

async function commit(repository: Repository, timeMs: number): Promise<void> {
  const session = await repository.openSession({ purpose: 'create', host: 'h', user: 'u' });
  await session.commit(testSnapshot(new Uint8Array(32), { time: new Date(timeMs).toISOString() }));
}

test('a client whose clock is a year ahead does not forget what a policy keeps by durations', async () => {
  const real = realWorld();
  const blobs = new MemoryBlobs({ clock: real.clock });
  const { clock } = real;
  const nowMs = () => clock.nowMs() + 365 * dayMs;
  const ahead = { ...real, clock: { ...clock, nowMs, setTimer: clock.setTimer.bind(clock) } };
  await initTestRepository({ blobs, world: real });
  const repository = await openTestRepository({ blobs, world: real });
  for (const days of [3, 2, 1]) await commit(repository, clock.nowMs() - days * dayMs);
  const wrong = await openTestRepository({ blobs, world: ahead });
  await commit(wrong, nowMs());
  const { snapshots } = await wrong.snapshots();
  const policy = { within: parseKeepDuration('30d') };
  const { forget } = applyForgetPolicy(snapshots, policy, await policyNowMs(wrong));
  assert.deepEqual(forget, []);
  const byItsOwnClock = applyForgetPolicy(snapshots, policy, nowMs() + 1);
  assert.equal(byItsOwnClock.forget.length, 3, 'by that clock all that there was would go');
});

test('a repository without snapshots has a time, too', async () => {
  const world = realWorld();
  const blobs = new MemoryBlobs({ clock: world.clock });
  assert((await policyNowMs({ blobs, world })) <= world.clock.nowMs());
});
