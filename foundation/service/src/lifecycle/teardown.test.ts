// Stopping what was started: in reverse order, each step with its chance, and an end in bounded time.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '@cairn/telemetry';
import { FakeClock } from '../../test/fake-world.ts';
import { stopGraceMs } from '../limits.ts';
import { Teardown } from './teardown.ts';

function newTeardown() {
  const clock = new FakeClock();
  const errors: unknown[] = [];
  const log = { ...silentLog, error: (event: string, fields?: object) => errors.push([event, fields]) };
  return { clock, errors, teardown: new Teardown({ clock, log }) };
}

test('steps run one after the other, last first', async () => {
  const { clock, teardown } = newTeardown();
  const events: string[] = [];
  for (const name of ['first', 'second']) {
    teardown.add(name, async () => {
      events.push(`${name} begins`);
      await Promise.resolve();
      events.push(`${name} ends`);
    });
  }
  assert.equal(await teardown.run(10), true);
  assert.deepEqual(events, ['second begins', 'second ends', 'first begins', 'first ends']);
  assert.equal(clock.pendingTimers, 0);
});

test('a step that fails does not keep the others from theirs', async () => {
  const { teardown, errors } = newTeardown();
  const events: string[] = [];
  teardown.add('first', async () => void events.push('first'));
  teardown.add('second', () => Promise.reject(new Error('stuck')));
  assert.equal(await teardown.run(10), false);
  assert.deepEqual(events, ['first']);
  assert.equal(errors.length, 1);
});

test('at the deadline the signal aborts, and a step that heeds it has stopped in order', async () => {
  const { clock, teardown } = newTeardown();
  teardown.add(
    'slow',
    (deadline) => new Promise((resolve) => deadline.addEventListener('abort', () => resolve())),
  );
  const run = teardown.run(10_000);
  clock.advance(10_000);
  assert.equal(await run, true);
});

test('a step that ignores the deadline is left behind after the grace, and the rest still stops', async () => {
  const { clock, teardown, errors } = newTeardown();
  const events: string[] = [];
  teardown.add('first', async () => void events.push('first'));
  teardown.add('hanging', () => new Promise(() => {}));
  teardown.add('also hanging', () => new Promise(() => {}));
  const run = teardown.run(10_000);
  clock.advance(10_000 + stopGraceMs);
  assert.equal(await run, false);
  assert.deepEqual(events, ['first']);
  assert.equal(errors.length, 2);
});
