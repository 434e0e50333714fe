// kafkajs (classic groups) and @platformatic/kafka (classic groups, and those of the consumer protocol) as members of groups.

import assert from 'node:assert/strict';
import test from 'node:test';
import { cleanUpAfter, type TestContext } from '@cairn/testing';
import { Consumer, Producer, stringDeserializers, stringSerializers } from '@platformatic/kafka';
import { Kafka, logLevel } from 'kafkajs';
import type { MessageQueue } from '../../../src/broker/open-message-queue.ts';
import { startBroker } from '../start-broker.ts';

const partitionCount = 4;
const values = (from: number) => Array.from({ length: 50 }, (_, index) => `value ${from + index}`);

function counting(wanted: readonly string[]) {
  const missing = new Set(wanted);
  const { promise, resolve } = Promise.withResolvers<void>();
  const seen = (value: string) => {
    missing.delete(value);
    if (missing.size === 0) resolve();
  };
  return { seen, all: promise };
}

test('kafkajs: two members share a group, one leaves, the other consumes on; tools see it', async (t) => {
  const { queue, address } = await startBroker(t);
  await queue.topics.create({ name: 'letters', partitionCount });
  const kafka = new Kafka({ brokers: [address], logLevel: logLevel.NOTHING });
  const [producer, admin] = [kafka.producer(), kafka.admin()];
  const members = [1, 2].map(() =>
    kafka.consumer({
      groupId: 'readers',
      sessionTimeout: 6_000,
      heartbeatInterval: 200,
      maxWaitTimeInMs: 200,
    }),
  );
  cleanUpAfter(
    t,
    async () => void (await Promise.all([producer, admin, ...members].map((one) => one.disconnect()))),
  );
  await Promise.all([producer.connect(), admin.connect()]);
  const send = (batch: readonly string[]) =>
    producer.send({ topic: 'letters', messages: batch.map((value) => ({ key: value, value })) });
  const [before, after] = [counting(values(0)), counting(values(50))];
  for (const member of members) {
    await member.connect();
    await member.subscribe({ topic: 'letters', fromBeginning: true });
    const eachMessage = async ({ message }: { message: { value: Buffer | null } }) => {
      before.seen(String(message.value));
      after.seen(String(message.value));
    };
    await member.run({ autoCommitInterval: 100, eachMessage });
  }
  await send(values(0));
  await before.all;
  await members[0]!.disconnect();
  await send(values(50));
  await after.all;
  const { groups } = await admin.describeGroups(['readers']);
  assert.deepEqual([groups[0]!.protocolType, groups[0]!.members.length], ['consumer', 1]);
  await members[1]!.disconnect();
  const [offsets] = await admin.fetchOffsets({ groupId: 'readers', topics: ['letters'] });
  const total = offsets!.partitions.reduce((sum, { offset }) => sum + Math.max(Number(offset), 0), 0);
  assert.equal(total, 100, 'all that was consumed is committed');
  await admin.deleteGroups(['readers']);
  assert.deepEqual((await admin.listGroups()).groups, []);
});

for (const groupProtocol of ['classic', 'consumer'] as const)
  test(`@platformatic/kafka: two members of a group of the protocol ${groupProtocol}`, async (t) => {
    const { queue, address } = await startBroker(t);
    await queue.topics.create({ name: 'letters', partitionCount });
    const base = { clientId: 'test', bootstrapBrokers: [address] };
    const producer = new Producer({ ...base, serializers: stringSerializers });
    cleanUpAfter(t, () => producer.close());
    const { seen, all } = counting(values(0));
    const consume = () => consumeLetters(t, { ...base, groupProtocol, seen });
    await consume();
    await consume();
    await producer.send({ messages: values(0).map((value) => ({ topic: 'letters', key: value, value })) });
    await all;
    const listed = queue.groups.listGroups({ statesFilter: [], typesFilter: [] });
    assert.deepEqual(
      listed.groups.map(({ groupId, groupType }) => [groupId, groupType]),
      [['readers', groupProtocol]],
    );
  });

