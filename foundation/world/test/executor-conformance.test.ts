// What the contract in src/executor.ts promises, held against worker threads, the calling thread and the simulated executor.

import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { getPriority } from 'node:os';
import { describe, test } from 'node:test';
import { type Executor, ExecutorError, type Executors, realWorld } from '../src/index.ts';
import type { SumInit, SumInput, SumOutput } from './summing-worker.ts';
import { type WorldUnderTest, worldsUnderTest } from './worlds.ts';

const summing = new URL('./summing-worker.ts', import.meta.url);

for (const world of worldsUnderTest)
  describe(`the ${world.name} executor`, () => {
    testExecutor(world);
    testClones(world);
  });

const callingThread: WorldUnderTest = {
  name: 'calling thread',
  run: async (_test, body) => {
    const open: Executors['open'] = (module, init, options) =>
      realWorld().executors.open(module, init, { ...options, inCallingThread: true });
    await body({ ...realWorld(), executors: { open } }, '');
  },
};

describe('the executor in the calling thread', () => {
  testExecutor(callingThread);

  test('is in the thread that asked, and others have their turns between two batches', async (context) => {
    await callingThread.run(context, async ({ executors }) => {
      const executor: Executor<SumInput, SumOutput> = await executors.open(
        summing,
        { start: 0 },
        { batchMax: 1 },
      );
      const inputs: SumInput[] = [{ add: 1 }, { add: 2 }];
      let turns = 0;
      const turn = () => {
        turns += 1;
        immediate = setImmediate(turn);
      };
      let immediate = setImmediate(turn);
      const seen = await Promise.all(inputs.map((input) => executor.run(input).then(() => turns)));
      clearImmediate(immediate);
      assert.deepEqual(seen, [1, 2]);
      await executor.close();
    });
  });
});

function open(executors: Executors, init: SumInit = { start: 0 }): Promise<Executor<SumInput, SumOutput>> {
  return executors.open(summing, init);
}

test('executors on one thread share its fate, those on another do not', async (context) => {
  const real = worldsUnderTest.find(({ name }) => name === 'real')!;
  await real.run(context, async ({ executors }) => {
    const [one, two, other] = await Promise.all(
      ['one', 'one', 'other'].map((thread) => openOn(executors, thread)),
    );
    await assert.rejects(one!.run({ die: 'out of luck' }), (error) => isExecutorError(error, 'died'));
    await assert.rejects(two!.run({ add: 1 }), (error) => isExecutorError(error, 'died'));
    assert.equal((await other!.run({ add: 1 })).sum, 1);
    const next = await openOn(executors, 'one');
    assert.equal((await next.run({ add: 1 })).sum, 1, 'the name is free for a new thread');
    await Promise.all([one, two, other, next].map((executor) => executor!.close()));
  });
});

test('no thread takes the core from others when it wakes up, and a shared one stands back where cores are few', async (context) => {
  if (process.platform !== 'linux') return; // Elsewhere threads have no priority of their own.
  const real = worldsUnderTest.find(({ name }) => name === 'real')!;
  await real.run(context, async ({ executors }) => {
    const before = await unusualThreads();
    const own = await open(executors);
    assert.deepEqual(await unusualThreads(), { ...before, [title]: { policy: batch, nice: usualNice } });
    const shared = await openOn(executors, 'stands back');
    assert.deepEqual(await unusualThreads(), {
      ...before,
      [title]: { policy: batch, nice: usualNice },
      'stands back': { policy: batch, nice: '10' },
    });
    await Promise.all([own.close(), shared.close()]);
  });
});

/** What the kernel calls the thread of an executor: the first 15 letters of its module. */
const title = summing.pathname.split('/').at(-1)!.slice(0, 15);
const usualNice = String(getPriority());
/** `SCHED_BATCH`. */
const batch = '3';

/** Of this process, by name. */
async function unusualThreads(): Promise<Readonly<Record<string, { policy: string; nice: string }>>> {
  const ids = await readdir('/proc/self/task');
  // Behind the name: proc(5), fields 19 and 41. One that ended meanwhile cannot be read.
  const read = await Promise.allSettled(ids.map((id) => readFile(`/proc/self/task/${id}/stat`, 'latin1')));
  return Object.fromEntries(
    read
      .filter((stat) => stat.status === 'fulfilled')
      .map(({ value }) => /\((.*)\) (.*)/s.exec(value)!)
      .map(([, name, text]) => [name!, text!.split(' ')] as const)
      .map(([name, fields]) => [name, { policy: fields[38]!, nice: fields[16]! }] as const)
      .filter(([, { policy, nice }]) => policy !== '0' || nice !== usualNice),
  );
}

function openOn(executors: Executors, thread: string): Promise<Executor<SumInput, SumOutput>> {
  return executors.open<SumInit, SumInput, SumOutput>(summing, { start: 0 }, { thread });
}

