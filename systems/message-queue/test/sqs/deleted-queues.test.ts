// Files of deleted queues that the disk does not let go: they are tried again, and keep nothing from starting.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cleanUpAfter, temporaryDirectory } from '@cairn/testing';
import { type Disk, DiskError, realWorld, type World } from '@cairn/world';
import { queueFilesRetryMs } from '../../src/limits.ts';
import { openQueues } from './sqs-fixture.ts';

/** The real world with a disk that fails at `operation` below a queue's folder, and a clock whose retries a test lets happen. */
function failingWorld(operation: 'remove' | 'list') {
  const { disk, clock, ...rest } = realWorld();
  const failing = { isOn: true };
  const retries: (() => void)[] = [];
  const failingDisk = new Proxy(disk, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (name !== operation) return typeof value === 'function' ? value.bind(target) : value;
      return async (path: string) => {
        if (failing.isOn && path.includes('/queues/')) throw new DiskError('io', { operation, path });
        return (target[operation] as Disk[typeof operation])(path);
      };
    },
  });
  const setTimer: World['clock']['setTimer'] = (delayMs, callback) => {
    if (delayMs !== queueFilesRetryMs) return clock.setTimer(delayMs, callback);
    retries.push(callback);
    return { cancel() {} };
  };
  const watchedClock = new Proxy(clock, {
    get(target, name) {
      if (name === 'setTimer') return setTimer;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const world: World = { ...rest, disk: failingDisk, clock: watchedClock };
  return { world, failing, retries };
}

for (const operation of ['remove', 'list'] as const)
  test(`regression: a queue whose files the disk fails to ${operation} is deleted, and they go later`, async (context) => {
    const directory = await temporaryDirectory(context);
    const { world, failing, retries } = failingWorld(operation);
    const first = await openQueues(directory, { world });
    const definition = await first.queues.create({ name: 'jobs' });
    failing.isOn = false;
    await (await first.queues.queue(definition)).send([{ id: 'm', body: 'x', attributes: {}, sender: 's' }]);
    failing.isOn = true;
    await first.queues.delete('jobs');
    await first.queues.filesRemoved();
    assert.equal(retries.length, 1);
    await first.close();

    const second = await openQueues(directory, { world, start: 2 });
    cleanUpAfter(context, second.close);
    await second.queues.filesRemoved();
    assert.equal(retries.length, 2);
    const folder = `${directory}/queues/${definition.id}`;
    failing.isOn = false;
    assert.notDeepEqual(await world.disk.list(folder), []);
    assert.deepEqual(await second.sql.read('listQueueDeletions', {}), [definition.id]);
    retries[1]!();
    await second.queues.filesRemoved();
    assert.deepEqual(await world.disk.list(folder), []);
    assert.deepEqual(await second.sql.read('listQueueDeletions', {}), []);
  });
