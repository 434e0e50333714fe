// Senders and receivers of Amazon's SDK on a queue, over kills. A receiver deletes most of what it is given; what it keeps has
// to come back.

import { setTimeout as sleep } from 'node:timers/promises';
import {
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { type BrokerProcess, credentials } from './broker-process.ts';
import type { Worker } from './log-writers.ts';
import type { QueueLedger } from './queue-ledger.ts';

export const visibilitySeconds = 2;
const pauseMs = 30;

export type QueueParts = {
  readonly sqs: SQSClient;
  readonly url: string;
  readonly broker: BrokerProcess;
  readonly ledger: QueueLedger;
  readonly random: () => number;
  readonly isFifo: boolean;
};

export function sqsOn(port: number): SQSClient {
  return new SQSClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    credentials,
    maxAttempts: 1,
  });
}

/** Sends batches; in a FIFO queue the same one again until it is acknowledged, which must make it one message. */
export class QueueSender implements Worker {
  readonly #parts: QueueParts;
  #sequence = 0;

  constructor(parts: QueueParts) {
    this.#parts = parts;
  }

  async work(stop: AbortSignal): Promise<void> {
    const { ledger, isFifo, random } = this.#parts;
    while (!stop.aborted) {
      const count = 1 + Math.floor(random() * 3);
      const bodies = Array.from({ length: count }, () => `message ${this.#sequence++}`);
      ledger.sending(bodies);
      let isSent = await this.#send(bodies);
      while (isFifo && !isSent) isSent = await this.#send(bodies);
      if (isSent) ledger.sent(bodies);
    }
  }

  async close(): Promise<void> {}

  async #send(bodies: readonly string[]): Promise<boolean> {
    const { sqs, url, isFifo } = this.#parts;
    const Entries = bodies.map((body, index) => ({
      Id: String(index),
      MessageBody: body,
      ...(isFifo ? { MessageGroupId: 'one', MessageDeduplicationId: body.replace(' ', '-') } : {}),
    }));
    try {
      const { Failed } = await sqs.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
      return (Failed ?? []).length === 0;
    } catch {
      await sleep(pauseMs);
      return false;
    }
  }
}

export class QueueReceiver implements Worker {
  readonly #parts: QueueParts;

  constructor(parts: QueueParts) {
    this.#parts = parts;
  }

  async work(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      const bodies = await this.receive({ waitSeconds: 1, deletes: () => this.#parts.random() < 0.8 });
      if (bodies === undefined) await sleep(pauseMs);
    }
  }

  async close(): Promise<void> {}

  /** What was received; undefined when the broker did not answer. */
  async receive(options: {
    waitSeconds: number;
    deletes: () => boolean;
  }): Promise<readonly string[] | undefined> {
    const { sqs, url, broker, ledger, isFifo } = this.#parts;
    const began = { clock: ledger.clock, generation: broker.generation, atMs: performance.now() };
    const MaxNumberOfMessages = isFifo ? 3 : 10;
    const asked = { QueueUrl: url, MaxNumberOfMessages, WaitTimeSeconds: options.waitSeconds };
    let messages: readonly Message[];
    try {
      messages = (await sqs.send(new ReceiveMessageCommand(asked))).Messages ?? [];
    } catch {
      return undefined;
    }
    const bodies = messages.map(({ Body }) => Body!);
    ledger.received(bodies, began.clock);
    for (const message of messages) {
      // One that is kept keeps those behind it in its group.
      if (!options.deletes()) break;
      await this.#delete(message, began);
    }
    return bodies;
  }

  async #delete(message: Message, began: { generation: number; atMs: number }): Promise<void> {
    const { sqs, url, broker, ledger } = this.#parts;
    const body = message.Body!;
    try {
      await sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: message.ReceiptHandle! }));
      const isInTime = performance.now() - began.atMs < visibilitySeconds * 1_000;
      ledger.deleted(body, isInTime && began.generation === broker.generation);
    } catch {
      ledger.deleted(body, false);
    }
  }
}
