// Receivers that wait.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cleanUpAfter, RawClient } from '@cairn/testing';
import { openEndpoint } from './sqs-fixture.ts';

const letsEverybodyReceive = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: '*', Action: 'sqs:ReceiveMessage', Resource: '*' }],
});

const request = (operation: string, input: object): string => {
  const body = JSON.stringify(input);
  const lines = ['host: a', `x-amz-target: AmazonSQS.${operation}`, `content-length: ${body.length}`];
  return `POST / HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`;
};

test('regression: receivers that wait hold no memory that requests of others came in', async (context) => {
  // A thousand of them held 64 MB: each a piece of 64 KiB, for the few bytes in it that were its own.
  const receivers = 64;
  const pieceBytes = 64 * 1_024;
  const { url, queues } = await openEndpoint(context);
  const definition = await queues.create({ name: 'jobs', attributes: { Policy: letsEverybodyReceive } });
  const connect = async (): Promise<RawClient> => {
    const client = await RawClient.connect(Number(new URL(url).port));
    cleanUpAfter(context, async () => client.close());
    return client;
  };
  const other = await connect();
  const large = request('ListQueues', { Padding: 'x'.repeat(15_000) });
  const before = process.memoryUsage().arrayBuffers;
  const waiting: RawClient[] = [];
  for (let index = 0; index < receivers; index++) {
    const client = await connect();
    client.send(request('ReceiveMessage', { QueueUrl: `${url}/000000000000/jobs`, WaitTimeSeconds: 20 }));
    waiting.push(client);
    for (let bytes = 0; bytes < pieceBytes; bytes += large.length) {
      other.send(large);
      assert.equal((await other.response()).status, 403);
    }
  }
  const heldBytes = process.memoryUsage().arrayBuffers - before;
  assert(heldBytes < (receivers * pieceBytes * 3) / 4, `${heldBytes} bytes are held`);
  const messages = Array.from({ length: receivers }, (_, index) => ({
    ...{ id: `${index}`, body: 'x', attributes: {}, sender: 'anna' },
  }));
  await (await queues.queue(definition)).send(messages);
  for (const client of waiting) assert.match((await client.response()).body.toString(), /"Body":"x"/);
});
