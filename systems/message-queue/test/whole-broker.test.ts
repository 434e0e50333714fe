// The broker as it is mounted, with clients that we did not write: groups whose members come and go while every message is
// counted, transactions, and a restart in between.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentTelemetry } from '@cairn/telemetry';
import { cleanUpAfter, type TestContext, temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import { Kafka, logLevel, type Producer } from 'kafkajs';
import { openMessageQueue } from '../src/index.ts';
import { openKafka } from '../src/kafka/open-kafka.ts';
import { anonymousIdentity, noUsers } from './kafka/start-kafka.ts';

type Broker = { readonly port: number; stop(): Promise<void> };

async function startBroker(
  t: TestContext,
  { directory, port = 0 }: { directory: string; port?: number },
): Promise<Broker> {
  const queue = await openMessageQueue({ directory, groups: { initialRebalanceDelayMs: 0 } });
  const { clusterId, topics, groups, transactions, sql, partitionsDirectory } = queue;
  const kafka = await openKafka({
    ...{ clusterId, topics, groups, transactions, sql, port, autoCreateTopics: true },
    guardTransaction: transactions.guard,
    identity: {
      ...anonymousIdentity,
      ...noUsers,
      userArn: async ({ name }) => `arn:aws:iam::000000000000:user/${name}`,
    },
    ...{ world: realWorld(), telemetry: silentTelemetry(), directory: partitionsDirectory },
    ...{ account: '000000000000', region: 'us-east-1', host: '127.0.0.1' },
  });
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= kafka.close(AbortSignal.timeout(5_000)).then(() => queue.close());
    return stopping;
  };
  cleanUpAfter(t, stop);
  return { port: kafka.port, stop };
}

function client(port: number): Kafka {
  const retry = { initialRetryTime: 50, retries: 20, maxRetryTime: 500 };
  return new Kafka({ clientId: 'test', brokers: [`127.0.0.1:${port}`], logLevel: logLevel.NOTHING, retry });
}

/** A member of a group that notes what it is given, and commits after each batch. */
async function joinGroup(t: TestContext, kafka: Kafka, seen: string[]) {
  const consumer = kafka.consumer({
    groupId: 'counters',
    sessionTimeout: 6_000,
    heartbeatInterval: 300,
    rebalanceTimeout: 6_000,
  });
  cleanUpAfter(t, () => consumer.disconnect());
  await consumer.connect();
  await consumer.subscribe({ topic: 'counted', fromBeginning: true });
  await consumer.run({ eachMessage: async ({ message }) => void seen.push(message.value!.toString()) });
  return consumer;
}

async function until(done: () => boolean, what: string): Promise<void> {
  const deadline = AbortSignal.timeout(40_000);
  while (!done()) {
    assert.ok(!deadline.aborted, `not within 40 s: ${what}`);
    await new Promise<void>((resolve) => setTimeout(resolve, 20));
  }
}

async function send(producer: Producer, range: { from: number; to: number }): Promise<void> {
  const messages = Array.from({ length: range.to - range.from }, (_, index) => ({
    key: `key ${index % 17}`,
    value: `message ${range.from + index}`,
  }));
  await producer.send({ topic: 'counted', acks: -1, messages });
}

test('members of a group come and go, the broker restarts, and every message is seen', async (t) => {
  const directory = await temporaryDirectory(t);
  const first = await startBroker(t, { directory });
  const kafka = client(first.port);
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: 'counted', numPartitions: 6 }] });
  await admin.disconnect();
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
  cleanUpAfter(t, () => producer.disconnect());
  await producer.connect();
  const seen: string[] = [];
  const distinct = () => new Set(seen).size;
  const one = await joinGroup(t, kafka, seen);
  await send(producer, { from: 0, to: 200 });
  await until(() => distinct() >= 200, 'the first messages');
  const two = await joinGroup(t, kafka, seen);
  await send(producer, { from: 200, to: 400 });
  await until(() => distinct() >= 400, 'messages with a second member');
  await one.disconnect();
  await send(producer, { from: 400, to: 600 });
  await until(() => distinct() >= 600, 'messages after a member left');
  await first.stop();
  await startBroker(t, { directory, port: first.port });
  await send(producer, { from: 600, to: 800 });
  await until(() => distinct() >= 800, 'messages after a restart');
  assert.equal(distinct(), 800);
  // Before the broker: they would go on looking for it.
  await Promise.all([two.disconnect(), producer.disconnect()]);
});

test('transactions are seen whole or not at all, with the offsets that they commit', async (t) => {
  const { port } = await startBroker(t, { directory: await temporaryDirectory(t) });
  const kafka = client(port);
  const producer = kafka.producer({ transactionalId: 'mover', idempotent: true, maxInFlightRequests: 1 });
  cleanUpAfter(t, () => producer.disconnect());
  await producer.connect();
  const offsets = (offset: string) => ({
    consumerGroupId: 'movers',
    topics: [{ topic: 'from', partitions: [{ partition: 0, offset }] }],
  });
  const inTransaction = async (text: string, offset: string, commit: boolean) => {
    const transaction = await producer.transaction();
    for (const topic of ['left', 'right']) await transaction.send({ topic, messages: [{ value: text }] });
    await transaction.sendOffsets(offsets(offset));
    await (commit ? transaction.commit() : transaction.abort());
  };
  const admin = kafka.admin();
  cleanUpAfter(t, () => admin.disconnect());
  await admin.connect();
  await admin.createTopics({
    topics: ['from', 'left', 'right'].map((topic) => ({ topic, numPartitions: 1 })),
  });
  await inTransaction('kept', '1', true);
  await inTransaction('dropped', '2', false);
  await inTransaction('kept too', '3', true);
  const seen: string[] = [];
  const consumer = kafka.consumer({ groupId: 'readers', readUncommitted: false });
  cleanUpAfter(t, () => consumer.disconnect());
  await consumer.connect();
  await consumer.subscribe({ topics: ['left', 'right'], fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ topic, message }) => void seen.push(`${topic} ${message.value}`),
  });
  await until(() => seen.length >= 4, 'what was committed');
  assert.deepEqual(seen.toSorted(), ['left kept', 'left kept too', 'right kept', 'right kept too']);
  const [from] = await admin.fetchOffsets({ groupId: 'movers', topics: ['from'] });
  assert.equal(from!.partitions[0]!.offset, '3');
});
