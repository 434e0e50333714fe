// Rounds of: load, SIGKILL at a random moment, start, and everything that was acknowledged is held against what is there.
//
//   topics   all that was acknowledged, by content and order; of idempotent producers and transactions nothing twice
//   pairs    a transaction is in both topics or in none, and so is the offset that it commits
//   queues   what was deleted does not come back, what was not does

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateQueueCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { TestContext } from '@cairn/testing';
import { SeededRandom } from '@cairn/world/simulated';
import type { Kafka } from 'kafkajs';
import { BrokerProcess } from './broker-process.ts';
import {
  clientOn,
  LogWriter,
  onceTopic,
  pairedTopics,
  partitionCount,
  plainTopic,
  TransactionWriter,
  type Worker,
} from './log-writers.ts';
import { QueueLedger } from './queue-ledger.ts';
import { type QueueParts, QueueReceiver, QueueSender, sqsOn, visibilitySeconds } from './queue-workers.ts';
import { readPartition } from './read-topic.ts';
import { writerOf } from './written-batches.ts';

const settleMsMax = 60_000;

export type KillFigures = {
  readonly kills: number;
  readonly batches: number;
  readonly transactions: number;
  readonly messages: number;
  readonly deletions: number;
};

export type BrokerKillsOptions = {
  readonly directory: string;
  readonly rounds: number;
  readonly seed: number;
  /** Of load before a kill, at most. */
  readonly loadMsMax: number;
  readonly onRound?: (round: number, figures: KillFigures) => void;
};

export async function brokerKills(test: TestContext, options: BrokerKillsOptions): Promise<KillFigures> {
  const { directory, rounds, seed, loadMsMax, onRound } = options;
  const random = new SeededRandom(seed);
  const broker = await BrokerProcess.on(directory);
  await broker.start();
  const load = await Load.open(broker, random);
  let kills = 0;
  try {
    for (let round = 1; round <= rounds; round++) {
      const ending = new AbortController();
      const working = load.work(ending.signal);
      await Promise.race([sleep(200 + random.integer(loadMsMax)), working]);
      await broker.kill();
      kills++;
      if (random.integer(4) === 0) {
        await broker.startAndKill(random.integer(1_500));
        kills++;
      }
      await broker.start();
      ending.abort();
      await working;
      await load.verify(test, `seed ${seed}, round ${round}`);
      onRound?.(round, load.figures(kills));
    }
    return load.figures(kills);
  } finally {
    await load.close();
    await broker.kill();
  }
}

type Queue = { readonly parts: QueueParts; readonly receiver: QueueReceiver };

class Load {
  readonly #broker: BrokerProcess;
  readonly #kafka: Kafka;
  readonly #sqs: SQSClient;
  readonly #writers: readonly LogWriter[];
  readonly #transactions: readonly TransactionWriter[];
  readonly #queues: readonly Queue[];

