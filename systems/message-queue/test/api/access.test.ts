// What a route of the management API touches besides its own resource is asked of identity too.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Principal } from '@cairn/service';
import { cleanUpAfter, type TestContext, temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import { messageQueueRoutes } from '../../src/api/routes.ts';
import { openMessageQueue } from '../../src/index.ts';

const ada: Principal = { type: 'user', name: 'ada', arn: 'arn:ada', accessKeyId: undefined };

async function start(t: TestContext) {
  const directory = await temporaryDirectory(t);
  const queue = await openMessageQueue({ directory });
  cleanUpAfter(t, () => queue.close());
  const asked: string[] = [];
  const allowed = new Set<string>();
  const routes = messageQueueRoutes({
    ...{ queue, world: realWorld(), directory, region: 'here', account: '000000000000' },
    authorize: async (_, { action, resource }) => {
      asked.push(`${action} ${resource.split(/[/:]/).at(-1)}`);
      return allowed.has(asked.at(-1)!);
    },
  });
  const call = async (method: string, path: string, input: object): Promise<unknown> => {
    const route = routes.find((one) => one.method === method && one.path === path);
    assert.ok(route !== undefined && !route.streams);
    return route.handle(input as never, { principal: ada, requestId: 'r', conditions: {} });
  };
  return { queue, call, asked, allowed };
}

test('dead letters of a topic go only where who sets it may write', async (t) => {
  const { queue, call, asked, allowed } = await start(t);
  const settings = { 'cairn.retry.delays.ms': '1', 'cairn.retry.dead.letter.topic': 'secret' };
  const create = () => call('POST', '/topics', { topic: 'own', settings });
  await assert.rejects(create(), { code: 'forbidden' });
  assert.equal(queue.topics.find('own'), undefined);
  allowed.add('kafka-cluster:WriteData secret');
  await create();
  allowed.clear();
  const change = (letters: string) =>
    call('PATCH', '/topics/{topic}', {
      topic: 'own',
      settings: { 'cairn.retry.dead.letter.topic': letters },
    });
  await assert.rejects(change('other'), { code: 'forbidden' });
  await change('secret');
  assert.equal(asked.length, 3);
});

test('messages are moved only to a queue that who moves them may send to', async (t) => {
  const { call, asked } = await start(t);
  const redrive = call('POST', '/dead-letters/{queue}/redrive', { queue: 'own', to: 'secret' });
  await assert.rejects(redrive, { code: 'forbidden' });
  assert.deepEqual(asked, ['sqs:SendMessage secret']);
});

test('offsets of a topic are committed and reset by who may read it', async (t) => {
  const { queue, call, asked, allowed } = await start(t);
  await queue.topics.create({ name: 'secret' });
  const offsets = [{ topic: 'secret', partition: 0, offset: 0 }];
  const commit = () => call('POST', '/groups/{group}/offsets', { group: 'readers', offsets });
  const reset = () =>
    call('POST', '/groups/{group}/reset-offsets', {
      ...{ group: 'readers', to: 'end', topics: ['secret'], dryRun: true, create: true },
    });
  await assert.rejects(commit(), { code: 'forbidden' });
  await assert.rejects(reset(), { code: 'forbidden' });
  assert.deepEqual(asked, ['kafka-cluster:ReadData secret', 'kafka-cluster:ReadData secret']);
  allowed.add('kafka-cluster:ReadData secret');
  await commit();
  assert.deepEqual(await reset(), { offsets: [{ topic: 'secret', partition: 0, before: 0, after: 0 }] });
});
