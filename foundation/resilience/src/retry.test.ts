import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock, World } from '@cairn/world';
import { Simulation } from '@cairn/world/simulated';
import { Deadline } from './deadline.ts';
import { DeadlineExceeded } from './deadline-exceeded.ts';
import { type Retry, retry } from './retry.ts';
import { RetryBudget } from './retry-budget.ts';

class Passing extends Error {}

const isRetryable = (error: unknown) => error instanceof Passing;

test('what fails for the moment is tried again until it succeeds', async () => {
  await simulated(async (world) => {
    const calls: number[] = [];
    const result = await retry(
      async ({ number }) => {
        calls.push(number);
        if (number < 4) throw new Passing();
        return 'done';
      },
      { world, isRetryable },
    );
    assert.equal(result, 'done');
    assert.deepEqual(calls, [1, 2, 3, 4]);
  });
});

test('what would fail again is thrown at once, and the last error when attempts are used up', async () => {
  await simulated(async (world) => {
    const final = new Error('no such bucket');
    let calls = 0;
    const failing = async () => {
      calls += 1;
      throw final;
    };
    await assert.rejects(retry(failing, { world, isRetryable }), final);
    assert.equal(calls, 1);
    const errors = Array.from({ length: 3 }, () => new Passing());
    const attempts = retry(async ({ number }) => Promise.reject(errors[number - 1]), {
      world,
      isRetryable,
      attemptsMax: 3,
    });
    await assert.rejects(attempts, (error) => error === errors[2]);
  });
});

test('pauses are spread from nothing to a bound that doubles up to its maximum', async () => {
  const bounds = [100, 200, 400, 400];
  const longest = bounds.map(() => 0);
  const shortest = bounds.map(() => Infinity);
  for (let seed = 0; seed < 200; seed++) {
    await simulated(async (world) => {
      const pauses = await pausesOf(world, { attemptsMax: 5, pauseMs: 100, pauseMsMax: 400 });
      for (const [index, pauseMs] of pauses.entries()) {
        assert(pauseMs <= bounds[index]!, `seed ${seed}: pause ${index} of ${pauseMs} ms`);
        longest[index] = Math.max(longest[index]!, pauseMs);
        shortest[index] = Math.min(shortest[index]!, pauseMs);
      }
    }, seed);
  }
  for (const [index, bound] of bounds.entries()) {
    assert(longest[index]! > bound * 0.9, `pause ${index} reaches ${longest[index]} of ${bound} ms`);
    assert(shortest[index]! < bound * 0.1, `pause ${index} is never below ${shortest[index]} of ${bound} ms`);
  }
});

test('the pause really passes, and is as long as the other side asks for', async () => {
  await simulated(async (world) => {
    const startMs = world.clock.monotonicMs();
    const pauses = await pausesOf(world, { attemptsMax: 2, pauseAtLeastMs: () => 60_000 });
    assert.deepEqual(pauses, [60_000]);
    assert.equal(world.clock.monotonicMs() - startMs, 60_000);
  });
});

test('no pause leads beyond the deadline: the error that is known is better than a late one', async () => {
  await simulated(async (world) => {
    const deadline = Deadline.after(world.clock, 1_000);
    const startMs = world.clock.monotonicMs();
    await assert.rejects(
      retry(() => Promise.reject(new Passing()), {
        world,
        isRetryable,
        deadline,
        pauseAtLeastMs: () => 1_000,
      }),
      Passing,
    );
    assert.equal(world.clock.monotonicMs(), startMs);
  });
});

test('an attempt that is under way when the deadline passes ends with it', async () => {
  await simulated(async (world) => {
    const deadline = Deadline.after(world.clock, 1_000);
    const stuck = ({ signal }: { signal: AbortSignal | undefined }) => world.clock.sleep(1e9, signal);
    await assert.rejects(retry(stuck, { world, isRetryable, deadline }), DeadlineExceeded);
    assert.equal(deadline.passed, true);
  });
});

test('an abort ends the pause and the attempts with its reason', async () => {
  await simulated(async (world) => {
    const controller = new AbortController();
    const reason = new Error('enough');
    let calls = 0;
    const retrying = retry(
      () => {
        calls += 1;
        return Promise.reject(new Passing());
      },
      { world, isRetryable, signal: controller.signal, pauseAtLeastMs: () => 1_000 },
    );
    world.clock.setTimer(500, () => controller.abort(reason));
    await assert.rejects(retrying, reason);
    assert.equal(calls, 1);
    await assert.rejects(
      retry(async () => 'never', { world, isRetryable, signal: AbortSignal.abort(reason) }),
      reason,
    );
  });
});

test('callers that share a budget stop retrying together', async () => {
  await simulated(async (world) => {
    const budget = new RetryBudget({ tokensMax: 10, tokensPerSuccess: 0 });
    let calls = 0;
    const failing = () => {
      calls += 1;
      return Promise.reject(new Passing());
    };
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, () => retry(failing, { world, isRetryable, budget })),
    );
    assert(outcomes.every(({ status }) => status === 'rejected'));
    assert.equal(calls, 20 + 10);
  });
});

async function pausesOf(world: TestWorld, options: object): Promise<readonly number[]> {
  const retries: Retry[] = [];
  const retrying = retry(() => Promise.reject(new Passing()), {
    world,
    isRetryable,
    ...options,
    onRetry: (happened) => retries.push(happened),
  });
  await assert.rejects(retrying, Passing);
  return retries.map(({ pauseMs }) => pauseMs);
}

type TestWorld = { readonly clock: Clock; readonly random: World['random'] };

async function simulated(scenario: (world: TestWorld) => Promise<void>, seed = 1): Promise<void> {
  const simulation = new Simulation({ seed });
  await simulation.run(() => scenario(simulation.machine('caller').world));
}
