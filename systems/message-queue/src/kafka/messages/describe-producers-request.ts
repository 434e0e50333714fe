// DescribeProducersRequest, versions 0 to 0, flexible from 0.
//
// Written by `npm run kafka-messages` from Apache Kafka's DescribeProducersRequest.json (Apache License 2.0). Not to be edited.

import { type Reader, readInt32 } from '../wire/reader.ts';
import { type Writer, writeInt32 } from '../wire/writer.ts';

export type DescribeProducersRequest = {
  /** The topics to list producers for. */
  readonly topics: readonly TopicRequest[];
};

export type TopicRequest = {
  /** The topic name. */
  readonly name: string;
  /** The indexes of the partitions to list producers for. */
  readonly partitionIndexes: readonly number[];
};

export function decodeDescribeProducersRequest(reader: Reader, version: number): DescribeProducersRequest {
  const topics = reader.array(true, decodeTopicRequest, version);
  reader.skipTaggedFields();
  return { topics };
}

function decodeTopicRequest(reader: Reader, version: number): TopicRequest {
  const name = reader.string(true);
  const partitionIndexes = reader.array(true, readInt32, version);
  reader.skipTaggedFields();
  return { name, partitionIndexes };
}

export function encodeDescribeProducersRequest(
  writer: Writer,
  message: DescribeProducersRequest,
  version: number,
): void {
  writer.array(true, message.topics, encodeTopicRequest, version);
  writer.noTaggedFields();
}

function encodeTopicRequest(writer: Writer, message: TopicRequest, version: number): void {
  writer.string(true, message.name);
  writer.array(true, message.partitionIndexes, writeInt32, version);
  writer.noTaggedFields();
}