test('a group goes from kafkajs, a classic member, to @platformatic/kafka of the consumer protocol and back; both are in it meanwhile', async (t) => {
  const { queue, address } = await startBroker(t);
  await queue.topics.create({ name: 'letters', partitionCount });
  const kafka = new Kafka({ brokers: [address], logLevel: logLevel.NOTHING });
  const producer = kafka.producer();
  const times = { sessionTimeout: 6_000, heartbeatInterval: 200, maxWaitTimeInMs: 200 };
  const classic = kafka.consumer({ groupId: 'readers', ...times });
  cleanUpAfter(t, async () => void (await Promise.all([producer, classic].map((one) => one.disconnect()))));
  await producer.connect();
  const parts = [0, 50, 100].map((from) => ({ values: values(from), ...counting(values(from)) }));
  const [first, both, last] = parts as [(typeof parts)[0], (typeof parts)[0], (typeof parts)[0]];
  const seenBy = { classic: new Set<string>(), consumer: new Set<string>() };
  const seen = (by: Set<string>) => (value: string) => {
    by.add(value);
    for (const part of parts) part.seen(value);
  };
  const send = (batch: readonly string[]) =>
    producer.send({ topic: 'letters', messages: batch.map((value) => ({ key: value, value })) });
  await classic.connect();
  await classic.subscribe({ topic: 'letters', fromBeginning: true });
  const ofClassic = seen(seenBy.classic);
  await classic.run({
    autoCommitInterval: 100,
    eachMessage: async ({ message }) => ofClassic(String(message.value)),
  });
  await send(first.values);
  await first.all;
  const options = { clientId: 'test', bootstrapBrokers: [address], groupProtocol: 'consumer' as const };
  const leave = await consumeLetters(t, { ...options, seen: seen(seenBy.consumer) });
  const isShared = () => assert.ok(membersOf(queue).every((count) => count === 2));
  await t.waitFor(isShared, { timeout: 60_000 });
  await send(both.values);
  await both.all;
  const has = (by: ReadonlySet<string>) => both.values.some((value) => by.has(value));
  assert.deepEqual([has(seenBy.classic), has(seenBy.consumer)], [true, true], 'each has partitions');
  assert.equal(typeOf(queue), 'consumer');
  await leave();
  await send(last.values);
  await last.all;
  assert.equal(typeOf(queue), 'classic');
});

function typeOf({ groups }: MessageQueue): string | undefined {
  return groups.listGroups({ statesFilter: [], typesFilter: [] }).groups[0]?.groupType;
}

/** Partitions that each member of the group has. */
function membersOf({ groups }: MessageQueue): readonly number[] {
  const request = { groupIds: ['readers'], includeAuthorizedOperations: false };
  const members = groups.consumerGroupDescribe(request).groups[0]?.members ?? [];
  return members.length < 2
    ? [0]
    : members.map(({ assignment }) => assignment.topicPartitions[0]?.partitions.length ?? 0);
}

async function consumeLetters(
  t: TestContext,
  options: {
    clientId: string;
    bootstrapBrokers: string[];
    groupProtocol: 'classic' | 'consumer';
    seen: (value: string) => void;
  },
): Promise<() => Promise<void>> {
  const { seen, ...base } = options;
  const consumer = new Consumer({
    ...base,
    groupId: 'readers',
    deserializers: stringDeserializers,
    ...(base.groupProtocol === 'classic' && { sessionTimeout: 6_000, heartbeatInterval: 200 }),
  });
  const stream = await consumer.consume({ topics: ['letters'], mode: 'earliest', autocommit: 100 });
  stream.on('data', ({ value }) => seen(value));
  let closing: Promise<void> | undefined;
  const close = async () => {
    await stream.close();
    await consumer.close(true);
  };
  const leave = () => {
    closing ??= close();
    return closing;
  };
  cleanUpAfter(t, leave);
  return leave;
}
