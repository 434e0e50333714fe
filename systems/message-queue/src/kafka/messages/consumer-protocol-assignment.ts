// ConsumerProtocolAssignment, versions 0 to 3, none is flexible.
//
// Written by `npm run kafka-messages` from Apache Kafka's ConsumerProtocolAssignment.json (Apache License 2.0). Not to be edited.

import { type Reader, readInt32 } from '../wire/reader.ts';
import { type Writer, writeInt32 } from '../wire/writer.ts';

export type ConsumerProtocolAssignment = {
  /** The list of topics and partitions assigned to this consumer. */
  readonly assignedPartitions: readonly TopicPartition[];
  /** User data. */
  readonly userData: Uint8Array | null;
};

export type TopicPartition = {
  /** The topic name. */
  readonly topic: string;
  /** The list of partitions assigned to this consumer. */
  readonly partitions: readonly number[];
};

export function decodeConsumerProtocolAssignment(
  reader: Reader,
  version: number,
): ConsumerProtocolAssignment {
  const assignedPartitions = reader.array(false, decodeTopicPartition, version);
  const userData = reader.nullableBytes(false);
  return { assignedPartitions, userData };
}

function decodeTopicPartition(reader: Reader, version: number): TopicPartition {
  const topic = reader.string(false);
  const partitions = reader.array(false, readInt32, version);
  return { topic, partitions };
}

export function encodeConsumerProtocolAssignment(
  writer: Writer,
  message: ConsumerProtocolAssignment,
  version: number,
): void {
  writer.array(false, message.assignedPartitions, encodeTopicPartition, version);
  writer.nullableBytes(false, message.userData);
}

function encodeTopicPartition(writer: Writer, message: TopicPartition, version: number): void {
  writer.string(false, message.topic);
  writer.array(false, message.partitions, writeInt32, version);
}