function testExecutor(world: WorldUnderTest): void {
  const testOn = (name: string, body: (executors: Executors) => Promise<void>) =>
    test(name, (context) => world.run(context, ({ executors }) => body(executors)));

  testOn('answers each input in order, and batches what is submitted at once', async (executors) => {
    const executor = await open(executors, { start: 100 });
    const outputs = await Promise.all([1, 2, 3].map((add) => executor.run({ add })));
    assert.deepEqual(
      outputs.map(({ sum }) => sum),
      [101, 103, 106],
    );
    assert.equal(new Set(outputs.map(({ batch }) => batch)).size, 1);
    await executor.close();
  });

  testOn('what is submitted while the worker is busy is the next batch', async (executors) => {
    const executor = await open(executors);
    const first = executor.run({ add: 1 });
    await Promise.resolve();
    await Promise.resolve();
    const later = [executor.run({ add: 2 }), executor.run({ add: 3 })];
    assert.equal((await first).sum, 1);
    const [second, third] = await Promise.all(later);
    assert.deepEqual([second?.sum, third?.sum], [3, 6]);
    assert.equal(second?.batch, third?.batch);
    await executor.close();
  });

  testOn('a batch holds at most as many inputs as was asked for', async (executors) => {
    const executor: Executor<SumInput, SumOutput> = await executors.open(
      summing,
      { start: 0 },
      { batchMax: 2 },
    );
    const outputs = await Promise.all([1, 2, 3, 4, 5].map((add) => executor.run({ add })));
    assert.deepEqual(
      outputs.map(({ sum }) => sum),
      [1, 3, 6, 10, 15],
    );
    const sizes = Map.groupBy(outputs, ({ batch }) => batch);
    assert.deepEqual(
      [...sizes.values()].map((batch) => batch.length),
      [2, 2, 1],
    );
    await executor.close();
  });

  testOn('an input that fails rejects alone, with its error', async (executors) => {
    const executor = await open(executors);
    const [one, failed, two] = await Promise.allSettled([
      executor.run({ add: 1 }),
      executor.run({ fail: 'not this one' }),
      executor.run({ add: 2 }),
    ]);
    assert.equal(one.status === 'fulfilled' && one.value.sum, 1);
    assert.equal(two.status === 'fulfilled' && two.value.sum, 3);
    assert(failed.status === 'rejected' && failed.reason instanceof RangeError);
    assert.equal(failed.reason.message, 'not this one');
    await executor.close();
  });

  testOn('open fails with the error of the module', async (executors) => {
    await assert.rejects(open(executors, { start: 0, refuse: 'no such file' }), {
      name: 'RangeError',
      message: 'no such file',
    });
    await assert.rejects(
      executors.open(new URL('./worlds.ts', import.meta.url), {}),
      /must export openExecutor/,
    );
    await assert.rejects(executors.open(new URL('./missing.ts', import.meta.url), {}), /missing\.ts/);
  });

  testOn('close finishes what was submitted and refuses what comes later', async (executors) => {
    const executor = await open(executors);
    const running = executor.run({ add: 1 });
    const closing = Promise.all([executor.close(), executor.close()]);
    await assert.rejects(executor.run({ add: 1 }), (error) => isExecutorError(error, 'closed'));
    assert.equal((await running).sum, 1);
    await closing;
    await executor.close();
  });

  testOn(
    'executors on one thread keep their states and batches apart, and outlive each other',
    async (executors) => {
      const [one, two] = [await openOn(executors, 'shared'), await openOn(executors, 'shared')];
      const outputs = await Promise.all([one.run({ add: 1 }), two.run({ add: 10 }), one.run({ add: 2 })]);
      assert.deepEqual(
        outputs.map(({ sum }) => sum),
        [1, 10, 3],
      );
      assert.equal(outputs[0]?.batch, outputs[2]?.batch);
      await one.close();
      await assert.rejects(one.run({ add: 1 }), (error) => isExecutorError(error, 'closed'));
      assert.equal((await two.run({ add: 1 })).sum, 11);
      await two.close();
      const three = await openOn(executors, 'shared');
      assert.equal((await three.run({ add: 1 })).sum, 1);
      await three.close();
    },
  );

  testOn('a module that cannot be opened leaves the others of its thread alone', async (executors) => {
    const one = await openOn(executors, 'shared');
    const refused = executors.open(summing, { start: 0, refuse: 'no such file' }, { thread: 'shared' });
    await assert.rejects(refused, { message: 'no such file' });
    assert.equal((await one.run({ add: 1 })).sum, 1);
    await one.close();
  });

  testOn('a worker that dies rejects what is under way and what comes later', async (executors) => {
    const executor = await open(executors);
    const [one, two] = await Promise.allSettled([
      executor.run({ die: 'out of luck' }),
      executor.run({ add: 1 }),
    ]);
    assert(one.status === 'rejected' && isExecutorError(one.reason, 'died'));
    assert.match(one.reason.message, /out of luck/);
    assert(two.status === 'rejected' && isExecutorError(two.reason, 'died'));
    await assert.rejects(executor.run({ add: 1 }), (error) => isExecutorError(error, 'died'));
    await executor.close();
  });
}

function testClones(world: WorldUnderTest): void {
  test('what cannot be cloned rejects alone, on the way in and on the way out', (context) =>
    world.run(context, async ({ executors }) => {
      const executor = await open(executors);
      const uncloneable = { add: 5, callback: () => {} };
      const [into, out, sound] = await Promise.allSettled([
        executor.run(uncloneable),
        executor.run({ uncloneable: true }),
        executor.run({ add: 1 }),
      ]);
      assert(into.status === 'rejected' && into.reason.name === 'DataCloneError');
      assert(out.status === 'rejected' && out.reason.name === 'DataCloneError');
      assert.equal(sound.status === 'fulfilled' && sound.value.sum, 1);
      await assert.rejects(executor.run(uncloneable), { name: 'DataCloneError' });
      assert.equal((await executor.run({ add: 1 })).sum, 2);
      await executor.close();
    }));
}

function isExecutorError(error: unknown, code: string): error is ExecutorError {
  return error instanceof ExecutorError && error.code === code;
}
