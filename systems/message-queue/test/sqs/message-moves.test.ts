// Message move tasks under what goes wrong around them: two at once, a database that fails, who may not.

import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { type TestContext, test } from 'node:test';
import {
  SendMessageCommand,
  SetQueueAttributesCommand,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { SqlError } from '@cairn/engines';
import { cleanUpAfter, temporaryDirectory } from '@cairn/testing';
import { account, clientOf, openEndpoint, openQueues, userKey } from './sqs-fixture.ts';

const arnOf = (name: string): string => `arn:aws:sqs:us-east-1:${account}:${name}`;
const redrive = (to: string) => ({
  RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arnOf(to), maxReceiveCount: 1 }),
});
const letter = { id: 'm', body: 'x', attributes: {}, sender: 's' };

async function setUp(context: TestContext, mutate?: Parameters<typeof openQueues>[1]) {
  const { queues, close } = await openQueues(await temporaryDirectory(context), mutate);
  cleanUpAfter(context, close);
  const dead = await queues.create({ name: 'dead' });
  await queues.create({ name: 'jobs', attributes: redrive('dead') });
  return { queues, dead };
}

test('regression: of two tasks that are begun at once one is refused', async (context) => {
  const { queues, dead } = await setUp(context);
  const begun = await Promise.allSettled(['1', '2'].map((id) => queues.moves.start(dead, { id })));
  assert.deepEqual(
    begun.map(({ status }) => status),
    ['fulfilled', 'rejected'],
  );
});

test('regression: a task that could not be written down is in the way of none; one that is cancelled is written down', async (context) => {
  const isFailing = { now: false };
  const written: string[] = [];
  const { queues, dead } = await setUp(context, {
    onWrite(name, input) {
      if (name === 'putMove') written.push((input as { row: { document: string } }).row.document);
      if (name === 'putMove' && isFailing.now) throw new SqlError('unavailable', { attempted: 'test' });
    },
  });
  isFailing.now = true;
  await assert.rejects(queues.moves.start(dead, { id: '1' }), SqlError);
  assert.deepEqual(queues.moves.list(dead), []);
  isFailing.now = false;
  const open = await queues.queue(dead);
  await open.send([
    { ...letter, deadLetterSource: arnOf('jobs') },
    { ...letter, deadLetterSource: arnOf('jobs') },
  ]);
  const { id } = await queues.moves.start(dead, { id: '2', perSecondMax: 1 });
  await queues.moves.cancel(dead, id);
  assert.match(written.at(-1)!, /"status":"CANCELL/);
});

test('regression: a receive leaves nothing behind at a signal that outlives it', async (context) => {
  const { queues, dead } = await setUp(context);
  const open = await queues.queue(dead);
  const { signal } = new AbortController();
  for (let count = 0; count < 20; count++) {
    await open.send([letter]);
    await open.receive({ max: 1, signal });
  }
  assert.equal(getEventListeners(signal, 'abort').length, 0);
});

test('regression: who may not send to the sources of a dead-letter queue does not move its messages there', async (context) => {
  const endpoint = await openEndpoint(context);
  const { queues } = endpoint;
  const user = `arn:aws:iam::${account}:user/anna`;
  const allow = (name: string, ...actions: string[]): string =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { AWS: user },
          Action: actions.map((action) => `sqs:${action}`),
          Resource: arnOf(name),
        },
      ],
    });
  const Policy = allow('dead', 'StartMessageMoveTask', 'ReceiveMessage', 'DeleteMessage');
  const dead = await queues.create({ name: 'dead', attributes: { Policy } });
  const jobs = await queues.create({ name: 'jobs', attributes: redrive('dead') });
  await (await queues.queue(dead)).send([{ ...letter, deadLetterSource: jobs.arn }]);
  const [anna, root] = [clientOf(context, endpoint, userKey), clientOf(context, endpoint)];
  const move = () => anna.send(new StartMessageMoveTaskCommand({ SourceArn: dead.arn }));
  await assert.rejects(move(), /not authorized to perform: sqs:sendmessage on resource: .*:jobs/);
  const QueueUrl = `${endpoint.url}/${account}/jobs`;
  await root.send(
    new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy: allow('jobs', 'SendMessage') } }),
  );
  await anna.send(new SendMessageCommand({ QueueUrl, MessageBody: 'may' }));
  await move();
});

test('regression: a message whose source uses another dead-letter queue by now is not moved to it', async (context) => {
  const { queues, dead } = await setUp(context);
  const other = await queues.create({ name: 'other' });
  await (await queues.queue(dead)).send([{ ...letter, deadLetterSource: other.arn }]);
  await queues.moves.start(dead, { id: '1' });
  await context.waitFor(() => assert.equal(queues.moves.list(dead)[0]?.status, 'FAILED'), {
    timeout: 60_000,
  });
  assert.equal((await queues.queue(other)).counts().waiting, 0);
});

test('regression: what is written of a queue while it is deleted is gone with it', async (context) => {
  const directory = await temporaryDirectory(context);
  const { queues, sql, close } = await openQueues(directory);
  const dead = await queues.create({ name: 'dead' });
  const open = await queues.queue(dead);
  await open.send([letter, letter]);
  const [, second] = await open.receive({ max: 2 });
  await Promise.allSettled([
    queues.delete('dead'),
    open.delete(second!.handle),
    queues.moves.start(dead, { id: '1' }),
  ]);
  await queues.filesRemoved();
  assert.deepEqual(await sql.read('findQueueRows', { queue: dead.id }), {
    ...{ gone: [], received: [], damagedReceived: 0 },
  });
  assert.deepEqual(await sql.read('listMoves', {}), []);
  await close();
});
