// Fills the small disk that it is given through the ports of Kafka and SQS, and makes room again.
//
//   node fill-disk.ts DIRECTORY

import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { openMessageQueue } from '@cairn/message-queue';
import { silentTelemetry } from '@cairn/telemetry';
import { realWorld } from '@cairn/world';
import kafkajs from 'kafkajs';
import { kafkaErrors } from '../../src/errors.ts';
import { openSqsServer } from '../../src/sqs/server.ts';
import { kafkaOn } from '../kafka/kafka-on.ts';
import { metadata, produce } from '../kafka/requests.ts';
import { TestClient } from '../kafka/test-client.ts';
import { readPartition } from '../kill/read-topic.ts';
import { batchOf } from '../partition/partition-fixture.ts';
import { account, clientOf, identity, region } from '../sqs/sqs-fixture.ts';

const directory = process.argv[2]!;
const cleanUps: (() => Promise<void>)[] = [];
const test = { after: (cleanUp: () => Promise<void>) => void cleanUps.unshift(cleanUp) };

const ballast = `${directory}/ballast`;
await writeFile(ballast, Buffer.alloc(24 * 2 ** 20));
const queue = await openMessageQueue({
  directory: `${directory}/message-queue`,
  // As where others fill the disk.
  reserveBytes: 0,
  groups: { initialRebalanceDelayMs: 0 },
});
const kafka = await kafkaOn(queue);
const sqsServer = await openSqsServer({
  ...{ queues: queue.queues, identity, region, account, world: realWorld(), log: silentTelemetry().log },
  listen: { host: '127.0.0.1', port: 0 },
});
const client = await TestClient.connect(test, kafka.port);
const sqs = clientOf(test as never, sqsServer.address);
const { QueueUrl: jobs } = await sqs.send(new CreateQueueCommand({ QueueName: 'jobs' }));
await client.ask('metadata', metadata(['filled', 'other']));
await sqs.send(new SendMessageCommand({ QueueUrl: jobs, MessageBody: 'before' }));

// It has its id before the disk is full: a new one is refused until there is room.
const js = new kafkajs.Kafka({
  brokers: [`127.0.0.1:${kafka.port}`],
  logLevel: kafkajs.logLevel.NOTHING,
  retry: { initialRetryTime: 30, maxRetryTime: 200, retries: 100 },
});
const producer = js.producer({ idempotent: true, maxInFlightRequests: 1 });
await producer.connect();

const filled: string[] = [];
async function send(text: string): Promise<number> {
  const batch = batchOf([text], { timestampMs: Date.now() });
  const answer = await client.ask('produce', produce('filled', { batch }));
  const { errorCode } = answer!.responses[0]!.partitionResponses[0]!;
  if (errorCode === 0) filled.push(text);
  return errorCode;
}

let refused = 0;
for (const bytes of [900_000, 60_000, 3_000]) {
  do refused = await send(`${filled.length} ${'x'.repeat(bytes)}`);
  while (refused === 0);
  assert.equal(refused, kafkaErrors.KAFKA_STORAGE_ERROR.code);
}
const atFull = filled.length;
assert.ok(atFull > 30, `only ${atFull} batches fit`);

// Consumers go on: what was acknowledged is read, and nothing else.
const read = () => readPartition(test, { port: kafka.port, place: { topic: 'filled', partition: 0 } });
assert.deepEqual(await read(), filled);
const received = await sqs.send(new ReceiveMessageCommand({ QueueUrl: jobs }));
assert.equal(received.Messages?.[0]?.Body, 'before');
const { ReceiptHandle } = received.Messages[0];
await assert.rejects(
  sqs.send(new SendMessageCommand({ QueueUrl: jobs, MessageBody: 'x'.repeat(500_000) })),
  (error: { $metadata: { httpStatusCode: number } }) => error.$metadata.httpStatusCode >= 500,
);

// A client that tries again, as it does by itself, until there is room.
const value = `retried ${'y'.repeat(600_000)}`;
let isSent = false;
const sending = producer.send({ topic: 'filled', messages: [{ value }] }).then(() => {
  isSent = true;
});
assert.equal(await send('x'.repeat(900_000)), kafkaErrors.KAFKA_STORAGE_ERROR.code);
assert.equal(isSent, false);
await rm(ballast);
await sending;
filled.push(value);
assert.equal(await send('after'), 0);
assert.deepEqual(await read(), filled);
await sqs.send(new DeleteMessageCommand({ QueueUrl: jobs, ReceiptHandle: ReceiptHandle! }));
await sqs.send(new SendMessageCommand({ QueueUrl: jobs, MessageBody: 'after' }));
const after = await sqs.send(new ReceiveMessageCommand({ QueueUrl: jobs, MaxNumberOfMessages: 10 }));
assert.deepEqual(
  after.Messages?.map(({ Body }) => Body),
  ['after'],
);

await producer.disconnect();
await kafka.close(AbortSignal.timeout(5_000));
await sqsServer.close(AbortSignal.timeout(1_000));
await queue.close();
// And what a start finds is the same.
const again = await openMessageQueue({ directory: `${directory}/message-queue` });
const partition = await again.topics.partition(again.topics.find('filled')!, 0);
assert.equal(partition.endOffset, filled.length);
await again.close();
for (const cleanUp of cleanUps) await cleanUp();
console.log(`stored ${atFull}, then ${filled.length}`);
