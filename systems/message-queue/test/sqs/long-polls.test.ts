// Receivers that wait.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { cleanUpAfter, RawClient } from '@cairn/testing';
import { openEndpoint } from './sqs-fixture.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const letsEverybodyReceive = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: '*', Action: 'sqs:ReceiveMessage', Resource: '*' }],
});

const request = (operation: string, input: object): string => {
  const body = JSON.stringify(input);
  const lines = ['host: a', `x-amz-target: AmazonSQS.${operation}`, `content-length: ${body.length}`];
  return `POST / HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`;
};

const longPoll = (url: string): string =>
  request('ReceiveMessage', { QueueUrl: `${url}/000000000000/jobs`, WaitTimeSeconds: 20 });

async function connect(context: TestContext, url: string): Promise<RawClient> {
  const client = await RawClient.connect(Number(new URL(url).port));
  cleanUpAfter(context, async () => client.close());
  return client;
}

test('receivers that wait are told that there is nothing when the server stops', async (context) => {
  const { url, queues, close } = await openEndpoint(context);
  await queues.create({ name: 'jobs', attributes: { Policy: letsEverybodyReceive } });
  const [waiting, leaving] = [await connect(context, url), await connect(context, url)];
  for (const client of [waiting, leaving]) client.send(longPoll(url));
  // Whoever is answered now came behind them.
  const other = await connect(context, url);
  other.send(request('ListQueues', {}));
  assert.equal((await other.response()).status, 403);
  leaving.close();
  const closing = close();
  const { status, body } = await waiting.response();
  assert.deepEqual([status, body.toString()], [200, '{}']);
  await closing;
});

test('regression: receivers that wait hold no memory that requests of others came in', async (context) => {
  // A thousand of them held 64 MB: each a piece of 64 KiB, for the few bytes in it that were its own.
  const receivers = 64;
  const pieceBytes = 64 * 1_024;
  const { url, queues } = await openEndpoint(context);
  const definition = await queues.create({ name: 'jobs', attributes: { Policy: letsEverybodyReceive } });
  const other = await connect(context, url);
  const large = request('ListQueues', { Padding: 'x'.repeat(15_000) });
  const arrayBuffers = (): number => {
    collectGarbage();
    return process.memoryUsage().arrayBuffers;
  };
  const before = arrayBuffers();
  const waiting: RawClient[] = [];
  for (let index = 0; index < receivers; index++) {
    const client = await connect(context, url);
    client.send(longPoll(url));
    waiting.push(client);
    for (let bytes = 0; bytes < pieceBytes; bytes += large.length) {
      other.send(large);
      assert.equal((await other.response()).status, 403);
    }
  }
  const heldBytes = arrayBuffers() - before;
  assert(heldBytes < (receivers * pieceBytes) / 4, `${heldBytes} bytes are held`);
  const messages = Array.from({ length: receivers }, (_, index) => ({
    ...{ id: `${index}`, body: 'x', attributes: {}, sender: 'anna' },
  }));
  await (await queues.queue(definition)).send(messages);
  for (const client of waiting) assert.match((await client.response()).body.toString(), /"Body":"x"/);
});
