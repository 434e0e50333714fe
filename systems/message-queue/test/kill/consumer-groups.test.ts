// kill -9 of the whole process under groups of both protocols: members come and go, and whatever was acknowledged is seen.

import assert from 'node:assert/strict';
import test from 'node:test';
import { cleanUpAfter, type TestContext, temporaryDirectory } from '@cairn/testing';
import { Admin, Consumer, type MessagesStream, stringDeserializers } from '@platformatic/kafka';
import type { Producer } from 'kafkajs';
import { BrokerProcess } from './broker-process.ts';
import { clientOn } from './log-writers.ts';

const topic = 'counted';
type Strings = MessagesStream<string, string, string, string>;

/** A member of a group of the consumer protocol (KIP-848) that comes again when its connection does not. */
class Member {
  readonly #port: number;
  readonly #seen: (value: string) => void;
  readonly #running: Promise<void>;
  #isStopped = false;
  count = 0;
  #stream: Strings | undefined;

  constructor(port: number, seen: (value: string) => void) {
    this.#port = port;
    this.#seen = seen;
    this.#running = this.#run();
  }

  async leave(): Promise<void> {
    this.#isStopped = true;
    await this.#stream?.close().catch(() => {});
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      const consumer = new Consumer({
        ...{ clientId: 'member', bootstrapBrokers: [`127.0.0.1:${this.#port}`] },
        ...{ groupId: 'readers', groupProtocol: 'consumer', retries: 400, retryDelay: 50 },
        deserializers: stringDeserializers,
      });
      try {
        const stream = await consumer.consume({
          ...{ topics: [topic], mode: 'committed', fallbackMode: 'earliest', autocommit: 100 },
        });
        this.#stream = stream;
        for await (const { value } of stream) {
          this.count += 1;
          this.#seen(value);
        }
      } catch {
        // The broker is away: it is asked again.
      }
      await consumer.close(true).catch(() => {});
    }
  }
}

async function createTopic(t: TestContext, port: number): Promise<void> {
  const admin = new Admin({ clientId: 'admin', bootstrapBrokers: [`127.0.0.1:${port}`] });
  cleanUpAfter(t, () => admin.close());
  await admin.createTopics({ topics: [topic], partitions: 6 });
}

/** Sends until it is told to stop, over kills. */
function sending(producer: Producer, acknowledged: Set<string>) {
  let [isStopped, number] = [false, 0];
  const run = async () => {
    while (!isStopped) {
      const values = Array.from({ length: 20 }, () => `message ${number++}`);
      await producer.send({ topic, acks: -1, messages: values.map((value) => ({ key: value, value })) });
      for (const value of values) acknowledged.add(value);
    }
  };
  const running = run();
  return async () => {
    isStopped = true;
    await running;
  };
}

async function until(done: () => boolean, what: () => string): Promise<void> {
  const deadline = AbortSignal.timeout(60_000);
  while (!done()) {
    assert.ok(!deadline.aborted, `not within a minute: ${what()}`);
    await new Promise<void>((resolve) => setTimeout(resolve, 20));
  }
}

test('groups of both protocols see all that was acknowledged over kills of the process, while members come and go', async (t) => {
  const broker = await BrokerProcess.on(await temporaryDirectory(t));
  cleanUpAfter(t, () => broker.kill());
  await broker.start();
  const port = broker.kafkaPort;
  await createTopic(t, port);
  const kafka = clientOn(port);
  const producer = kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
  });
  cleanUpAfter(t, () => producer.disconnect());
  await producer.connect();
  const classic = kafka.consumer({ groupId: 'classic', sessionTimeout: 1_000, heartbeatInterval: 200 });
  cleanUpAfter(t, () => classic.disconnect());
  const [acknowledged, seen, seenByClassic] = [new Set<string>(), new Set<string>(), new Set<string>()];
  await classic.connect();
  await classic.subscribe({ topic, fromBeginning: true });
  await classic.run({ eachMessage: async ({ message }) => void seenByClassic.add(String(message.value)) });
  const join = () => {
    const member = new Member(port, (value) => seen.add(value));
    cleanUpAfter(t, () => member.leave());
    return member;
  };
  const members = [join(), join()];
  const stop = sending(producer, acknowledged);
  for (let round = 0; round < 3; round++) {
    // Who leaves has to be connected again: a leave that is lost holds its partitions until its session ends.
    const leaving = members.shift()!;
    const before = [acknowledged.size, leaving.count] as const;
    const isUnderWay = () => acknowledged.size > before[0] + 200 && leaving.count > before[1];
    await until(isUnderWay, () => `round ${round}: ${acknowledged.size} sent, ${seen.size} seen`);
    await leaving.leave();
    await broker.kill();
    await broker.start();
    members.push(join());
  }
  await stop();
  const missing = (by: ReadonlySet<string>) => acknowledged.difference(by).size;
  await until(
    () => missing(seen) === 0 && missing(seenByClassic) === 0,
    () => `of ${acknowledged.size}, ${missing(seen)} and ${missing(seenByClassic)} are missing`,
  );
  t.diagnostic(`${acknowledged.size} messages, all seen by both groups`);
  // Before the broker: they would go on looking for it.
  await Promise.all([
    ...members.map((member) => member.leave()),
    classic.disconnect(),
    producer.disconnect(),
  ]);
});
