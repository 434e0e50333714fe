// Fills the small disk that it is given through a hundred partitions at once, and makes room again.
//
//   node fill-partitions.ts DIRECTORY

import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { openMessageQueue } from '@cairn/message-queue';
import kafkajs from 'kafkajs';
import { kafkaErrors } from '../../src/errors.ts';
import { zeroUuid } from '../../src/kafka/wire/values.ts';
import { kafkaOn } from '../kafka/kafka-on.ts';
import { produce } from '../kafka/requests.ts';
import { TestClient } from '../kafka/test-client.ts';
import { readPartition } from '../kill/read-topic.ts';
import { batchOf, range } from '../partition/partition-fixture.ts';

const partitionCount = 100;
const topic = 'many';
const directory = process.argv[2]!;
const cleanUps: (() => Promise<void>)[] = [];
const test = { after: (cleanUp: () => Promise<void>) => void cleanUps.unshift(cleanUp) };

const ballast = `${directory}/ballast`;
await writeFile(ballast, Buffer.alloc(24 * 2 ** 20));
const open = () => openMessageQueue({ directory: `${directory}/message-queue`, reserveBytes: 0 });
const queue = await open();
await queue.topics.create({ name: topic, partitionCount });
const kafka = await kafkaOn(queue);
const js = new kafkajs.Kafka({
  brokers: [`127.0.0.1:${kafka.port}`],
  logLevel: kafkajs.logLevel.NOTHING,
  retry: { initialRetryTime: 30, maxRetryTime: 200, retries: 200 },
});

/** By partition, what was acknowledged. */
const acknowledged: string[][] = range(partitionCount).map(() => []);

/** A producer of one partition, on a connection of its own. */
class Producer {
  readonly #client: TestClient;
  readonly #partition: number;
  #sent = 0;

  constructor(client: TestClient, partition: number) {
    this.#client = client;
    this.#partition = partition;
  }

  async send(bytes: number): Promise<number> {
    const text = `${this.#partition} ${this.#sent++} ${'x'.repeat(bytes)}`;
    const batch = batchOf([text], { timestampMs: Date.now() });
    const answer = await this.#client.ask('produce', produce(topic, { batch, partition: this.#partition }));
    const { errorCode } = answer!.responses[0]!.partitionResponses[0]!;
    if (errorCode === 0) acknowledged[this.#partition]!.push(text);
    else assert.equal(errorCode, kafkaErrors.KAFKA_STORAGE_ERROR.code);
    return errorCode;
  }
}

const producers = await Promise.all(
  range(partitionCount).map(async (partition) => {
    return new Producer(await TestClient.connect(test, kafka.port), partition);
  }),
);
for (const producer of producers) assert.equal(await producer.send(10), 0);

// A consumer of all of them, in a group. It commits when it is told to: kafkajs reads nothing more while a commit is refused.
const consumed: string[][] = range(partitionCount).map(() => []);
const consumer = js.consumer({ groupId: 'readers', maxWaitTimeInMs: 100 });
await consumer.connect();
await consumer.subscribe({ topics: [topic], fromBeginning: true });
await consumer.run({
  partitionsConsumedConcurrently: 10,
  autoCommit: false,
  eachMessage: async ({ partition, message }) => {
    const seen = consumed[partition]!;
    assert.equal(Number(message.offset), seen.length);
    seen.push(message.value!.toString());
  },
});
const idempotent = js.producer({ idempotent: true, maxInFlightRequests: 1 });
await idempotent.connect();

// All at once, until every one of them is refused, also with little.
for (const bytes of [300_000, 30_000, 2_000])
  await Promise.all(
    producers.map(async (producer) => {
      while ((await producer.send(bytes)) === 0);
    }),
  );
// What gave up last may have left a little room.
for (let refused = 0; refused < partitionCount; ) {
  refused = 0;
  for (const producer of producers) if ((await producer.send(4_000)) !== 0) refused += 1;
}
const atFull = acknowledged.flat().length;

const readAll = () =>
  Promise.all(
    range(partitionCount).map((partition) =>
      readPartition(test, { port: kafka.port, place: { topic, partition } }),
    ),
  );
const consumedAll = async () => {
  for (let tries = 0; consumed.flat().length < acknowledged.flat().length; tries++) {
    assert.ok(tries < 300, `${consumed.flat().length} of ${acknowledged.flat().length} were consumed`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.deepEqual(consumed, acknowledged);
};

// Consumers go on: what was acknowledged is read in every partition, and nothing else.
assert.deepEqual(await readAll(), acknowledged);
await consumedAll();

// A client that tries again, in every partition, until there is room.
const retried = range(partitionCount).map((partition) => ({
  partition,
  value: `retried ${partition} ${'y'.repeat(4_000)}`,
}));
let isSent = false;
const sending = idempotent.send({ topic, messages: retried }).then(() => {
  isSent = true;
});
for (const producer of producers) assert.notEqual(await producer.send(8_000), 0);
assert.equal(isSent, false);
// So does one that commits what it read, unless the metadata store has room left in its files.
const offsets = consumed.map((seen, partition) => ({ topic, partition, offset: String(seen.length) }));
const committing = consumer.commitOffsets(offsets);
await rm(ballast);
await Promise.all([sending, committing]);
for (const { partition, value } of retried) acknowledged[partition]!.push(value);
for (const producer of producers) assert.equal(await producer.send(8_000), 0);
assert.deepEqual(await readAll(), acknowledged);
await consumedAll();

await consumer.disconnect();
await idempotent.disconnect();
await kafka.close(AbortSignal.timeout(5_000));
await queue.close();
// And what a start finds is the same.
const again = await open();
const kafkaAgain = await kafkaOn(again);
for (const partition of range(partitionCount)) {
  const place = { topic, partition };
  assert.deepEqual(await readPartition(test, { port: kafkaAgain.port, place }), acknowledged[partition]);
}
const answer = await again.groups.offsetFetch(
  {
    ...{ groupId: '', topics: null, requireStable: false },
    groups: [
      {
        ...{ groupId: 'readers', memberId: null, memberEpoch: -1 },
        topics: [{ name: topic, topicId: zeroUuid, partitionIndexes: range(partitionCount) }],
      },
    ],
  },
  { version: 9, clientId: 'test', clientHost: '127.0.0.1' },
);
assert.deepEqual(
  answer.groups![0]!.topics[0]!.partitions.map(({ committedOffset }) => String(committedOffset)),
  offsets.map(({ offset }) => offset),
);
await kafkaAgain.close(AbortSignal.timeout(1_000));
await again.close();
for (const cleanUp of cleanUps) await cleanUp();
console.log(`stored ${atFull}, then ${acknowledged.flat().length}`);
