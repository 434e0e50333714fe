// Health as the shell asks for it: whatever a system does, there is an answer.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../../test/fake-world.ts';
import { healthTimeoutMs } from '../limits.ts';
import type { RunningSystem, SystemHealth } from '../system-definition.ts';
import { checkHealth } from './check-health.ts';

function mounted(name: string, health: () => Promise<SystemHealth>) {
  const running: RunningSystem<unknown> = {
    api: {},
    endpoints: [],
    routes: [],
    stop: async () => {},
    health,
  };
  return { name, running };
}

test('a system that answers, one that throws and one that is silent each get their state', async () => {
  const clock = new FakeClock();
  const checked = checkHealth(
    [
      mounted('good', async () => ({ ready: true })),
      mounted('bad', async () => ({ ready: false, detail: 'disk full' })),
      mounted('broken', async () => {
        throw new Error('lost');
      }),
      mounted('silent', () => new Promise(() => {})),
    ],
    clock,
  );
  clock.advance(healthTimeoutMs);
  assert.deepEqual(await checked, [
    { name: 'good', endpoints: [], ready: true },
    { name: 'bad', endpoints: [], ready: false, detail: 'disk full' },
    { name: 'broken', endpoints: [], ready: false, detail: 'lost' },
    { name: 'silent', endpoints: [], ready: false, detail: 'no answer within 2000 ms' },
  ]);
});

test('a timer does not outlive its answer', async () => {
  const clock = new FakeClock();
  await checkHealth([mounted('good', async () => ({ ready: true }))], clock);
  assert.equal(clock.pendingTimers, 0);
});
