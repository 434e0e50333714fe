import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '@cairn/world/simulated';
import { RetryBudget } from './retry-budget.ts';

test('retries never exceed the budget plus its share of the successes', () => {
  for (let seed = 0; seed < 50; seed++) {
    const random = new SeededRandom(seed);
    const budget = new RetryBudget({ tokensMax: 5, tokensPerSuccess: 0.25 });
    let [retries, successes] = [0, 0];
    for (let step = 0; step < 500; step++) {
      if (random.integer(2) === 0) {
        budget.succeeded();
        successes += 1;
      } else if (budget.spend()) retries += 1;
      assert(retries <= 5 + successes * 0.25, `seed ${seed}, step ${step}`);
    }
    assert(retries > 50, `seed ${seed}: the budget refills, got ${retries}`);
  }
});

test('successes do not pile up beyond the full budget', () => {
  const budget = new RetryBudget({ tokensMax: 2, tokensPerSuccess: 1 });
  for (let success = 0; success < 100; success++) budget.succeeded();
  assert.deepEqual([budget.spend(), budget.spend(), budget.spend()], [true, true, false]);
});
