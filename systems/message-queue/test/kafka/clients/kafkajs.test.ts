// kafkajs 2: producer and admin client.

import assert from 'node:assert/strict';
import test from 'node:test';
import { cleanUpAfter, type TestContext } from '@cairn/testing';
import kafkajs from 'kafkajs';
import { keysIdentity, startKafka } from '../start-kafka.ts';

const { ConfigResourceTypes, Kafka, logLevel } = kafkajs;

type Options = Partial<ConstructorParameters<typeof Kafka>[0]>;

async function connect(t: TestContext, address: string, options: Options = {}) {
  const kafka = new Kafka({
    brokers: [address],
    logLevel: logLevel.NOTHING,
    retry: { retries: 1 },
    ...options,
  });
  const [producer, admin] = [kafka.producer({ allowAutoTopicCreation: true }), kafka.admin()];
  await Promise.all([producer.connect(), admin.connect()]);
  cleanUpAfter(t, async () => void (await Promise.all([producer.disconnect(), admin.disconnect()])));
  return { producer, admin };
}

test('kafkajs produces, and finds the offsets of what it sent', async (t) => {
  const { address } = await startKafka(t, { onDisk: true });
  const { producer, admin } = await connect(t, address);
  const sent = await producer.send({
    topic: 'letters',
    acks: -1,
    messages: [
      { key: 'a', value: 'one', timestamp: '1000' },
      { value: 'two', timestamp: '2000', headers: { h: 'v' } },
    ],
  });
  assert.deepEqual([sent[0]?.errorCode, sent[0]?.baseOffset], [0, '0']);
  assert.deepEqual(await admin.fetchTopicOffsets('letters'), [
    { partition: 0, offset: '2', high: '2', low: '0' },
  ]);
  const atTime = await admin.fetchTopicOffsetsByTimestamp('letters', 1_500);
  assert.deepEqual(atTime, [{ partition: 0, offset: '1' }]);
});

test('kafkajs makes, changes and deletes topics', async (t) => {
  const { address } = await startKafka(t, { onDisk: true });
  const { admin } = await connect(t, address);
  const wanted = {
    topic: 'orders',
    numPartitions: 3,
    configEntries: [{ name: 'retention.ms', value: '60000' }],
  };
  assert.equal(await admin.createTopics({ topics: [wanted] }), true);
  assert.equal(await admin.createTopics({ topics: [wanted] }), false);
  await admin.createPartitions({ topicPartitions: [{ topic: 'orders', count: 5 }] });
  const { topics } = await admin.fetchTopicMetadata({ topics: ['orders'] });
  assert.equal(topics[0]?.partitions.length, 5);
  const resource = { type: ConfigResourceTypes.TOPIC, name: 'orders' };
  await admin.alterConfigs({
    validateOnly: false,
    resources: [{ ...resource, configEntries: [{ name: 'cleanup.policy', value: 'compact' }] }],
  });
  const described = await admin.describeConfigs({ includeSynonyms: true, resources: [resource] });
  const entries = new Map(described.resources[0]?.configEntries.map((entry) => [entry.configName, entry]));
  assert.equal(entries.get('cleanup.policy')?.configValue, 'compact');
  // It was not named, so it went back to its default.
  assert.equal(entries.get('retention.ms')?.configValue, String(14 * 86_400_000));
  await admin.deleteTopics({ topics: ['orders'] });
  assert.deepEqual(await admin.listTopics(), []);
});

test('kafkajs learns why a topic is refused', async (t) => {
  const { address } = await startKafka(t, { onDisk: true });
  const { admin } = await connect(t, address);
  const create = (topic: object) => admin.createTopics({ topics: [{ topic: 't', ...topic }] });
  const typesOf = (error: { errors?: { type: string }[] }) => error.errors?.map(({ type }) => type);
  for (const [topic, type] of [
    [{ topic: 'a b' }, 'INVALID_TOPIC_EXCEPTION'],
    [{ numPartitions: 0 }, 'INVALID_PARTITIONS'],
    [{ replicationFactor: 3 }, 'INVALID_REPLICATION_FACTOR'],
    [{ configEntries: [{ name: 'compression.type', value: 'brotli' }] }, 'INVALID_CONFIG'],
  ] as const)
    await assert.rejects(create(topic), (error: never) => {
      assert.deepEqual(typesOf(error), [type]);
      return true;
    });
});

test('kafkajs deletes records', async (t) => {
  const { address } = await startKafka(t, { onDisk: true });
  const { producer, admin } = await connect(t, address);
  for (const value of ['one', 'two', 'three']) await producer.send({ topic: 'log', messages: [{ value }] });
  // Without it the client knows no partition of the topic.
  assert.equal((await admin.fetchTopicOffsets('log'))[0]?.low, '0');
  await admin.deleteTopicRecords({ topic: 'log', partitions: [{ partition: 0, offset: '2' }] });
  assert.deepEqual(await admin.fetchTopicOffsets('log'), [
    { partition: 0, offset: '3', high: '3', low: '2' },
  ]);
});

for (const mechanism of ['plain', 'scram-sha-256', 'scram-sha-512'] as const) {
  test(`kafkajs logs in with ${mechanism}`, async (t) => {
    const { address } = await startKafka(t, { onDisk: true, identity: keysIdentity({ ada: 'secret' }) });
    const login = (password: string) => ({ sasl: { mechanism, username: 'ada', password } as never });
    const { admin } = await connect(t, address, login('secret'));
    assert.deepEqual(await admin.listTopics(), []);
    await assert.rejects(connect(t, address, login('wrong')), {
      name: /KafkaJSSASLAuthenticationError|KafkaJSNonRetriableError/,
    });
  });
}
