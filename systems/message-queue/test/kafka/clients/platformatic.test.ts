// @platformatic/kafka 2: producer and admin client.

import assert from 'node:assert/strict';
import test from 'node:test';
import { cleanUpAfter, type TestContext } from '@cairn/testing';
import {
  Admin,
  type BaseOptions,
  ConfigResourceTypes,
  Producer,
  stringSerializers,
} from '@platformatic/kafka';
import { keysIdentity, startKafka } from '../start-kafka.ts';

function connect(t: TestContext, address: string, options: Partial<BaseOptions> = {}) {
  const base = { clientId: 'test', bootstrapBrokers: [address], retries: 0, ...options };
  const producer = new Producer({ ...base, serializers: stringSerializers, autocreateTopics: true });
  const admin = new Admin(base);
  cleanUpAfter(t, async () => void (await Promise.all([producer.close(), admin.close()])));
  return { producer, admin };
}

test('@platformatic/kafka produces with topic ids, compressed and not', async (t) => {
  const { address, topics } = await startKafka(t, { onDisk: true });
  const { producer } = connect(t, address);
  const first = await producer.send({ messages: [{ topic: 'letters', key: 'k', value: 'one' }], acks: -1 });
  assert.equal(first.offsets?.[0]?.offset, 0n);
  const second = await producer.send({
    messages: [
      { topic: 'letters', key: 'k', value: 'two' },
      { topic: 'letters', key: 'k', value: 'three' },
    ],
    compression: 'gzip',
  });
  assert.equal(second.offsets?.[0]?.offset, 1n);
  const partition = await topics.partition(topics.find('letters')!, 0);
  assert.equal(partition.endOffset, 3);
});

test('@platformatic/kafka makes, describes, changes and deletes topics', async (t) => {
  const { address } = await startKafka(t, { onDisk: true });
  const { admin } = connect(t, address);
  const created = await admin.createTopics({
    topics: ['orders'],
    partitions: 2,
    replicas: 1,
    configs: [{ name: 'retention.ms', value: '60000' }],
  });
  assert.deepEqual(
    created.map(({ name, partitions, replicas }) => [name, partitions, replicas]),
    [['orders', 2, 1]],
  );
  assert.deepEqual(await admin.listTopics(), ['orders']);
  await admin.createPartitions({ topics: [{ name: 'orders', count: 4, assignments: null as never }] });
  const [described] = await admin.describeConfigs({
    resources: [
      {
        resourceType: ConfigResourceTypes.TOPIC,
        resourceName: 'orders',
        configurationKeys: ['retention.ms'],
      },
    ],
    includeSynonyms: true,
    includeDocumentation: true,
  });
  assert.deepEqual(
    described?.configs.map(({ name, value, configSource }) => [name, value, configSource]),
    [['retention.ms', '60000', 1]],
  );
  await admin.deleteTopics({ topics: ['orders'] });
  assert.deepEqual(await admin.listTopics(), []);
});

for (const mechanism of ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const) {
  test(`@platformatic/kafka logs in with ${mechanism}`, async (t) => {
    const { address } = await startKafka(t, { onDisk: true, identity: keysIdentity({ ada: 'secret' }) });
    const login = (password: string) => ({ sasl: { mechanism, username: 'ada', password } });
    assert.deepEqual(await connect(t, address, login('secret')).admin.listTopics(), []);
    await assert.rejects(connect(t, address, login('wrong')).admin.listTopics());
  });
}
