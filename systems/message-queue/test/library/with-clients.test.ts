// The library's members and producers beside clients that we did not write: in one group, in one topic.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { type TestContext, test } from 'node:test';
import { cleanUpAfter, findProgram, temporaryDirectory } from '@cairn/testing';
import { Kafka, logLevel } from 'kafkajs';
import { openMessageQueue } from '../../src/index.ts';
import { kafkaOn } from '../kafka/kafka-on.ts';

async function start(t: TestContext) {
  const queue = await openMessageQueue({
    directory: await temporaryDirectory(t),
    groups: { initialRebalanceDelayMs: 0 },
  });
  const server = await kafkaOn(queue);
  cleanUpAfter(t, async () => {
    await server.close(AbortSignal.abort());
    await queue.close();
  });
  const broker = `127.0.0.1:${server.port}`;
  return { queue, broker, kafka: new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING }) };
}

async function until(done: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = AbortSignal.timeout(30_000);
  while (!(await done())) {
    assert.ok(!deadline.aborted, `not within 30 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const kcat = findProgram('kcat');

for (const [name, join] of [
  ['kafkajs', joinKafkajs],
  ['librdkafka', joinKcat],
] as const)
  test(`a member of ${name} and one of the library share the partitions of a group`, {
    skip: name === 'librdkafka' && kcat === undefined && 'kcat is not installed',
  }, async (t) => {
    const { queue, broker, kafka } = await start(t);
    await queue.topics.create({ name: 'shared', partitionCount: 4 });
    const ours = new Map<string, number>();
    const theirs = new Map<string, number>();
    const subscription = await queue.subscribe({
      ...{ topics: ['shared'], group: 'both' },
      handle: ({ value, partition }) => void ours.set(Buffer.from(value!).toString(), partition),
    });
    const leave = await join(t, { broker, kafka, seen: theirs });
    let sent = 0;
    const send = async () => {
      const records = [0, 1, 2, 3].map((partition) => ({ value: `${sent++}`, partition }));
      await queue.produce({ topic: 'shared', records });
    };
    await until(async () => {
      await send();
      return new Set(theirs.values()).size === 2;
    }, 'the other member has half of the partitions');
    await until(() => new Set([...ours.keys(), ...theirs.keys()]).size === sent, 'every record was seen');
    const before = sent;
    await subscription.stop();
    await until(async () => {
      await send();
      const after = [...theirs].filter(([value]) => Number(value) >= before);
      return new Set(after.map(([, partition]) => partition)).size === 4;
    }, 'it has all of them when the library left');
    await until(() => new Set([...ours.keys(), ...theirs.keys()]).size === sent, 'every record was seen');
    await leave();
  });

type Joining = {
  readonly broker: string;
  readonly kafka: Kafka;
  readonly seen: Map<string, number>;
};

async function joinKafkajs(t: TestContext, { kafka, seen }: Joining) {
  const consumer = kafka.consumer({ groupId: 'both', heartbeatInterval: 200, sessionTimeout: 6_000 });
  cleanUpAfter(t, () => consumer.disconnect());
  await consumer.connect();
  await consumer.subscribe({ topic: 'shared', fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ partition, message }) => void seen.set(`${message.value}`, partition),
  });
  return () => consumer.disconnect();
}

async function joinKcat(t: TestContext, { broker, seen }: Joining) {
  const args = ['-b', broker, '-G', 'both', '-q', '-u', '-f', '%p %s\n'];
  const options = ['auto.offset.reset=earliest', 'heartbeat.interval.ms=200', 'session.timeout.ms=6000'];
  const child = spawn(kcat!, [...args, ...options.flatMap((option) => ['-X', option]), 'shared'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  cleanUpAfter(t, async () => void child.kill());
  let rest = '';
  child.stdout.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop()!;
    for (const line of lines) {
      const [partition, value] = line.split(' ');
      seen.set(value!, Number(partition));
    }
  });
  return async () => void child.kill();
}

for (const codec of ['none', 'gzip', 'snappy', 'lz4', 'zstd'])
  test(`records that librdkafka packed with ${codec} are handled`, {
    skip: kcat === undefined && 'kcat is not installed',
  }, async (t) => {
    const { queue, broker } = await start(t);
    const values = Array.from({ length: 200 }, (_, index) => `value ${index} ${'x'.repeat(50)}`);
    const producer = spawn(kcat!, [
      '-P',
      '-b',
      broker,
      '-t',
      'packed',
      '-z',
      codec,
      '-k',
      'key',
      '-H',
      'a=b',
    ]);
    const exited = new Promise((resolve) => producer.on('exit', resolve));
    producer.stdin.end(`${values.join('\n')}\n`);
    assert.equal(await exited, 0);
    const seen: string[] = [];
    const { promise: all, resolve } = Promise.withResolvers<void>();
    await queue.subscribe({
      ...{ topics: ['packed'], group: 'readers' },
      handle: ({ key, value, headers }) => {
        assert.deepEqual(
          [`${Buffer.from(key!)}`, headers[0]!.key, `${headers[0]!.value}`],
          ['key', 'a', 'b'],
        );
        if (seen.push(Buffer.from(value!).toString()) === values.length) resolve();
      },
    });
    await all;
    assert.deepEqual(seen, values);
  });

test('records with a key land where those of kafkajs with the same key do', async (t) => {
  const { queue, kafka } = await start(t);
  await queue.topics.create({ name: 'keyed', partitionCount: 7 });
  const keys = Array.from({ length: 50 }, (_, index) => `key ${index * 7919}`);
  const places = await queue.produce({ topic: 'keyed', records: keys.map((key) => ({ key, value: key })) });
  const producer = kafka.producer();
  await producer.connect();
  await producer.send({ topic: 'keyed', messages: keys.map((key) => ({ key, value: key })) });
  await producer.disconnect();
  const partitions = new Map<string, Set<number>>();
  let count = 0;
  const { promise: all, resolve } = Promise.withResolvers<void>();
  await queue.subscribe({
    ...{ topics: ['keyed'], group: 'readers' },
    handle: ({ key, partition }) => {
      partitions.getOrInsertComputed(Buffer.from(key!).toString(), () => new Set()).add(partition);
      if (++count === 2 * keys.length) resolve();
    },
  });
  await all;
  assert.deepEqual(
    keys.map((key) => [...partitions.get(key)!]),
    places.map(({ partition }) => [partition]),
  );
});

test('records of an aborted transaction are not handled, and those of an open one not yet', async (t) => {
  const { queue, kafka } = await start(t);
  const producer = kafka.producer({ transactionalId: 'mover', idempotent: true, maxInFlightRequests: 1 });
  cleanUpAfter(t, () => producer.disconnect());
  await producer.connect();
  await queue.topics.create({ name: 'moves', partitionCount: 1 });
  const seen: Record<'committed' | 'uncommitted', string[]> = { committed: [], uncommitted: [] };
  for (const kind of ['committed', 'uncommitted'] as const)
    await queue.subscribe({
      ...{ topics: ['moves'], group: kind, uncommitted: kind === 'uncommitted' },
      handle: ({ value }) => void seen[kind].push(Buffer.from(value!).toString()),
    });
  const send = async (value: string, end: 'commit' | 'abort') => {
    const transaction = await producer.transaction();
    await transaction.send({ topic: 'moves', messages: [{ value }] });
    await until(() => seen.uncommitted.includes(value), 'an open transaction is seen by who wants it');
    assert.ok(!seen.committed.includes(value));
    await transaction[end]();
  };
  await send('kept', 'commit');
  await send('dropped', 'abort');
  await send('kept too', 'commit');
  await until(() => seen.committed.length === 2, 'what was committed is handled');
  assert.deepEqual(seen.committed, ['kept', 'kept too']);
  assert.deepEqual(seen.uncommitted, ['kept', 'dropped', 'kept too']);
});
