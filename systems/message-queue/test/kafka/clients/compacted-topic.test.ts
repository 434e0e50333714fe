// Clients that we did not write read a compacted topic from its beginning, with each compression: batches that were rebuilt, and
// one that is empty, since what the broker knows of its producer rests on it.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { text } from 'node:stream/consumers';
import test from 'node:test';
import { cleanUpAfter, findProgram, type TestContext } from '@cairn/testing';
import { Consumer, stringDeserializers } from '@platformatic/kafka';
import { Kafka, logLevel } from 'kafkajs';
import { compressions, decodeBatchHeader } from '../../../src/batch/batch-header.ts';
import { startBroker } from '../start-broker.ts';

const kcat = findProgram('kcat');
const python = '/usr/bin/python3';
const lacking = (module: string): string | false =>
  spawnSync(python, ['-c', `import ${module}`]).status === 0
    ? false
    : `the Python module ${module} is not installed`;

async function run(program: string, arguments_: readonly string[], input = ''): Promise<string> {
  const child = spawn(program, arguments_, { stdio: 'pipe' });
  child.stdin.end(input);
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  assert.equal(code, 0, stderr);
  return stdout;
}

/** What each reader has to say: `offset key=value` of what is left. */
const expected = [
  ...Array.from({ length: 300 }, (_, index) => index)
    .filter((index) => index >= 200 && index % 100 !== 7)
    .map((index) => `${index + 1} key${index % 100}=value ${index} ${'x'.repeat(40)}`),
  '301 key7=',
  '302 only=last',
  '303 end=end',
];

/** Three hundred records with a hundred keys, one of which ends with a tombstone. */
async function compactedTopic(t: TestContext, codec: string) {
  const { queue, address } = await startBroker(t);
  const texts = { 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': '0', 'segment.ms': '1' };
  const topic = await queue.topics.create({ name: 'users', texts });
  const produce = (lines: readonly string[], ...options: readonly string[]) =>
    run(kcat!, ['-b', address, '-t', 'users', '-P', '-K:', '-z', codec, ...options], `${lines.join('\n')}\n`);
  await produce(['only:first'], '-X', 'enable.idempotence=true');
  const indexes = Array.from({ length: 300 }, (_, index) => index);
  await produce(
    indexes.map((index) => `key${index % 100}:value ${index} ${'x'.repeat(40)}`),
    ...['-X', 'linger.ms=500', '-X', 'batch.num.messages=150'],
  );
  await produce(['key7:'], '-Z');
  await produce(['only:last']);
  const partition = await queue.topics.partition(topic, 0);
  await partition.upkeep();
  const signal = new AbortController().signal;
  assert.ok(await partition.compact({ signal }), 'it was compacted');
  // Behind what was compacted.
  await produce(['end:end']);
  const fetched = await partition.read({
    offset: 0,
    bytesMax: 1_000_000,
    atLeastOne: true,
    committed: false,
  });
  const headers = fetched.records.map(decodeBatchHeader);
  assert.ok(headers[0]!.baseOffset > 0, 'what the first producer sent was emptied, and is passed over');
  const rebuilt = headers.find(
    ({ recordCount, lastOffsetDelta }) => recordCount > 1 && recordCount <= lastOffsetDelta,
  );
  assert.equal(rebuilt?.compression, codec);
  return { address };
}

async function kcatReads(address: string): Promise<readonly string[]> {
  const options = ['-b', address, '-t', 'users', '-C', '-e', '-q', '-o', 'beginning', '-f', '%o %k=%s\n'];
  return (await run(kcat!, options)).trimEnd().split('\n');
}

const readAll = `
import sys
from kafka import KafkaConsumer, TopicPartition
consumer = KafkaConsumer(bootstrap_servers=sys.argv[1], consumer_timeout_ms=10000)
partition = TopicPartition('users', 0)
consumer.assign([partition])
consumer.seek_to_beginning(partition)
for message in consumer:
    print('%d %s=%s' % (message.offset, message.key.decode(), (message.value or b'').decode()))
    if message.key == b'end': break
`;

async function pythonReads(address: string): Promise<readonly string[]> {
  return (await run(python, ['-c', readAll, address])).trimEnd().split('\n');
}

async function kafkajsReads(address: string, t: TestContext): Promise<readonly string[]> {
  const kafka = new Kafka({ brokers: [address], logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: 'readers', maxWaitTimeInMs: 100 });
  cleanUpAfter(t, () => consumer.disconnect());
  await consumer.connect();
  await consumer.subscribe({ topic: 'users', fromBeginning: true });
  const lines: string[] = [];
  const { promise: all, resolve } = Promise.withResolvers<void>();
  await consumer.run({
    eachMessage: async ({ message: { offset, key, value } }) => {
      lines.push(`${offset} ${key}=${value ?? ''}`);
      if (String(key) === 'end') resolve();
    },
  });
  await all;
  return lines;
}

async function platformaticReads(address: string, t: TestContext): Promise<readonly string[]> {
  const consumer = new Consumer({
    ...{ clientId: 'test', bootstrapBrokers: [address], groupId: 'others', retries: 1 },
    deserializers: stringDeserializers,
  });
  cleanUpAfter(t, async () => void (await consumer.close(true)));
  const stream = await consumer.consume({ topics: ['users'], mode: 'earliest', maxWaitTime: 100 });
  const lines: string[] = [];
  for await (const { offset, key, value } of stream) {
    lines.push(`${offset} ${key}=${value ?? ''}`);
    if (key === 'end') break;
  }
  return lines;
}

const pythonModules = { none: 'kafka', gzip: 'kafka', snappy: 'snappy', lz4: 'lz4.frame', zstd: 'zstandard' };
const skip = kcat === undefined ? 'kcat is not installed' : false;

for (const codec of compressions) {
  const skipPython = lacking('kafka') || lacking(pythonModules[codec]);
  test(`clients read a compacted topic: ${codec}`, { skip }, async (t) => {
    const { address } = await compactedTopic(t, codec);
    const reads = (read: (address: string, t: TestContext) => Promise<readonly string[]>) => async () =>
      assert.deepEqual(await read(address, t), expected);
    await t.test('kcat', reads(kcatReads));
    await t.test('kafka-python', { skip: skipPython }, reads(pythonReads));
    // What it unpacks without packages of others.
    if (codec === 'none' || codec === 'gzip') await t.test('kafkajs', reads(kafkajsReads));
    await t.test('@platformatic/kafka', reads(platformaticReads));
  });
}
