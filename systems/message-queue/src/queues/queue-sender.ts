// The sending half of a queue: messages into its log, each deduplication id once.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Clock } from '@cairn/world';
import { deduplicationWindowMs } from '../limits.ts';
import { Deduplication, deduplicationKey, type Sent } from './deduplication.ts';
import type { QueueSettings } from './queue-attributes.ts';
import { QueueError } from './queue-error.ts';
import type { QueueLog, QueuePartition } from './queue-log.ts';
import { QueueTime } from './queue-time.ts';
import type { Message, StoredMessage } from './stored-message.ts';

export type NewMessage = Omit<Message, 'sentMs'> & {
  /** When it is another queue's already. */
  readonly sentMs?: number;
};

export type SendOptions = {
  /** Of those that do not say when they are due. */
  readonly delayMs?: number;
  /** Nothing is taken for a duplicate. */
  readonly always?: true;
};

export type QueueSenderParts = {
  readonly clock: Clock;
  readonly log: QueueLog;
  readonly partition: QueuePartition;
  readonly settings: () => QueueSettings;
};

export class QueueSender {
  readonly #parts: QueueSenderParts;
  readonly #deduplication = new Deduplication();
  #time: QueueTime;
  #lastAppendedMs = 0;

  constructor(parts: QueueSenderParts) {
    this.#parts = parts;
    this.#time = new QueueTime(parts.clock, 0);
  }

  /** Of the last message that was sent, or is being sent; it never goes back. */
  get lastAppendedMs(): number {
    return this.#lastAppendedMs;
  }

  /** In order, all or none of those that were not sent before. */
  async send(messages: readonly NewMessage[], options: SendOptions): Promise<readonly Sent[]> {
    if (messages.length === 0) return [];
    if (this.#parts.settings().isFifo && !options.always) return this.#sendOnce(messages, options);
    const offset = await this.#append(messages, options, this.#nextTimeMs());
    return messages.map(({ id }, index) => ({ id, offset: offset + index }));
  }

  async #sendOnce(messages: readonly NewMessage[], options: SendOptions): Promise<readonly Sent[]> {
    const named = messages.map((message) => this.#withDeduplicationId(message));
    const nowMs = this.#nextTimeMs();
    const fresh: NewMessage[] = [];
    const { promise: base, resolve, reject } = Promise.withResolvers<number>();
    const sent = named.map((message): Promise<Sent> => {
      const key = this.#keyOf(message);
      const before = key === undefined ? undefined : this.#deduplication.find(key, nowMs);
      if (before !== undefined) return before;
      const index = fresh.push(message) - 1;
      const result = base.then((offset) => ({ id: message.id, offset: offset + index }));
      if (key !== undefined) this.#deduplication.note(key, result, nowMs);
      return result;
    });
    if (fresh.length > 0) this.#append(fresh, options, nowMs).then(resolve, reject);
    return Promise.all(sent);
  }

  /** Gives the offset of the first. */
  #append(messages: readonly NewMessage[], { delayMs }: SendOptions, nowMs: number): Promise<number> {
    const laterMs = delayMs ? this.#parts.clock.nowMs() + delayMs : undefined;
    return this.#parts.log.append(
      messages.map((message) => stamped(message, { laterMs, nowMs })),
      nowMs,
    );
  }

  /** The first message that a duplicate may be of: it stays in the log, whatever became of it. */
  async windowStart(): Promise<number> {
    const { partition, settings } = this.#parts;
    if (!settings().isFifo) return partition.highWatermark;
    const kept = await partition.keptFromTime(this.#time.nowMs() - deduplicationWindowMs + 1);
    return kept ?? partition.highWatermark;
  }

  /** What the log says of what was sent before this start, as far as it can be read. */
  async recover(): Promise<void> {
    const { clock, partition, log, settings } = this.#parts;
    this.#lastAppendedMs = partition.largestTimestampMs;
    // Of a message that a clock ahead dated nothing says when it was sent: the last one counts as sent now.
    this.#time = new QueueTime(clock, this.#lastAppendedMs);
    if (!settings().isFifo) return;
    const end = partition.highWatermark;
    for (let offset = await this.windowStart(); offset < end; ) {
      const { messages, from } = await log.readAhead(offset);
      assert(messages.length > 0 || from > offset, `a queue has no message at ${offset}`);
      for (const message of messages) this.#noteStored(message);
      offset = Math.max(from, (messages.at(-1)?.offset ?? -1) + 1);
    }
  }

  /** Of what is appended now. */
  #nextTimeMs(): number {
    this.#lastAppendedMs = this.#time.nowMs();
    return this.#lastAppendedMs;
  }

  /** Receivers are told it, whoever made it. */
  #withDeduplicationId(message: NewMessage): NewMessage {
    const { isFifo, isDeduplicatedByContent } = this.#parts.settings();
    if (!isFifo || message.deduplicationId !== undefined) return message;
    if (isDeduplicatedByContent) return { ...message, deduplicationId: contentId(message.body) };
    throw new QueueError(
      'InvalidParameterValue',
      'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
    );
  }

  #keyOf({ group, deduplicationId }: NewMessage): string | undefined {
    const { isFifo, deduplicationScope } = this.#parts.settings();
    if (!isFifo || deduplicationId === undefined) return undefined;
    return deduplicationKey(deduplicationScope, { group, deduplicationId });
  }

  #noteStored(message: StoredMessage): void {
    const { id, offset, appendedMs, body, deduplicationId = contentId(body) } = message;
    // Dead letters came without being looked at.
    if (message.deadLetterSource !== undefined) return;
    const key = this.#keyOf({ ...message, deduplicationId });
    this.#deduplication.note(key!, Promise.resolve({ id, offset }), appendedMs);
  }
}

/** Member by member: what is spread takes several times the memory. */
function stamped(
  message: NewMessage,
  { laterMs, nowMs }: { laterMs: number | undefined; nowMs: number },
): Message {
  const { id, body, attributes, group, deduplicationId, sender, traceHeader, deadLetterSource } = message;
  return {
    id,
    body,
    attributes,
    group,
    deduplicationId,
    sender,
    sentMs: message.sentMs ?? nowMs,
    dueMs: message.dueMs ?? laterMs,
    traceHeader,
    deadLetterSource,
  };
}

function contentId(body: string): string {
  return createHash('sha256').update(body).digest('hex');
}
