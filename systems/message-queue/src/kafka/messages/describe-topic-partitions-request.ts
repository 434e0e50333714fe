// DescribeTopicPartitionsRequest, versions 0 to 0, flexible from 0.
//
// Written by `npm run kafka-messages` from Apache Kafka's DescribeTopicPartitionsRequest.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

export type DescribeTopicPartitionsRequest = {
  /** The topics to fetch details for. */
  readonly topics: readonly TopicRequest[];
  /** The maximum number of partitions included in the response. */
  readonly responsePartitionLimit: number;
  /** The first topic and partition index to fetch details for. */
  readonly cursor: Cursor | null;
};

export type Cursor = {
  /** The name for the first topic to process. */
  readonly topicName: string;
  /** The partition index to start with. */
  readonly partitionIndex: number;
};

export type TopicRequest = {
  /** The topic name. */
  readonly name: string;
};

export function decodeDescribeTopicPartitionsRequest(
  reader: Reader,
  version: number,
): DescribeTopicPartitionsRequest {
  const topics = reader.array(true, decodeTopicRequest, version);
  const responsePartitionLimit = reader.int32();
  const cursor = reader.nullableStruct(decodeCursor, version);
  reader.skipTaggedFields();
  return { topics, responsePartitionLimit, cursor };
}

function decodeCursor(reader: Reader, _version: number): Cursor {
  const topicName = reader.string(true);
  const partitionIndex = reader.int32();
  reader.skipTaggedFields();
  return { topicName, partitionIndex };
}

function decodeTopicRequest(reader: Reader, _version: number): TopicRequest {
  const name = reader.string(true);
  reader.skipTaggedFields();
  return { name };
}

export function encodeDescribeTopicPartitionsRequest(
  writer: Writer,
  message: DescribeTopicPartitionsRequest,
  version: number,
): void {
  writer.array(true, message.topics, encodeTopicRequest, version);
  writer.int32(message.responsePartitionLimit);
  writer.nullableStruct(message.cursor, encodeCursor, version);
  writer.noTaggedFields();
}

function encodeCursor(writer: Writer, message: Cursor, _version: number): void {
  writer.string(true, message.topicName);
  writer.int32(message.partitionIndex);
  writer.noTaggedFields();
}

function encodeTopicRequest(writer: Writer, message: TopicRequest, _version: number): void {
  writer.string(true, message.name);
  writer.noTaggedFields();
}
