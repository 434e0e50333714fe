// A broker with topics that have delays, and records with headers, in short.

import { silentTelemetry, type Telemetry } from '@cairn/telemetry';
import { cleanUpAfter, type TestContext, temporaryDirectory } from '@cairn/testing';
import { realWorld, type World } from '@cairn/world';
import { decodeBatchHeader, encodeBatch, type NewBatchHeader } from '../../src/batch/batch-header.ts';
import { unpackedRecords } from '../../src/batch/compression.ts';
import { decodeRecords, encodeRecords } from '../../src/batch/records.ts';
import type { MessageQueue } from '../../src/broker/open-message-queue.ts';
import type { Topic } from '../../src/broker/topics/topic.ts';
import { openMessageQueue } from '../../src/index.ts';
import type { Appended, Partition } from '../../src/partition/partition.ts';

export type SimpleRecord = {
  readonly text: string;
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timestampMs?: number;
};

export type Seen = {
  readonly offset: number;
  readonly text: string;
  readonly timestampMs: number;
  readonly headers: Readonly<Record<string, string>>;
};

export type TestBroker = MessageQueue & {
  /** Moves the broker's wall clock. */
  jump(byMs: number): void;
  nowMs(): number;
};

/** A broker whose wall clock moves as the test says. */
export async function openBroker(
  t: TestContext,
  options: { directory?: string; autoCreateTopics?: boolean; telemetry?: Telemetry } = {},
): Promise<TestBroker> {
  const directory = options.directory ?? (await temporaryDirectory(t));
  const { autoCreateTopics, telemetry = silentTelemetry() } = options;
  const real = realWorld();
  let aheadMs = 0;
  const nowMs = () => real.clock.nowMs() + aheadMs;
  const clock: World['clock'] = {
    nowMs,
    monotonicMs: () => real.clock.monotonicMs(),
    setTimer: (delayMs, callback) => real.clock.setTimer(delayMs, callback),
    nextTurn: (callback) => real.clock.nextTurn(callback),
    sleep: (delayMs, signal) => real.clock.sleep(delayMs, signal),
  };
  const queue = await openMessageQueue({ directory, world: { ...real, clock }, autoCreateTopics, telemetry });
  cleanUpAfter(t, () => queue.close());
  const jump = (byMs: number) => {
    aheadMs += byMs;
  };
  return { ...queue, jump, nowMs };
}

export function batchOfRecords(
  records: readonly SimpleRecord[],
  header: Partial<NewBatchHeader> = {},
  pack: (records: Buffer) => Uint8Array = (bytes) => bytes,
): Buffer {
  const baseTimestampMs = records[0]?.timestampMs ?? 1_000;
  const encoded = records.map(({ text, key, headers = {}, timestampMs = baseTimestampMs }) => ({
    timestampMs,
    key: key === undefined ? null : Buffer.from(key),
    value: Buffer.from(text),
    headers: Object.entries(headers).map(([name, value]) => ({ key: name, value: Buffer.from(value) })),
  }));
  return encodeBatch(
    {
      ...{ baseOffset: 0, leaderEpoch: -1, compression: 'none', isLogAppendTime: false },
      ...{ isTransactional: false, isControl: false, baseTimestampMs },
      maxTimestampMs: Math.max(...encoded.map(({ timestampMs }) => timestampMs)),
      ...{ producerId: -1, producerEpoch: -1, baseSequence: -1 },
      ...{ lastOffsetDelta: records.length - 1, recordCount: records.length },
      ...header,
    },
    pack(encodeRecords(encoded, baseTimestampMs)),
  );
}

export async function produce(
  queue: Pick<MessageQueue, 'topics' | 'appends'>,
  to: { readonly topic: Topic; readonly index?: number },
  records: Buffer,
): Promise<Appended> {
  const { index = 0 } = to;
  const topic = queue.topics.findById(to.topic.topicId)!;
  const partition = await queue.topics.partition(topic, index);
  return queue.appends.append({ topic, index, partition }, { records });
}

/** All records of a partition, as a consumer sees them. */
export async function seenIn(partition: Pick<Partition, 'read' | 'startOffset'>): Promise<readonly Seen[]> {
  const seen: Seen[] = [];
  for (let offset = partition.startOffset; ; ) {
    const fetched = await partition.read({ offset, bytesMax: 100_000, atLeastOne: true, committed: false });
    if (fetched.records.length === 0) return seen;
    for (const batch of fetched.records) {
      const header = decodeBatchHeader(batch);
      const records = decodeRecords(header, await unpackedRecords(header, batch));
      seen.push(...[...records].filter((record) => record.offset >= offset).map(seenOf));
      offset = header.baseOffset + header.lastOffsetDelta + 1;
    }
  }
}

function seenOf(record: ReturnType<typeof decodeRecords> extends Generator<infer R> ? R : never): Seen {
  const headers = record.headers.map(({ key, value }) => [key, Buffer.from(value ?? []).toString()]);
  return {
    offset: record.offset,
    text: Buffer.from(record.value ?? []).toString(),
    timestampMs: record.timestampMs,
    headers: Object.fromEntries(headers),
  };
}

/** Resolves when the partition has so many records. */
export async function untilSeen(partition: Partition, count: number): Promise<readonly Seen[]> {
  for (;;) {
    const advanced = Promise.withResolvers<void>();
    const stop = partition.onAdvance(() => advanced.resolve());
    const seen = await seenIn(partition);
    if (seen.length < count) await advanced.promise;
    stop();
    if (seen.length >= count) return seen;
  }
}
