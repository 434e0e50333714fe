// DescribeLogDirsRequest, versions 1 to 5, flexible from 2.
//
// Written by `npm run kafka-messages` from Apache Kafka's DescribeLogDirsRequest.json (Apache License 2.0). Not to be edited.

import { type Reader, readInt32 } from '../wire/reader.ts';
import { type Writer, writeInt32 } from '../wire/writer.ts';

export type DescribeLogDirsRequest = {
  /** Each topic that we want to describe log directories for, or null for all topics. */
  readonly topics: readonly DescribableLogDirTopic[] | null;
};

export type DescribableLogDirTopic = {
  /** The topic name. */
  readonly topic: string;
  /** The partition indexes. */
  readonly partitions: readonly number[];
};

export function decodeDescribeLogDirsRequest(reader: Reader, version: number): DescribeLogDirsRequest {
  const flexible = version >= 2;
  const topics = reader.nullableArray(flexible, decodeDescribableLogDirTopic, version);
  if (flexible) reader.skipTaggedFields();
  return { topics };
}

function decodeDescribableLogDirTopic(reader: Reader, version: number): DescribableLogDirTopic {
  const flexible = version >= 2;
  const topic = reader.string(flexible);
  const partitions = reader.array(flexible, readInt32, version);
  if (flexible) reader.skipTaggedFields();
  return { topic, partitions };
}

export function encodeDescribeLogDirsRequest(
  writer: Writer,
  message: DescribeLogDirsRequest,
  version: number,
): void {
  const flexible = version >= 2;
  writer.nullableArray(flexible, message.topics, encodeDescribableLogDirTopic, version);
  if (flexible) writer.noTaggedFields();
}

function encodeDescribableLogDirTopic(
  writer: Writer,
  message: DescribableLogDirTopic,
  version: number,
): void {
  const flexible = version >= 2;
  writer.string(flexible, message.topic);
  writer.array(flexible, message.partitions, writeInt32, version);
  if (flexible) writer.noTaggedFields();
}
