import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkCaught } from './check-caught.ts';
import type { Scenario } from './scenario.ts';

const failingWith = (steps: readonly number[]): Scenario<number> => ({
  name: 'mistaken',
  plan: (random) => [random.integer(4)],
  run: async (_simulation, [step]) => assert(!steps.includes(step!), 'caught'),
});

test('the first seed that fails is given', async () => {
  const { error, steps } = await checkCaught(failingWith([3]), { seeds: 100 });
  assert.equal(error.message, 'caught');
  assert.deepEqual(steps, [3]);
});

test('a mistake that no seed notices is named', async () => {
  await assert.rejects(
    checkCaught(failingWith([]), { seeds: 3 }),
    /^Error: 3 seeds did not notice mistaken$/,
  );
});
