// DescribeTopicPartitionsResponse, versions 0 to 0, flexible from 0.
//
// Written by `npm run kafka-messages` from Apache Kafka's DescribeTopicPartitionsResponse.json (Apache License 2.0). Not to be edited.

import { type Reader, readInt32 } from '../wire/reader.ts';
import type { Uuid } from '../wire/values.ts';
import { type Writer, writeInt32 } from '../wire/writer.ts';

export type DescribeTopicPartitionsResponse = {
  /** The duration in milliseconds for which the request was throttled due to a quota violation, or zero if the request did not violate any quota. */
  readonly throttleTimeMs: number;
  /** Each topic in the response. */
  readonly topics: readonly DescribeTopicPartitionsResponseTopic[];
  /** The next topic and partition index to fetch details for. */
  readonly nextCursor?: Cursor | null | undefined;
};

export type Cursor = {
  /** The name for the first topic to process. */
  readonly topicName: string;
  /** The partition index to start with. */
  readonly partitionIndex: number;
};

export type DescribeTopicPartitionsResponseTopic = {
  /** The topic error, or 0 if there was no error. */
  readonly errorCode: number;
  /** The topic name. */
  readonly name: string | null;
  /** The topic id. */
  readonly topicId: Uuid;
  /** True if the topic is internal. */
  readonly isInternal?: boolean | undefined;
  /** Each partition in the topic. */
  readonly partitions: readonly DescribeTopicPartitionsResponsePartition[];
  /** 32-bit bitfield to represent authorized operations for this topic. */
  readonly topicAuthorizedOperations?: number | undefined;
};

export type DescribeTopicPartitionsResponsePartition = {
  /** The partition error, or 0 if there was no error. */
  readonly errorCode: number;
  /** The partition index. */
  readonly partitionIndex: number;
  /** The ID of the leader broker. */
  readonly leaderId: number;
  /** The leader epoch of this partition. */
  readonly leaderEpoch?: number | undefined;
  /** The set of all nodes that host this partition. */
  readonly replicaNodes: readonly number[];
  /** The set of nodes that are in sync with the leader for this partition. */
  readonly isrNodes: readonly number[];
  /** The new eligible leader replicas otherwise. */
  readonly eligibleLeaderReplicas?: readonly number[] | null | undefined;
  /** The last known ELR. */
  readonly lastKnownElr?: readonly number[] | null | undefined;
  /** The set of offline replicas of this partition. */
  readonly offlineReplicas: readonly number[];
};

export function decodeDescribeTopicPartitionsResponse(
  reader: Reader,
  version: number,
): DescribeTopicPartitionsResponse {
  const throttleTimeMs = reader.int32();
  const topics = reader.array(true, decodeDescribeTopicPartitionsResponseTopic, version);
  const nextCursor = reader.nullableStruct(decodeCursor, version);
  reader.skipTaggedFields();
  return { throttleTimeMs, topics, nextCursor };
}

function decodeCursor(reader: Reader, _version: number): Cursor {
  const topicName = reader.string(true);
  const partitionIndex = reader.int32();
  reader.skipTaggedFields();
  return { topicName, partitionIndex };
}

function decodeDescribeTopicPartitionsResponseTopic(
  reader: Reader,
  version: number,
): DescribeTopicPartitionsResponseTopic {
  const errorCode = reader.int16();
  const name = reader.nullableString(true);
  const topicId = reader.uuid();
  const isInternal = reader.bool();
  const partitions = reader.array(true, decodeDescribeTopicPartitionsResponsePartition, version);
  const topicAuthorizedOperations = reader.int32();
  reader.skipTaggedFields();
  return { errorCode, name, topicId, isInternal, partitions, topicAuthorizedOperations };
}

function decodeDescribeTopicPartitionsResponsePartition(
  reader: Reader,
  version: number,
): DescribeTopicPartitionsResponsePartition {
  const errorCode = reader.int16();
  const partitionIndex = reader.int32();
  const leaderId = reader.int32();
  const leaderEpoch = reader.int32();
  const replicaNodes = reader.array(true, readInt32, version);
  const isrNodes = reader.array(true, readInt32, version);
  const eligibleLeaderReplicas = reader.nullableArray(true, readInt32, version);
  const lastKnownElr = reader.nullableArray(true, readInt32, version);
  const offlineReplicas = reader.array(true, readInt32, version);
  reader.skipTaggedFields();
  return {
    errorCode,
    partitionIndex,
    leaderId,
    leaderEpoch,
    replicaNodes,
    isrNodes,
    eligibleLeaderReplicas,
    lastKnownElr,
    offlineReplicas,
  };
}

export function encodeDescribeTopicPartitionsResponse(
  writer: Writer,
  message: DescribeTopicPartitionsResponse,
  version: number,
): void {
  writer.int32(message.throttleTimeMs);
  writer.array(true, message.topics, encodeDescribeTopicPartitionsResponseTopic, version);
  writer.nullableStruct(message.nextCursor ?? null, encodeCursor, version);
  writer.noTaggedFields();
}

function encodeCursor(writer: Writer, message: Cursor, _version: number): void {
  writer.string(true, message.topicName);
  writer.int32(message.partitionIndex);
  writer.noTaggedFields();
}

function encodeDescribeTopicPartitionsResponseTopic(
  writer: Writer,
  message: DescribeTopicPartitionsResponseTopic,
  version: number,
): void {
  writer.int16(message.errorCode);
  writer.nullableString(true, message.name);
  writer.uuid(message.topicId);
  writer.bool(message.isInternal ?? false);
  writer.array(true, message.partitions, encodeDescribeTopicPartitionsResponsePartition, version);
  writer.int32(message.topicAuthorizedOperations ?? -2147483648);
  writer.noTaggedFields();
}

function encodeDescribeTopicPartitionsResponsePartition(
  writer: Writer,
  message: DescribeTopicPartitionsResponsePartition,
  version: number,
): void {
  writer.int16(message.errorCode);
  writer.int32(message.partitionIndex);
  writer.int32(message.leaderId);
  writer.int32(message.leaderEpoch ?? -1);
  writer.array(true, message.replicaNodes, writeInt32, version);
  writer.array(true, message.isrNodes, writeInt32, version);
  writer.nullableArray(true, message.eligibleLeaderReplicas ?? null, writeInt32, version);
  writer.nullableArray(true, message.lastKnownElr ?? null, writeInt32, version);
  writer.array(true, message.offlineReplicas, writeInt32, version);
  writer.noTaggedFields();
}
