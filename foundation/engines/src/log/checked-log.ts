// What every engine has to refuse in the same way, done once around each: names that are none, records out of bounds, calls
// after `close`. Here texts become bytes, and what was left out gets its default.

import assert from 'node:assert/strict';
import type {
  Log,
  NewLogHeader,
  NewLogRecord,
  ProducedRecord,
  ProduceRequest,
  SubscribeRequest,
  Subscription,
} from './log.ts';
import type { EngineRecord, EngineSubscribe, LogEngine } from './log-engine.ts';
import { LogError, type LogErrorCode } from './log-error.ts';

/** Kafka's. */
const topicPattern = /^[a-zA-Z0-9._-]{1,249}$/;
const groupCharactersMax = 1_000;
const attemptsToDeadLetter = 5;
const retryDelayMs = 100;
const retryDelayMsMax = 30_000;
const commitEveryMsDefault = 1_000;

export function checkedLog(engine: LogEngine): Log {
  return new CheckedLog(engine);
}

class CheckedLog implements Log {
  readonly #engine: LogEngine;
  readonly #subscriptions = new Set<Subscription>();
  #closing: Promise<void> | undefined;

  constructor(engine: LogEngine) {
    this.#engine = engine;
  }

  async produce({ topic, records }: ProduceRequest): Promise<readonly ProducedRecord[]> {
    const attempted = `produce to ${JSON.stringify(topic)}`;
    this.#requireOpen(attempted);
    requireTopic(topic, attempted);
    if (records.length === 0) return [];
    return this.#engine.produce({
      topic,
      records: records.map((record, index) => recordOf(record, { attempted, index })),
    });
  }

  async subscribe(request: SubscribeRequest): Promise<Subscription> {
    const attempted = `subscribe ${JSON.stringify(request.group)} to ${request.topics.join(', ')}`;
    this.#requireOpen(attempted);
    const checked = subscribeOf(request, attempted);
    const subscription = await this.#engine.subscribe(checked);
    if (this.#closing !== undefined) {
      await subscription.stop();
      this.#requireOpen(attempted);
    }
    this.#subscriptions.add(subscription);
    const forget = () => void this.#subscriptions.delete(subscription);
    subscription.ended.then(forget, forget);
    return subscription;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#subscriptions].map((subscription) => subscription.stop()));
    await this.#engine.close();
  }

  #requireOpen(attempted: string): void {
    if (this.#closing !== undefined) throw new LogError('closed', { attempted });
  }
}

function subscribeOf(request: SubscribeRequest, attempted: string): EngineSubscribe {
  const { topics, group, from = 'earliest', handle, deadLetterTopic, retry = {}, uncommitted } = request;
  assert(topics.length > 0, 'a subscription has at least one topic');
  for (const topic of topics) requireTopic(topic, attempted);
  if (deadLetterTopic !== undefined) requireTopic(deadLetterTopic, attempted);
  if (group === '' || group.length > groupCharactersMax || group.includes('\0') || !group.isWellFormed())
    throw new LogError('invalid-group', { attempted });
  const attempts =
    retry.attempts ?? (deadLetterTopic === undefined ? Number.POSITIVE_INFINITY : attemptsToDeadLetter);
  assert(attempts >= 1, `a record is tried at least once, not ${attempts} times`);
  const { delayMs = retryDelayMs, delayMsMax = retryDelayMsMax } = retry;
  assert(delayMs >= 0 && delayMsMax >= delayMs, `delays are ${delayMs} to ${delayMsMax} ms`);
  const { commitEveryMs = commitEveryMsDefault } = request;
  assert(commitEveryMs > 0, `commits are some time apart, not ${commitEveryMs} ms`);
  return {
    ...{ topics: [...new Set(topics)], group, from, handle, deadLetterTopic, commitEveryMs },
    retry: { attempts, delayMs, delayMsMax },
    uncommitted: uncommitted ?? false,
  };
}

function requireTopic(topic: string, attempted: string): void {
  if (topicPattern.test(topic) && topic !== '.' && topic !== '..') return;
  throw new LogError('invalid-topic', { attempted, detail: `${JSON.stringify(topic)}: ${topicRule}` });
}

const topicRule = 'wanted are 1 to 249 of a-z, A-Z, 0-9, ".", "_" and "-"';

function recordOf(
  { key = null, value, headers = [], timestampMs, partition }: NewLogRecord,
  { attempted, index }: { attempted: string; index: number },
): EngineRecord {
  const refuse = (code: LogErrorCode, detail: string) =>
    new LogError(code, { attempted, detail: `record ${index}: ${detail}` });
  if (timestampMs !== undefined && !(Number.isSafeInteger(timestampMs) && timestampMs >= 0))
    throw refuse('invalid-record', `its time is a whole number of milliseconds, not ${timestampMs}`);
  if (partition !== undefined && !(Number.isInteger(partition) && partition >= 0))
    throw refuse('unknown-partition', `${partition}`);
  for (const header of headers)
    if (!header.key.isWellFormed()) throw refuse('invalid-record', 'the name of a header is no Unicode');
  return {
    ...{ key: bytesOf(key), value: bytesOf(value), timestampMs, partition },
    headers: headers.map((header: NewLogHeader) => ({ key: header.key, value: bytesOf(header.value) })),
  };
}

function bytesOf(content: Uint8Array | string | null): Uint8Array | null {
  return typeof content === 'string' ? Buffer.from(content) : content;
}
