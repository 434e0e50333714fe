// Retry topics: delays by attempt, dead letters, and what is refused.

import assert from 'node:assert/strict';
import test from 'node:test';
import type { Topic } from '../../src/broker/topics/topic.ts';
import { batchOfRecords, openBroker, produce, seenIn, type TestBroker, untilSeen } from './delay-fixture.ts';

const minuteMs = 60_000;
const retries = {
  'cairn.retry.delays.ms': `${minuteMs},${10 * minuteMs}`,
  'cairn.retry.dead.letter.topic': 'orders-dead',
};

function send(
  queue: TestBroker,
  topic: Topic,
  record: {
    readonly text: string;
    readonly key?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly index?: number;
  },
) {
  const { index = 0, ...rest } = record;
  return produce(queue, { topic, index }, batchOfRecords([{ ...rest, timestampMs: 5_000 }]));
}

test('a record comes after the delay of its attempt, and is told its number', async (t) => {
  const queue = await openBroker(t);
  const topic = await queue.topics.create({ name: 'orders-retry', texts: retries });
  const partition = await queue.topics.partition(topic, 0);
  await send(queue, topic, { text: 'order', headers: { h: 'v' } });
  assert.equal((await seenIn(partition)).length, 0);
  queue.jump(minuteMs);
  const [first] = await untilSeen(partition, 1);
  assert.deepEqual(first!.headers, { h: 'v', 'cairn-attempts': '1', 'cairn-produced-at': '5000' });
  const copiedMs = queue.nowMs();
  // A consumer that failed again copies what it got.
  await send(queue, topic, first!);
  queue.jump(9 * minuteMs);
  // Something that is due sooner overtakes it.
  await send(queue, topic, { text: 'other' });
  queue.jump(minuteMs);
  const seen = await untilSeen(partition, 3);
  assert.deepEqual(seen.map(({ text }) => text).toSorted(), ['order', 'order', 'other']);
  const second = seen.findLast(({ text }) => text === 'order')!;
  assert.ok(second.timestampMs >= copiedMs + 10 * minuteMs);
  assert.deepEqual(second.headers, { h: 'v', 'cairn-produced-at': '5000', 'cairn-attempts': '2' });
});

test('behind the last delay it goes to the dead letter topic, which is made, with where it comes from', async (t) => {
  const queue = await openBroker(t);
  const topic = await queue.topics.create({ name: 'orders-retry', partitionCount: 3, texts: retries });
  await send(queue, topic, { text: 'hopeless', headers: { 'cairn-attempts': '2' }, index: 2 });
  const dead = await queue.topics.partition(queue.topics.find('orders-dead')!, 0);
  const [letter] = await untilSeen(dead, 1);
  assert.equal(letter!.text, 'hopeless');
  assert.deepEqual(letter!.headers, {
    'cairn-attempts': '2',
    'cairn-dead-letter-topic': 'orders-retry',
    'cairn-dead-letter-partition': '2',
    'cairn-produced-at': '5000',
  });
  assert.equal((await seenIn(await queue.topics.partition(topic, 2))).length, 0);
});

test('a dead letter goes to the partition of the same number where there is one', async (t) => {
  const queue = await openBroker(t);
  const topic = await queue.topics.create({ name: 'orders-retry', partitionCount: 5, texts: retries });
  const dead = await queue.topics.create({ name: 'orders-dead', partitionCount: 2 });
  for (const index of [1, 4])
    await send(queue, topic, { text: `of ${index}`, headers: { 'cairn-attempts': '7' }, index });
  for (const [index, text] of [
    [1, 'of 1'],
    [0, 'of 4'],
  ] as const)
    assert.equal((await untilSeen(await queue.topics.partition(dead, index), 1))[0]!.text, text);
});

test('without a dead letter topic the last delay counts for every further attempt', async (t) => {
  const queue = await openBroker(t);
  const texts = { 'cairn.retry.delays.ms': `${minuteMs}` };
  const topic = await queue.topics.create({ name: 'orders-retry', texts });
  await send(queue, topic, { text: 'order', headers: { 'cairn-attempts': '41' } });
  queue.jump(minuteMs);
  const [seen] = await untilSeen(await queue.topics.partition(topic, 0), 1);
  assert.equal(seen!.headers['cairn-attempts'], '42');
});

test('a dead letter is refused where its topic is missing and topics are not made by themselves', async (t) => {
  const queue = await openBroker(t, { autoCreateTopics: false });
  const topic = await queue.topics.create({ name: 'orders-retry', texts: retries });
  await assert.rejects(send(queue, topic, { text: 'hopeless', headers: { 'cairn-attempts': '2' } }), {
    code: 'POLICY_VIOLATION',
    message: /there is no dead letter topic 'orders-dead'/,
  });
  await assert.rejects(send(queue, topic, { text: 'odd', headers: { 'cairn-attempts': 'two' } }), {
    code: 'INVALID_RECORD',
    message: /the header cairn-attempts is "two"/,
  });
});

test('regression: a dead letter without a key is refused where its topic is compacted, and would lose it', async (t) => {
  const queue = await openBroker(t);
  const topic = await queue.topics.create({ name: 'orders-retry', texts: retries });
  const dead = await queue.topics.create({ name: 'orders-dead', texts: { 'cleanup.policy': 'compact' } });
  const hopeless = { text: 'hopeless', headers: { 'cairn-attempts': '2' } };
  await assert.rejects(send(queue, topic, hopeless), {
    code: 'INVALID_RECORD',
    message: /'orders-dead' is compacted by keys/,
  });
  await send(queue, topic, { ...hopeless, key: 'order 1' });
  assert.equal((await untilSeen(await queue.topics.partition(dead, 0), 1)).length, 1);
});

test('cairn-deliver-at of an earlier delivery does not count in a retry topic', async (t) => {
  const queue = await openBroker(t);
  const topic = await queue.topics.create({
    name: 'orders-retry',
    texts: { ...retries, 'cairn.delayed': 'true' },
  });
  await send(queue, topic, { text: 'order', headers: { 'cairn-deliver-at': '1' } });
  const partition = await queue.topics.partition(topic, 0);
  assert.equal((await seenIn(partition)).length, 0);
  queue.jump(minuteMs);
  assert.equal((await untilSeen(partition, 1)).length, 1);
});
