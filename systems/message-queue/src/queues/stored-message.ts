// A message of a queue as a record of its log: the body is the record's value, so that whoever reads the log otherwise
// finds it there; the group is the key, and all else is in headers. The messages of one call are in one batch.

import assert from 'node:assert/strict';
import { noProducer, writeBatchHeader } from '../batch/batch-header.ts';
import { type BatchRecord, type EncodableRecord, encodeRecords } from '../batch/records.ts';
import { batchHeaderBytes } from '../limits.ts';

export type AttributeValue = {
  /** `String`, `Number` or `Binary`, perhaps with a label: `Number.int`. */
  readonly type: string;
  readonly value: string | Uint8Array;
};
export type Attributes = Readonly<Record<string, AttributeValue>>;

export type Message = {
  readonly id: string;
  readonly body: string;
  readonly attributes: Attributes;
  readonly group?: string | undefined;
  readonly deduplicationId?: string | undefined;
  readonly sender: string;
  /** Of the wall clock, when it was sent for the first time. */
  readonly sentMs: number;
  /** Not to be received before. */
  readonly dueMs?: number | undefined;
  readonly traceHeader?: string | undefined;
  /** ARN of the queue that it was a dead letter of. */
  readonly deadLetterSource?: string | undefined;
};

export type StoredMessage = Message & {
  readonly offset: number;
  /** When it came into this log: never less than that of a message before it. */
  readonly appendedMs: number;
};

/** In memory, besides its texts. */
const objectBytes = 500;

const prefix = 'sqs.';
const attributePrefix = 'sqs.attribute.';

/** About what it takes in memory. */
export function bytesOf({ body, attributes, traceHeader = '' }: Message): number {
  let bytes = objectBytes + body.length + traceHeader.length;
  for (const [name, { type, value }] of Object.entries(attributes))
    bytes += name.length + type.length + value.length;
  return bytes;
}

export type MessagesOfCall = { readonly messages: readonly Message[]; readonly appendedMs: number };

/** One batch, for a partition to append. The times of calls never go back. */
export function encodeMessages(calls: readonly MessagesOfCall[]): Buffer {
  const records: EncodableRecord[] = [];
  for (const { messages, appendedMs } of calls)
    for (const message of messages) records.push(recordOf(message, appendedMs));
  const [first, last] = [calls[0], calls.at(-1)];
  assert(first !== undefined && last !== undefined, 'a batch has messages');
  const batch = encodeRecords(records, first.appendedMs, { roomBytes: batchHeaderBytes });
  writeBatchHeader(batch, {
    ...{ baseOffset: 0, leaderEpoch: -1, compression: 'none', isLogAppendTime: false },
    ...{ isTransactional: false, isControl: false },
    ...{ baseTimestampMs: first.appendedMs, maxTimestampMs: last.appendedMs },
    ...{ producerId: noProducer, producerEpoch: -1, baseSequence: -1 },
    ...{ lastOffsetDelta: records.length - 1, recordCount: records.length },
  });
  return batch;
}

function recordOf(message: Message, timestampMs: number): EncodableRecord {
  const { id, deduplicationId, sender, traceHeader, deadLetterSource, sentMs, dueMs, attributes } = message;
  const headers: EncodableRecord['headers'][number][] = [{ key: 'sqs.id', value: id }];
  const put = (key: string, value: string | undefined): void => {
    if (value !== undefined) headers.push({ key, value });
  };
  put('sqs.deduplicationId', deduplicationId);
  put('sqs.sender', sender);
  put('sqs.traceHeader', traceHeader);
  put('sqs.deadLetterSource', deadLetterSource);
  // Else the record's own time says it.
  put('sqs.sentMs', sentMs === timestampMs ? undefined : String(sentMs));
  put('sqs.dueMs', dueMs === undefined ? undefined : String(dueMs));
  for (const name in attributes) {
    const { type, value } = attributes[name]!;
    const bytes = Buffer.concat([Buffer.from(`${type}\0`), Buffer.from(value as string)]);
    headers.push({ key: attributePrefix + name, value: bytes });
  }
  return { timestampMs, key: message.group ?? null, value: message.body, headers };
}

export function decodeMessage(record: BatchRecord): StoredMessage {
  const texts = new Map<string, string>();
  const attributes: [string, AttributeValue][] = [];
  for (const { key, value } of record.headers) {
    if (value === null || !key.startsWith(prefix)) continue;
    if (key.startsWith(attributePrefix))
      attributes.push([key.slice(attributePrefix.length), attributeOf(value)]);
    else texts.set(key.slice(prefix.length), textOf(value));
  }
  const dueMs = texts.get('dueMs');
  return {
    offset: record.offset,
    appendedMs: record.timestampMs,
    id: texts.get('id') ?? '',
    body: record.value === null ? '' : textOf(record.value),
    // Assigned, one that is called __proto__ would be lost.
    attributes: Object.fromEntries(attributes),
    group: record.key === null ? undefined : textOf(record.key),
    deduplicationId: texts.get('deduplicationId'),
    sender: texts.get('sender') ?? '',
    sentMs: Number(texts.get('sentMs') ?? record.timestampMs),
    dueMs: dueMs === undefined ? undefined : Number(dueMs),
    traceHeader: texts.get('traceHeader'),
    deadLetterSource: texts.get('deadLetterSource'),
  };
}

function attributeOf(value: Uint8Array): AttributeValue {
  const end = value.indexOf(0);
  const type = textOf(value.subarray(0, end));
  const rest = value.subarray(end + 1);
  return { type, value: type.startsWith('Binary') ? Buffer.from(rest) : textOf(rest) };
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
}
