// OffsetDeleteRequest, versions 0 to 0, none is flexible.
//
// Written by `npm run kafka-messages` from Apache Kafka's OffsetDeleteRequest.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

export type OffsetDeleteRequest = {
  /** The unique group identifier. */
  readonly groupId: string;
  /** The topics to delete offsets for. */
  readonly topics: readonly OffsetDeleteRequestTopic[];
};

export type OffsetDeleteRequestTopic = {
  /** The topic name. */
  readonly name: string;
  /** Each partition to delete offsets for. */
  readonly partitions: readonly OffsetDeleteRequestPartition[];
};

export type OffsetDeleteRequestPartition = {
  /** The partition index. */
  readonly partitionIndex: number;
};

export function decodeOffsetDeleteRequest(reader: Reader, version: number): OffsetDeleteRequest {
  const groupId = reader.string(false);
  const topics = reader.array(false, decodeOffsetDeleteRequestTopic, version);
  return { groupId, topics };
}

function decodeOffsetDeleteRequestTopic(reader: Reader, version: number): OffsetDeleteRequestTopic {
  const name = reader.string(false);
  const partitions = reader.array(false, decodeOffsetDeleteRequestPartition, version);
  return { name, partitions };
}

function decodeOffsetDeleteRequestPartition(reader: Reader, _version: number): OffsetDeleteRequestPartition {
  const partitionIndex = reader.int32();
  return { partitionIndex };
}

export function encodeOffsetDeleteRequest(
  writer: Writer,
  message: OffsetDeleteRequest,
  version: number,
): void {
  writer.string(false, message.groupId);
  writer.array(false, message.topics, encodeOffsetDeleteRequestTopic, version);
}

function encodeOffsetDeleteRequestTopic(
  writer: Writer,
  message: OffsetDeleteRequestTopic,
  version: number,
): void {
  writer.string(false, message.name);
  writer.array(false, message.partitions, encodeOffsetDeleteRequestPartition, version);
}

function encodeOffsetDeleteRequestPartition(
  writer: Writer,
  message: OffsetDeleteRequestPartition,
  _version: number,
): void {
  writer.int32(message.partitionIndex);
}
