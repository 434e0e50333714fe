// ProduceRequest, versions 3 to 13, flexible from 9.
//
// Written by `npm run kafka-messages` from Apache Kafka's ProduceRequest.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import { type Records, type Uuid, zeroUuid } from '../wire/values.ts';
import type { Writer } from '../wire/writer.ts';

export type ProduceRequest = {
  /** The transactional ID, or null if the producer is not transactional. */
  readonly transactionalId: string | null;
  /** The number of acknowledgments the producer requires the leader to have received before considering a request complete. Allowed values: 0 for no acknowledgments, 1 for only the leader and -1 for the full ISR. */
  readonly acks: number;
  /** The timeout to await a response in milliseconds. */
  readonly timeoutMs: number;
  /** Each topic to produce to. */
  readonly topicData: readonly TopicProduceData[];
};

export type TopicProduceData = {
  /** The topic name. */
  readonly name: string;
  /** The unique topic ID */
  readonly topicId: Uuid;
  /** Each partition to produce to. */
  readonly partitionData: readonly PartitionProduceData[];
};

export type PartitionProduceData = {
  /** The partition index. */
  readonly index: number;
  /** The record data to be produced. */
  readonly records: Records | null;
};

export function decodeProduceRequest(reader: Reader, version: number): ProduceRequest {
  const flexible = version >= 9;
  const transactionalId = reader.nullableString(flexible);
  const acks = reader.int16();
  const timeoutMs = reader.int32();
  const topicData = reader.array(flexible, decodeTopicProduceData, version);
  if (flexible) reader.skipTaggedFields();
  return { transactionalId, acks, timeoutMs, topicData };
}

function decodeTopicProduceData(reader: Reader, version: number): TopicProduceData {
  const flexible = version >= 9;
  let name: TopicProduceData['name'] = '';
  if (version <= 12) name = reader.string(flexible);
  let topicId: TopicProduceData['topicId'] = zeroUuid;
  if (version >= 13) topicId = reader.uuid();
  const partitionData = reader.array(flexible, decodePartitionProduceData, version);
  if (flexible) reader.skipTaggedFields();
  return { name, topicId, partitionData };
}

function decodePartitionProduceData(reader: Reader, version: number): PartitionProduceData {
  const flexible = version >= 9;
  const index = reader.int32();
  const records = reader.nullableRecords(flexible);
  if (flexible) reader.skipTaggedFields();
  return { index, records };
}

export function encodeProduceRequest(writer: Writer, message: ProduceRequest, version: number): void {
  const flexible = version >= 9;
  writer.nullableString(flexible, message.transactionalId);
  writer.int16(message.acks);
  writer.int32(message.timeoutMs);
  writer.array(flexible, message.topicData, encodeTopicProduceData, version);
  if (flexible) writer.noTaggedFields();
}

function encodeTopicProduceData(writer: Writer, message: TopicProduceData, version: number): void {
  const flexible = version >= 9;
  if (version <= 12) writer.string(flexible, message.name);
  if (version >= 13) writer.uuid(message.topicId);
  writer.array(flexible, message.partitionData, encodePartitionProduceData, version);
  if (flexible) writer.noTaggedFields();
}

function encodePartitionProduceData(writer: Writer, message: PartitionProduceData, version: number): void {
  const flexible = version >= 9;
  writer.int32(message.index);
  writer.nullableRecords(flexible, message.records);
  if (flexible) writer.noTaggedFields();
}
