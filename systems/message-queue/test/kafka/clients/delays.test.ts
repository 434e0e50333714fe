// Delayed messages with clients that we did not write: whoever can set a header can ask for a delay, and consumers go on
// over the gaps and batches without records that are left where something was taken out.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { text as textOf } from 'node:stream/consumers';
import test from 'node:test';
import { cleanUpAfter, findProgram, type TestContext, temporaryDirectory } from '@cairn/testing';
import { Consumer, stringDeserializers } from '@platformatic/kafka';
import kafkajs from 'kafkajs';
import { type MessageQueue, openMessageQueue } from '../../../src/broker/open-message-queue.ts';
import { batchOfRecords, produce, seenIn, untilSeen } from '../../delays/delay-fixture.ts';
import { kafkaOn } from '../kafka-on.ts';

const { Kafka, logLevel } = kafkajs;
const kcat = findProgram('kcat');
const python = '/usr/bin/python3';

function lacking(module: string): string | false {
  const found = spawnSync(python, ['-c', `import ${module}`]).status === 0;
  return found ? false : `the Python module ${module} is not installed`;
}

async function start(t: TestContext): Promise<{ queue: MessageQueue; address: string }> {
  const queue = await openMessageQueue({
    directory: await temporaryDirectory(t),
    groups: { initialRebalanceDelayMs: 0 },
  });
  const server = await kafkaOn(queue);
  cleanUpAfter(t, async () => {
    await server.close(AbortSignal.abort());
    await queue.close();
  });
  await queue.topics.create({ name: 'letters', texts: { 'cairn.delayed': 'true' } });
  return { queue, address: `127.0.0.1:${server.port}` };
}

async function run(program: string, arguments_: readonly string[], input = ''): Promise<string> {
  const child = spawn(program, arguments_, { stdio: 'pipe' });
  child.stdin.end(input);
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr, code] = await Promise.all([textOf(child.stdout), textOf(child.stderr), closed]);
  assert.equal(code, 0, stderr);
  return stdout;
}

const delayedCount = 30;
const all = [
  'first',
  'middle',
  ...Array.from({ length: delayedCount }, (_, index) => `late ${index}`),
].toSorted();

/** One batch after the other of an idempotent producer, most of which have no record now; between them some that do. */
async function produceWithGaps(queue: MessageQueue, delayMs: number): Promise<void> {
  const topic = queue.topics.find('letters')!;
  // The store is open by then, so that nothing of the next is late.
  await produce(queue, { topic }, batchOfRecords([{ text: 'first', headers: { 'cairn-deliver-at': '1' } }]));
  const headers = { 'cairn-deliver-at': String(Date.now() + delayMs) };
  for (let sequence = 0; sequence < delayedCount; sequence++) {
    const known = { producerId: 77, producerEpoch: 0, baseSequence: sequence };
    await produce(queue, { topic }, batchOfRecords([{ text: `late ${sequence}`, headers }], known));
    if (sequence === 10) await produce(queue, { topic }, batchOfRecords([{ text: 'middle' }]));
  }
}

test('kcat: a message appears when its header says, and not much later', {
  skip: kcat === undefined ? 'kcat is not installed' : false,
}, async (t) => {
  const { queue, address } = await start(t);
  const dueMs = Date.now() + 2_500;
  const header = ['-H', `cairn-deliver-at=${dueMs}`, '-H', 'colour=red'];
  await run(kcat!, ['-b', address, '-t', 'letters', '-P', ...header], 'patient\n');
  await run(kcat!, ['-b', address, '-t', 'letters', '-P'], 'hasty\n');
  const format = ['-f', '%o %s %h\\n'];
  const consumed = await run(kcat!, [
    '-b',
    address,
    '-t',
    'letters',
    '-C',
    '-q',
    '-o',
    'beginning',
    '-c',
    '2',
    ...format,
  ]);
  assert.ok(Date.now() >= dueMs);
  const [hasty, patient] = consumed.trimEnd().split('\n');
  assert.match(hasty!, /hasty/);
  assert.match(patient!, new RegExp(`patient cairn-deliver-at=${dueMs},colour=red,cairn-produced-at=\\d+$`));
  const seen = await seenIn(await queue.topics.partition(queue.topics.find('letters')!, 0));
  const lateMs = seen.find(({ text }) => text === 'patient')!.timestampMs - dueMs;
  // On a machine that is busy with something else.
  assert.ok(lateMs >= 0 && lateMs < 1_000, `${lateMs} ms late`);
});

test('kcat consumes over gaps and batches without records', {
  skip: kcat === undefined ? 'kcat is not installed' : false,
}, async (t) => {
  const { queue, address } = await start(t);
  await produceWithGaps(queue, 1_500);
  const options = ['-b', address, '-t', 'letters', '-C', '-q', '-o', 'beginning', '-c', String(all.length)];
  const consumed = await run(kcat!, options);
  assert.deepEqual(consumed.trimEnd().split('\n').toSorted(), all);
});

