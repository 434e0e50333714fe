import assert from 'node:assert/strict';
import test from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { SerialSteps } from './serial-steps.ts';

test('steps go one after the other, also behind one that failed', async () => {
  const steps = new SerialSteps();
  const begun: string[] = [];
  const step = (name: string) => async () => {
    begun.push(name);
    await nextTurn();
    assert.equal(begun.at(-1), name, 'another step began meanwhile');
    if (name === 'b') throw new Error(name);
    return name;
  };
  const outcomes = await Promise.allSettled(['a', 'b', 'c'].map((name) => steps.run(step(name))));
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
  assert.deepEqual(begun, ['a', 'b', 'c']);
});

test('what is done in a pause comes after the step under way, and the pause ends also when it fails', async () => {
  const steps = new SerialSteps();
  const seen: string[] = [];
  const step = steps.run(async () => {
    await nextTurn();
    seen.push('step');
    throw new Error('the step');
  });
  const paused = steps.whilePaused(async () => {
    seen.push('action');
    assert(steps.isPaused);
    throw new Error('the action');
  });
  await assert.rejects(step, /the step/);
  await assert.rejects(paused, /the action/);
  assert.deepEqual(seen, ['step', 'action']);
  assert(!steps.isPaused);
  await steps.settled();
});
