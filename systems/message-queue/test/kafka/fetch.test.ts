// Fetch as clients see it: waiting, bounds, sessions, fairness.

import assert from 'node:assert/strict';
import test from 'node:test';
import type { TestContext } from '@cairn/testing';
import { kafkaErrors } from '../../src/errors.ts';
import type { FetchResponse } from '../../src/kafka/messages/fetch-response.ts';
import { zeroUuid } from '../../src/kafka/wire/values.ts';
import { testBatch } from './batches.ts';
import { memoryPartitions } from './memory-partition.ts';
import { fetch, metadata, produce } from './requests.ts';
import { startKafka } from './start-kafka.ts';
import { TestClient } from './test-client.ts';

async function start(t: TestContext, topics: readonly string[]) {
  const partitions = memoryPartitions();
  const kafka = await startKafka(t, { openPartition: partitions });
  const client = await TestClient.connect(t, kafka.port);
  await client.ask('metadata', metadata(topics));
  const ask = (...parameters: Parameters<typeof fetch>) => client.ask('fetch', fetch(...parameters));
  return { ...kafka, client, partitions, ask };
}

/** Topic, bytes of each partition that is in the answer. */
function told(response: FetchResponse | undefined): readonly (readonly [string | undefined, number])[] {
  return (response?.responses ?? []).flatMap(({ topic, partitions }) =>
    partitions.map(({ records }) => [topic, Buffer.concat([...(records ?? [])]).length] as const),
  );
}

const batchBytes = testBatch().length;

test('a fetch waits until there is something', async (t) => {
  const { ask, port, partitions } = await start(t, ['a']);
  const waiting = ask([{ topic: 'a' }], { maxWaitMs: 60_000 });
  while (([...partitions.opened.values()][0]?.listenerCount ?? 0) === 0) await new Promise(setImmediate);
  const producer = await TestClient.connect(t, port);
  await producer.ask('produce', produce('a'));
  assert.deepEqual(told(await waiting), [['a', batchBytes]]);
  assert.equal([...partitions.opened.values()][0]?.listenerCount, 0);
});

test('a fetch waits for as many bytes as it wants, and no longer than it may', async (t) => {
  const { ask, client } = await start(t, ['a']);
  await client.ask('produce', produce('a'));
  const beganMs = performance.now();
  const response = await ask([{ topic: 'a' }], { minBytes: 1_000_000, maxWaitMs: 200 });
  assert.ok(performance.now() - beganMs >= 200);
  assert.deepEqual(told(response), [['a', batchBytes]]);
});

test('a failure is answered at once', async (t) => {
  const { ask } = await start(t, ['a']);
  for (const [wish, code] of [
    [{ topic: 'a', offset: 5 }, 'OFFSET_OUT_OF_RANGE'],
    [{ topic: 'a', partition: 9 }, 'UNKNOWN_TOPIC_OR_PARTITION'],
    [{ topic: 'none' }, 'UNKNOWN_TOPIC_OR_PARTITION'],
  ] as const) {
    const response = await ask([wish, { topic: 'a' }], { maxWaitMs: 60_000 });
    assert.equal(response?.responses[0]?.partitions[0]?.errorCode, kafkaErrors[code].code);
  }
});

test('the first batch comes however small the bounds, the second partition keeps to them', async (t) => {
  const { ask, client } = await start(t, ['a', 'b']);
  for (const topic of ['a', 'b']) await client.ask('produce', produce(topic));
  const tiny = await ask([{ topic: 'a', partitionMaxBytes: 1 }, { topic: 'b' }], { maxBytes: 1 });
  assert.deepEqual(told(tiny), [
    ['a', batchBytes],
    ['b', 0],
  ]);
});

test('a session tells only what is new', async (t) => {
  const { ask, client } = await start(t, ['a', 'b', 'c']);
  const wishes = ['a', 'b'].map((topic) => ({ topic }));
  const first = await ask(wishes, { sessionEpoch: 0 });
  const sessionId = first?.sessionId ?? 0;
  assert.notEqual(sessionId, 0);
  assert.deepEqual(told(first), [
    ['a', 0],
    ['b', 0],
  ]);
  assert.deepEqual(told(await ask([], { sessionId, sessionEpoch: 1 })), []);
  await client.ask('produce', produce('b'));
  assert.deepEqual(told(await ask([], { sessionId, sessionEpoch: 2 })), [['b', batchBytes]]);
  // From another offset on, one more partition, and one less.
  const forgottenTopicsData = [{ topic: 'a', topicId: zeroUuid, partitions: [0] }];
  const changed = await ask([{ topic: 'b', offset: 1 }, { topic: 'c' }], {
    sessionId,
    sessionEpoch: 3,
    forgottenTopicsData,
  });
  assert.deepEqual(told(changed), [['c', 0]]);
  await client.ask('produce', produce('a'));
  assert.deepEqual(told(await ask([], { sessionId, sessionEpoch: 4 })), []);
});