test('kafkajs consumes over gaps and batches without records, and does not ask again and again', async (t) => {
  const { queue, address } = await start(t);
  const kafka = new Kafka({ brokers: [address], logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: 'readers', maxWaitTimeInMs: 500 });
  cleanUpAfter(t, () => consumer.disconnect());
  let fetches = 0;
  consumer.on(consumer.events.FETCH, () => void fetches++);
  await consumer.connect();
  await consumer.subscribe({ topic: 'letters', fromBeginning: true });
  await produceWithGaps(queue, 4_000);
  const seen: string[] = [];
  const done = Promise.withResolvers<void>();
  await consumer.run({
    eachMessage: async ({ message }) => {
      seen.push(message.value!.toString());
      if (seen.length === all.length) done.resolve();
    },
  });
  await done.promise;
  assert.deepEqual(seen.toSorted(), all);
  assert.ok(fetches < 100, `${fetches} fetches`);
});

test('@platformatic/kafka consumes over gaps and batches without records', async (t) => {
  const { queue, address } = await start(t);
  await produceWithGaps(queue, 2_000);
  const consumer = new Consumer({
    ...{ clientId: 'test', groupId: 'readers', bootstrapBrokers: [address], retries: 0 },
    deserializers: stringDeserializers,
  });
  cleanUpAfter(t, () => consumer.close(true));
  const stream = await consumer.consume({ topics: ['letters'], mode: 'earliest', maxWaitTime: 500 });
  const seen: string[] = [];
  for await (const { value } of stream) {
    seen.push(value!);
    if (seen.length === all.length) break;
  }
  assert.deepEqual(seen.toSorted(), all);
});

const consumeAll = `
import sys
from kafka import KafkaConsumer, TopicPartition
consumer = KafkaConsumer(bootstrap_servers=sys.argv[1], auto_offset_reset='earliest')
consumer.assign([TopicPartition('letters', 0)])
for _ in range(int(sys.argv[2])): print(next(consumer).value.decode())
`;

test('kafka-python consumes over gaps and batches without records', { skip: lacking('kafka') }, async (t) => {
  const { queue, address } = await start(t);
  await produceWithGaps(queue, 2_000);
  const consumed = await run(python, ['-c', consumeAll, address, String(all.length)]);
  assert.deepEqual(consumed.trimEnd().split('\n').toSorted(), all);
});

const produceDelayed = `
import sys, time
from confluent_kafka import Producer
settings = {'bootstrap.servers': sys.argv[1], 'linger.ms': 0}
settings.update(dict(each.split('=') for each in sys.argv[2:]))
producer = Producer(settings)
if 'transactional.id' in settings:
    producer.init_transactions()
    producer.begin_transaction()
due = str(int(time.time() * 1000) + (60000 if 'transactional.id' in settings else 1000))
told = []
for n in range(20):
    producer.produce('letters', b'late %d' % n, headers={'cairn-deliver-at': due}, on_delivery=lambda e, m: told.append(e.name() if e else 'ok'))
    producer.poll(0.01)
producer.flush()
print(sorted(set(told)))
`;

test('confluent-kafka: an idempotent producer delays what it produces', {
  skip: lacking('confluent_kafka'),
}, async (t) => {
  const { queue, address } = await start(t);
  const told = await run(python, ['-c', produceDelayed, address, 'enable.idempotence=true']);
  assert.equal(told, "['ok']\n");
  const partition = await queue.topics.partition(queue.topics.find('letters')!, 0);
  const texts = (await untilSeen(partition, 20)).map(({ text }) => text);
  assert.deepEqual(
    texts,
    Array.from({ length: 20 }, (_, index) => `late ${index}`),
  );
});

test('confluent-kafka: a delay in a transaction is refused', {
  skip: lacking('confluent_kafka'),
}, async (t) => {
  const { address } = await start(t);
  const told = await run(python, ['-c', produceDelayed, address, 'transactional.id=job']);
  assert.match(told, /INVALID_RECORD/);
});

test('kafkajs is told why a due time is refused', async (t) => {
  const { address } = await start(t);
  const kafka = new Kafka({ brokers: [address], logLevel: logLevel.NOTHING, retry: { retries: 0 } });
  const producer = kafka.producer();
  cleanUpAfter(t, () => producer.disconnect());
  await producer.connect();
  const messages = [{ value: 'x', headers: { 'cairn-deliver-at': 'soon' } }];
  await assert.rejects(producer.send({ topic: 'letters', messages }), /has failed the validation on broker/);
});