  private constructor(
    broker: BrokerProcess,
    made: { kafka: Kafka; sqs: SQSClient; urls: readonly string[]; random: () => number },
  ) {
    const { kafka, sqs, urls, random } = made;
    this.#broker = broker;
    this.#kafka = kafka;
    this.#sqs = sqs;
    const indexes = Array.from({ length: partitionCount }, (_, index) => index);
    const writer = (kind: string, index: number) =>
      new LogWriter(kafka, {
        ...{ name: `${kind}-${index}`, partition: index % partitionCount, random },
        idempotent: kind === 'once',
      });
    // Two idempotent ones share a partition.
    this.#writers = [
      ...indexes.map((index) => writer('plain', index)),
      ...[0, 1, 2, 3].map((index) => writer('once', index)),
    ];
    this.#transactions = [0, 1].map(
      (index) => new TransactionWriter(kafka, { name: `pair-${index}`, partition: 0, random }),
    );
    this.#queues = urls.map((url) => {
      const isFifo = url.endsWith('.fifo');
      const parts = { sqs, url, broker, random, isFifo, ledger: new QueueLedger({ isFifo }) };
      return { parts, receiver: new QueueReceiver(parts) };
    });
  }

  static async open(broker: BrokerProcess, seeded: SeededRandom): Promise<Load> {
    const kafka = clientOn(broker.kafkaPort);
    const admin = kafka.admin();
    await admin.connect();
    const topics = [plainTopic, onceTopic, ...pairedTopics];
    await admin.createTopics({ topics: topics.map((topic) => ({ topic, numPartitions: partitionCount })) });
    await admin.disconnect();
    const sqs = sqsOn(broker.sqsPort);
    const urls: string[] = [];
    for (const QueueName of ['jobs', 'jobs.fifo']) {
      const fifo = QueueName.endsWith('.fifo') ? { FifoQueue: 'true' } : {};
      const Attributes = { VisibilityTimeout: String(visibilitySeconds), ...fifo };
      const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
      urls.push(QueueUrl!);
    }
    const random = () => seeded.integer(1_000_000) / 1_000_000;
    return new Load(broker, { kafka, sqs, urls, random });
  }

  get #workers(): readonly Worker[] {
    const atQueues = this.#queues.flatMap(({ parts, receiver }) => [this.#sender(parts), receiver]);
    return [...this.#writers, ...this.#transactions, ...atQueues];
  }

  readonly #senders = new Map<QueueParts, QueueSender>();

  #sender(parts: QueueParts): QueueSender {
    const known = this.#senders.get(parts) ?? new QueueSender(parts);
    this.#senders.set(parts, known);
    return known;
  }

  async work(stop: AbortSignal): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.work(stop)));
  }

  figures(kills: number): KillFigures {
    const batches = sumOf(this.#writers.map(({ written }) => written.acknowledged));
    const transactions = sumOf(this.#transactions.map(({ written }) => written.left.acknowledged));
    const counts = this.#queues.map(({ parts }) => parts.ledger.counts);
    const messages = sumOf(counts.map(({ sent }) => sent));
    return { kills, batches, transactions, messages, deletions: sumOf(counts.map(({ deleted }) => deleted)) };
  }

  async verify(test: TestContext, when: string): Promise<void> {
    await Promise.all([
      this.#verifyWriters(test, when),
      this.#verifyTransactions(test, when),
      ...this.#queues.map((queue) => this.#verifyQueue(queue, when)),
    ]);
  }

  async close(): Promise<void> {
    for (const worker of this.#workers) await worker.close();
    this.#sqs.destroy();
  }

  async #verifyWriters(test: TestContext, when: string): Promise<void> {
    const texts = new Map<string, readonly string[]>();
    for (const topic of [plainTopic, onceTopic])
      for (let partition = 0; partition < partitionCount; partition++)
        texts.set(`${topic}-${partition}`, await this.#read(test, { topic, partition }));
    for (const { name, topic, partition, written } of this.#writers) {
      const seen = texts.get(`${topic}-${partition}`)!.filter((text) => writerOf(text) === name);
      written.verify(topic === plainTopic ? [...new Set(seen)] : seen, `${when}: ${name}`);
    }
  }

  async #verifyTransactions(test: TestContext, when: string): Promise<void> {
    const read = (topic: string) => this.#read(test, { topic, partition: 0 });
    const sides = { left: await read('left'), right: await read('right') };
    const admin = this.#kafka.admin();
    await admin.connect();
    for (const { name, group, written } of this.#transactions) {
      for (const side of pairedTopics)
        written[side].verify(
          sides[side].filter((text) => writerOf(text) === name),
          `${when}: ${name}, ${side}`,
        );
      const outcomes = (side: 'left' | 'right') => written[side].batches.map(({ outcome }) => outcome);
      assert.deepEqual(outcomes('left'), outcomes('right'), `${when}: ${name} is in one topic only`);
      const [found] = await admin.fetchOffsets({ groupId: group, topics: [plainTopic] });
      const offset = Number(found!.partitions.find(({ partition }) => partition === 0)!.offset);
      assert.equal(
        Math.max(offset, 0),
        outcomes('left').lastIndexOf('acknowledged') + 1,
        `${when}: ${group}`,
      );
    }
    await admin.disconnect();
  }

  /** Transactions whose end was decided before the kill may still be ending. */
  async #read(test: TestContext, place: { topic: string; partition: number }): Promise<readonly string[]> {
    const untilMs = performance.now() + settleMsMax;
    for (;;) {
      try {
        return await readPartition(test, { port: this.#broker.kafkaPort, place });
      } catch (error) {
        if (performance.now() > untilMs) throw error;
        await sleep(50);
      }
    }
  }

  /** Receives and deletes until everything that has to be there was. */
  async #verifyQueue({ parts: { ledger }, receiver }: Queue, when: string): Promise<void> {
    const untilMs = performance.now() + settleMsMax;
    while (ledger.undeleted.length > 0) {
      const left = ledger.undeleted;
      assert(performance.now() < untilMs, `${when}: ${left.length} do not return, the first is '${left[0]}'`);
      await receiver.receive({ waitSeconds: 1, deletes: () => true });
    }
    await receiver.receive({ waitSeconds: 0, deletes: () => true });
  }
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
