// Producers of kafkajs that go on over kills: what their retries have to get right is the broker's to keep.
//
//   plain          acks=all; a retry may write twice, but in order
//   idempotent     every batch once
//   transactional  two topics and an offset, committed or aborted; after an error its successor takes over

import kafkajs, { type Kafka, type Producer, type Transaction } from 'kafkajs';
import { type WrittenBatch, WrittenBatches, writtenTexts } from './written-batches.ts';

export const plainTopic = 'plain';
export const onceTopic = 'once';
export const pairedTopics = ['left', 'right'] as const;
export const partitionCount = 3;

export type WriterOptions = {
  readonly name: string;
  readonly partition: number;
  readonly random: () => number;
};

export function clientOn(port: number): Kafka {
  return new kafkajs.Kafka({
    clientId: 'kills',
    brokers: [`127.0.0.1:${port}`],
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { initialRetryTime: 30, maxRetryTime: 200, retries: 500 },
  });
}

/** Works until it is told to stop; then it has finished what it began, over a kill and a restart. */
export type Worker = { work(stop: AbortSignal): Promise<void>; close(): Promise<void> };

export class LogWriter implements Worker {
  readonly name: string;
  readonly topic: string;
  readonly partition: number;
  readonly written = new WrittenBatches();
  readonly #producer: Producer;
  readonly #random: () => number;
  #sequence = 0;

  constructor(kafka: Kafka, options: WriterOptions & { idempotent: boolean }) {
    const { name, partition, idempotent, random } = options;
    this.name = name;
    this.partition = partition;
    this.topic = idempotent ? onceTopic : plainTopic;
    this.#random = random;
    this.#producer = kafka.producer({ idempotent, maxInFlightRequests: 1, allowAutoTopicCreation: false });
  }

  async work(stop: AbortSignal): Promise<void> {
    await this.#producer.connect();
    while (!stop.aborted) {
      const texts = writtenTexts(this.name, { from: this.#sequence, count: countFrom(this.#random) });
      this.#sequence += texts.length;
      const batch = this.written.add(texts);
      const messages = texts.map((value) => ({ value, partition: this.partition }));
      await this.#producer.send({ topic: this.topic, acks: -1, messages });
      batch.outcome = 'acknowledged';
    }
  }

  close(): Promise<void> {
    return this.#producer.disconnect();
  }
}

export class TransactionWriter implements Worker {
  readonly name: string;
  readonly partition: number;
  readonly written = { left: new WrittenBatches(), right: new WrittenBatches() };
  readonly #kafka: Kafka;
  readonly #random: () => number;
  #producer: Producer | undefined;
  #sequence = 0;

  constructor(kafka: Kafka, { name, partition, random }: WriterOptions) {
    this.name = name;
    this.partition = partition;
    this.#kafka = kafka;
    this.#random = random;
  }

  /** The group whose offset says how many transactions there were up to the last one that was committed. */
  get group(): string {
    return `of-${this.name}`;
  }

  async work(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) await this.#transact(await this.#connected());
    // Ends what an error left open.
    await this.#connected();
  }

  async close(): Promise<void> {
    await this.#producer?.disconnect();
  }

  async #transact(producer: Producer): Promise<void> {
    const texts = writtenTexts(this.name, { from: this.#sequence++, count: 1 });
    const batches = [this.written.left.add(texts), this.written.right.add(texts)];
    let isEnding = false;
    const tell = (outcome: WrittenBatch['outcome']) => {
      for (const batch of batches) batch.outcome = outcome;
    };
    try {
      const transaction = await producer.transaction();
      await this.#fill(transaction, texts[0]!);
      if (this.#random() < 0.3) {
        await transaction.abort();
        tell('absent');
        return;
      }
      isEnding = true;
      await transaction.commit();
      tell('acknowledged');
    } catch {
      if (!isEnding) tell('absent');
      await this.#discard(producer);
    }
  }

  async #fill(transaction: Transaction, value: string): Promise<void> {
    const messages = [{ value, partition: this.partition }];
    for (const topic of pairedTopics) await transaction.send({ topic, messages });
    const partitions = [{ partition: 0, offset: String(this.#sequence) }];
    await transaction.sendOffsets({
      consumerGroupId: this.group,
      topics: [{ topic: plainTopic, partitions }],
    });
  }

  async #connected(): Promise<Producer> {
    if (this.#producer !== undefined) return this.#producer;
    const settings = { transactionalId: this.name, idempotent: true, maxInFlightRequests: 1 };
    const producer = this.#kafka.producer({ ...settings, transactionTimeout: 60_000 });
    try {
      await producer.connect();
      this.#producer = producer;
      return producer;
    } catch {
      await this.#discard(producer);
      return this.#connected();
    }
  }

  async #discard(producer: Producer): Promise<void> {
    this.#producer = undefined;
    await producer.disconnect().catch(() => {});
  }
}

function countFrom(random: () => number): number {
  return 1 + Math.floor(random() * 5);
}
