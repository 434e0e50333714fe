// A queue whose log failed is closed and opened again in the same process: what its receivers hold stays theirs.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { cleanUpAfter, temporaryDirectory } from '@cairn/testing';
import { type Disk, DiskError, type DiskFile, realWorld, type World } from '@cairn/world';
import type { Queue } from '../../src/queues/queue.ts';
import { openQueues } from './sqs-fixture.ts';

/** The real world with a disk that fails to sync what belongs to queues while it is told to. */
function worldOfFailingSyncs(): { world: World; failing: { isOn: boolean } } {
  const { disk, ...rest } = realWorld();
  const failing = { isOn: false };
  const failingFile = (file: DiskFile): DiskFile =>
    new Proxy(file, {
      get(target, name) {
        if (name === 'sync' && failing.isOn && target.path.includes('/queues/'))
          return () => Promise.reject(new DiskError('io', { operation: 'sync', path: target.path }));
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  const failingDisk = new Proxy(disk, {
    get(target, name) {
      if (name === 'open')
        return async (...call: Parameters<Disk['open']>) => failingFile(await target.open(...call));
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return { world: { ...rest, disk: failingDisk }, failing };
}

async function setUp(context: TestContext, name: string, attributes: Readonly<Record<string, string>>) {
  const directory = await temporaryDirectory(context);
  const { world, failing } = worldOfFailingSyncs();
  const { queues, close } = await openQueues(directory, { world });
  cleanUpAfter(context, close);
  const definition = await queues.create({ name, attributes });
  const queue = async (): Promise<Queue> => queues.queue(definition);
  const reopened = async (): Promise<Queue> => {
    const before = await queue();
    failing.isOn = true;
    await assert.rejects(before.send([{ ...message, body: 'lost', deduplicationId: 'e' }]));
    failing.isOn = false;
    const after = await queue();
    assert.notEqual(after, before, 'it was opened again');
    return after;
  };
  return { queue, reopened };
}

const message = { id: 'm', body: 'x', attributes: {}, sender: 's', group: 'g', deduplicationId: 'd' };

for (const [name, attributes] of [
  ['jobs', {}],
  ['jobs.fifo', { FifoQueue: 'true' }],
] as const)
  test(`regression: who received from ${name} before it was opened again deletes the message`, async (context) => {
    const { queue, reopened } = await setUp(context, name, attributes);
    const open = await queue();
    await open.send([message]);
    const [received] = await open.receive({ max: 1, visibilityMs: 60_000 });
    const after = await reopened();
    await after.delete(received!.handle);
    const left = (await after.receive({ max: 10 })).filter(({ message: { body } }) => body === 'x');
    assert.deepEqual(left, []);
  });

test('regression: a receive number is not given again when a queue is opened again', async (context) => {
  const { queue, reopened } = await setUp(context, 'jobs', {});
  const open = await queue();
  await open.send([message]);
  const [first] = await open.receive({ max: 1, visibilityMs: 60_000 });
  const after = await reopened();
  const [second] = await after.receive({ max: 1, visibilityMs: 60_000 });
  assert.equal(second!.message.body, first!.message.body);
  assert.notEqual(second!.handle, first!.handle);
  await after.delete(first!.handle);
  assert.equal(after.counts().inFlight, 1, 'who received it last has it');
});
