import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Scenario } from './scenario.ts';
import { shrink } from './shrink.ts';

/** Fails when it gets both a 3 and, later, a 7; in another way when it gets nothing. */
const pairScenario: Scenario<number> = {
  name: 'pair',
  plan: (random) => Array.from({ length: 100 }, () => random.integer(10)),
  run: async (_simulation, steps) => {
    if (steps.length === 0) throw new TypeError('no steps');
    const first = steps.indexOf(3);
    if (first !== -1 && steps.includes(7, first)) throw new RangeError('3 before 7');
  },
};

test('a plan is cut down to the steps without which it would pass', async () => {
  const shrunk = await shrink(pairScenario, 1);
  assert.deepEqual(shrunk?.steps, [3, 7]);
  assert.equal(shrunk.error.message, '3 before 7');
  assert(shrunk.runs < 100, `took ${shrunk.runs} runs`);
});

test('a cut that fails in another way is not taken', async () => {
  const scenario: Scenario<number> = {
    ...pairScenario,
    run: async (_simulation, steps) => {
      if (steps.length < 10) throw new TypeError('too few steps to make sense');
      throw new RangeError('the real failure');
    },
  };
  const shrunk = await shrink(scenario, 1);
  assert.equal(shrunk?.steps.length, 10);
});

test('a seed that passes has nothing to shrink', async () => {
  assert.equal(await shrink({ ...pairScenario, plan: () => [1] }, 1), undefined);
});
