// Transactions of kafkajs 2, @platformatic/kafka 2 and librdkafka (by Debian's confluent-kafka), over the port.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { text as textOf } from 'node:stream/consumers';
import test from 'node:test';
import { cleanUpAfter, type TestContext, temporaryDirectory } from '@cairn/testing';
import { Producer, stringSerializers } from '@platformatic/kafka';
import kafkajs from 'kafkajs';
import { type MessageQueue, openMessageQueue } from '../../../src/broker/open-message-queue.ts';
import { readAll } from '../../partition/partition-fixture.ts';
import { kafkaOn } from '../kafka-on.ts';

const { Kafka, logLevel } = kafkajs;

async function start(t: TestContext): Promise<{ queue: MessageQueue; address: string }> {
  const queue = await openMessageQueue({ directory: await temporaryDirectory(t) });
  const server = await kafkaOn(queue);
  cleanUpAfter(t, async () => {
    await server.close(AbortSignal.abort());
    await queue.close();
  });
  for (const name of ['letters', 'answers']) await queue.topics.create({ name, partitionCount: 1 });
  return { queue, address: `127.0.0.1:${server.port}` };
}

async function committed(queue: MessageQueue, topic: string): Promise<readonly string[]> {
  const partition = await queue.topics.partition(queue.topics.find(topic)!, 0);
  assert.equal(partition.lastStableOffset, partition.highWatermark, 'a transaction is open');
  return (await readAll(partition, { committed: true })).map(({ text }) => text);
}

test('kafkajs commits and aborts records and offsets in transactions', async (t) => {
  const { queue, address } = await start(t);
  const kafka = new Kafka({ brokers: [address], logLevel: logLevel.NOTHING });
  const settings = { transactionalId: 'job', maxInFlightRequests: 1, idempotent: true };
  const [producer, admin] = [kafka.producer(settings), kafka.admin()];
  await Promise.all([producer.connect(), admin.connect()]);
  cleanUpAfter(t, async () => void (await Promise.all([producer.disconnect(), admin.disconnect()])));
  for (const [text, isWanted] of [
    ['one', true],
    ['two', false],
    ['three', true],
  ] as const) {
    const transaction = await producer.transaction();
    for (const topic of ['letters', 'answers'])
      await transaction.send({ topic, messages: [{ value: text }] });
    const offset = String(text.length);
    const topics = [{ topic: 'letters', partitions: [{ partition: 0, offset }] }];
    await transaction.sendOffsets({ consumerGroupId: 'workers', topics });
    await (isWanted ? transaction.commit() : transaction.abort());
  }
  for (const topic of ['letters', 'answers'])
    assert.deepEqual(await committed(queue, topic), ['one', 'three']);
  const offsets = await admin.fetchOffsets({ groupId: 'workers', topics: ['letters'] });
  assert.equal(offsets[0]?.partitions[0]?.offset, '5');
});

test('kafkajs: a producer that was replaced is fenced, and its open transaction is aborted', async (t) => {
  const { queue, address } = await start(t);
  const kafka = new Kafka({
    brokers: [address],
    logLevel: logLevel.NOTHING,
    retry: { retries: 8, initialRetryTime: 50 },
  });
  const connected = async () => {
    const producer = kafka.producer({ transactionalId: 'job', maxInFlightRequests: 1, idempotent: true });
    await producer.connect();
    cleanUpAfter(t, () => producer.disconnect());
    return producer;
  };
  const zombie = await (await connected()).transaction();
  await zombie.send({ topic: 'letters', messages: [{ value: 'of the zombie' }] });
  const successor = await (await connected()).transaction();
  await successor.send({ topic: 'letters', messages: [{ value: 'of its successor' }] });
  await assert.rejects(zombie.commit());
  await successor.commit();
  assert.deepEqual(await committed(queue, 'letters'), ['of its successor']);
});

test('@platformatic/kafka commits and aborts, also with a transactional id that was used before', async (t) => {
  const { queue, address } = await start(t);
  for (const name of ['first', 'second']) {
    const producer = new Producer({
      ...{ clientId: 'test', bootstrapBrokers: [address], serializers: stringSerializers },
      ...{ idempotent: true, transactionalId: 'job', retries: 3 },
    });
    cleanUpAfter(t, () => producer.close());
    for (const isWanted of [false, true]) {
      const transaction = await producer.beginTransaction();
      await transaction.send({ messages: [{ topic: 'letters', value: `${name} ${isWanted}` }], acks: -1 });
      await (isWanted ? transaction.commit() : transaction.abort());
    }
  }
  assert.deepEqual(await committed(queue, 'letters'), ['first true', 'second true']);
});

/** Debian's: its packages are what is tested. */
const python = '/usr/bin/python3';
const isInstalled = spawnSync(python, ['-c', 'import confluent_kafka']).status === 0;
const skip = isInstalled ? false : 'the Python module confluent_kafka is not installed';

/** From one topic to another, exactly once, with a crash of the first process in mid-work. */
const transform = `
import sys
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
broker, dies = sys.argv[1], sys.argv[2] == 'dies'
options = {'bootstrap.servers': broker}
# First: it aborts what the one before left open, and its offsets with it.
sink = Producer({**options, 'transactional.id': 'job', 'transaction.timeout.ms': 60000})
sink.init_transactions(20)
source = Consumer({**options, 'group.id': 'workers', 'enable.auto.commit': False, 'auto.offset.reset': 'earliest', 'isolation.level': 'read_committed'})
source.assign([TopicPartition('letters', 0, source.committed([TopicPartition('letters', 0)])[0].offset if not dies else 0)])
for n in range(2 if dies else 3):
    sink.begin_transaction()
    for message in source.consume(2, 10):
        sink.produce('answers', value=message.value().upper())
    sink.flush()
    sink.send_offsets_to_transaction(source.position(source.assignment()), source.consumer_group_metadata(), 20)
    if dies and n == 1: sys.exit(0)
    sink.commit_transaction(20)
sink.begin_transaction()
sink.produce('answers', value=b'never')
sink.flush()
sink.abort_transaction(20)
source.close()
`;

test('librdkafka transforms a topic exactly once, although a worker dies in mid-work', {
  skip,
}, async (t) => {
  const { queue, address } = await start(t);
  const kafka = new Kafka({ brokers: [address], logLevel: logLevel.NOTHING });
  const producer = kafka.producer();
  await producer.connect();
  const texts = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
  await producer.send({ topic: 'letters', messages: texts.map((value) => ({ value })) });
  await producer.disconnect();
  for (const how of ['dies', 'lives']) {
    const child = spawn(python, ['-c', transform, address, how], { stdio: ['ignore', 'ignore', 'pipe'] });
    const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
    const [stderr, code] = await Promise.all([textOf(child.stderr), closed]);
    assert.equal(code, 0, stderr);
  }
  assert.deepEqual(await committed(queue, 'answers'), ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H']);
});
