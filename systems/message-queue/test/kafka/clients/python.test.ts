// kafka-python and confluent-kafka (librdkafka) of Debian.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { text } from 'node:stream/consumers';
import test from 'node:test';
import { keysIdentity, startKafka } from '../start-kafka.ts';

// Debian's: its packages are what is tested.
const python = '/usr/bin/python3';

function lacking(module: string): string | false {
  const found = spawnSync(python, ['-c', `import ${module}`]).status === 0;
  return found ? false : `the Python module ${module} is not installed`;
}

async function run(script: string, ...arguments_: readonly string[]): Promise<string> {
  const child = spawn(python, ['-c', script, ...arguments_], { stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  assert.equal(code, 0, stderr);
  return stdout;
}

const produceAndConsume = `
import sys
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
options = dict(bootstrap_servers=sys.argv[1])
if len(sys.argv) > 2:
    options.update(security_protocol='SASL_PLAINTEXT', sasl_mechanism=sys.argv[2], sasl_plain_username='ada', sasl_plain_password='secret')
producer = KafkaProducer(compression_type='gzip', **options)
for n in range(500):
    producer.send('letters', key=b'k%d' % n, value=b'v%d' % n)
producer.flush()
consumer = KafkaConsumer(consumer_timeout_ms=3000, auto_offset_reset='earliest', **options)
partition = TopicPartition('letters', 0)
consumer.assign([partition])
consumer.seek_to_beginning(partition)
count = 0
for message in consumer:
    assert message.offset == count and message.value == b'v%d' % count, message
    count += 1
    if count == 500: break
print(count, consumer.end_offsets([partition])[partition], consumer.topics())
`;

test('kafka-python produces and consumes', { skip: lacking('kafka') }, async (t) => {
  const { address } = await startKafka(t, { onDisk: true });
  assert.equal(await run(produceAndConsume, address), "500 500 {'letters'}\n");
});

for (const mechanism of ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512']) {
  test(`kafka-python logs in with ${mechanism}`, { skip: lacking('kafka') }, async (t) => {
    const { address } = await startKafka(t, { onDisk: true, identity: keysIdentity({ ada: 'secret' }) });
    assert.equal(await run(produceAndConsume, address, mechanism), "500 500 {'letters'}\n");
  });
}

const administrate = `
import sys
from confluent_kafka.admin import AdminClient, NewTopic, NewPartitions, ConfigResource
admin = AdminClient({'bootstrap.servers': sys.argv[1]})
for future in admin.create_topics([NewTopic('orders', 3, 1, config={'retention.ms': '60000'})]).values(): future.result()
for future in admin.create_partitions([NewPartitions('orders', 4)]).values(): future.result()
[config] = [future.result() for future in admin.describe_configs([ConfigResource('topic', 'orders')]).values()]
print(config['retention.ms'].value, config['segment.bytes'].is_default, len(admin.list_topics().topics['orders'].partitions))
for future in admin.delete_topics(['orders']).values(): future.result()
print(list(admin.list_topics().topics))
`;

test('confluent-kafka makes, describes and deletes topics', {
  skip: lacking('confluent_kafka'),
}, async (t) => {
  const { address } = await startKafka(t, { onDisk: true });
  assert.equal(await run(administrate, address), '60000 True 4\n[]\n');
});