test('an epoch that is not next, and a session that is not there, are refused', async (t) => {
  const { ask } = await start(t, ['a']);
  const sessionId = (await ask([{ topic: 'a' }], { sessionEpoch: 0 }))?.sessionId ?? 0;
  const codeOf = async (sessionId: number, sessionEpoch: number) =>
    (await ask([], { sessionId, sessionEpoch }))?.errorCode;
  assert.equal(await codeOf(sessionId, 2), kafkaErrors.INVALID_FETCH_SESSION_EPOCH.code);
  assert.equal(await codeOf(sessionId + 1, 1), kafkaErrors.FETCH_SESSION_ID_NOT_FOUND.code);
  assert.equal(await codeOf(sessionId, 1), 0);
  assert.equal((await ask([{ topic: 'a' }], { sessionId, sessionEpoch: -1 }))?.sessionId, 0);
  assert.equal(await codeOf(sessionId, 2), kafkaErrors.FETCH_SESSION_ID_NOT_FOUND.code);
});

test('partitions of a session have their turns, however small answers are', async (t) => {
  const { ask, client } = await start(t, ['a', 'b', 'c']);
  for (const topic of ['a', 'b', 'c']) await client.ask('produce', produce(topic));
  const wishes = ['a', 'b', 'c'].map((topic) => ({ topic }));
  const first = await ask(wishes, { sessionEpoch: 0, maxBytes: 1 });
  const sessionId = first?.sessionId ?? 0;
  const served = [
    first,
    await ask([], { sessionId, sessionEpoch: 1, maxBytes: 1 }),
    await ask([], { sessionId, sessionEpoch: 2, maxBytes: 1 }),
  ].map((response) => told(response).find(([, bytes]) => bytes > 0)?.[0]);
  assert.deepEqual(served, ['a', 'b', 'c']);
});

/** More than the kernel takes of an answer that nobody reads. */
const largeBytes = 16_000_000;

async function startWithLarge(t: TestContext, options: Parameters<typeof startKafka>[1] = {}) {
  const kafka = await startKafka(t, options);
  const client = await TestClient.connect(t, kafka.port);
  await client.ask('metadata', metadata(['a']));
  const batch = testBatch({ payloadBytes: largeBytes });
  for (let count = 0; count < 3; count++) await client.ask('produce', produce('a', { batch }));
  return kafka;
}

const wish = { topic: 'a', partitionMaxBytes: 100_000_000 };

test('slow consumers hold no more than all of them may, and each goes on by a batch', async (t) => {
  const { port, memory } = await startWithLarge(t, { answerBytesMax: 40_000_000 });
  const clients = await Promise.all(Array.from({ length: 4 }, () => TestClient.connect(t, port)));
  for (const client of clients) {
    client.socket.pause();
    client.send('fetch', fetch([wish]));
  }
  // Two batches for the first, one for each of the others.
  while (memory.usedBytes < 5 * largeBytes) await new Promise((resolve) => setTimeout(resolve, 5));
  for (const client of clients) client.socket.resume();
  const answers = await Promise.all(clients.map((client) => client.answer('fetch', fetch([]))));
  const batches = answers.map((answer) => Math.floor((told(answer)[0]?.[1] ?? 0) / largeBytes)).sort();
  assert.deepEqual(batches, [1, 1, 1, 2]);
  while (memory.usedBytes > 0) await new Promise((resolve) => setTimeout(resolve, 5));
});

test('a consumer that leaves gives back what was read for it', async (t) => {
  const { port, memory } = await startWithLarge(t);
  const client = await TestClient.connect(t, port);
  client.socket.pause();
  client.send('fetch', fetch([wish]));
  while (memory.usedBytes === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  client.socket.destroy();
  while (memory.usedBytes > 0) await new Promise((resolve) => setTimeout(resolve, 5));
});
