// OffsetForLeaderEpochRequest, versions 2 to 4, flexible from 4.
//
// Written by `npm run kafka-messages` from Apache Kafka's OffsetForLeaderEpochRequest.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

export type OffsetForLeaderEpochRequest = {
  /** The broker ID of the follower, of -1 if this request is from a consumer. */
  readonly replicaId: number;
  /** Each topic to get offsets for. */
  readonly topics: readonly OffsetForLeaderTopic[];
};

export type OffsetForLeaderTopic = {
  /** The topic name. */
  readonly topic: string;
  /** Each partition to get offsets for. */
  readonly partitions: readonly OffsetForLeaderPartition[];
};

export type OffsetForLeaderPartition = {
  /** The partition index. */
  readonly partition: number;
  /** An epoch used to fence consumers/replicas with old metadata. If the epoch provided by the client is larger than the current epoch known to the broker, then the UNKNOWN_LEADER_EPOCH error code will be returned. If the provided epoch is smaller, then the FENCED_LEADER_EPOCH error code will be returned. */
  readonly currentLeaderEpoch: number;
  /** The epoch to look up an offset for. */
  readonly leaderEpoch: number;
};

export function decodeOffsetForLeaderEpochRequest(
  reader: Reader,
  version: number,
): OffsetForLeaderEpochRequest {
  const flexible = version >= 4;
  let replicaId: OffsetForLeaderEpochRequest['replicaId'] = -2;
  if (version >= 3) replicaId = reader.int32();
  const topics = reader.array(flexible, decodeOffsetForLeaderTopic, version);
  if (flexible) reader.skipTaggedFields();
  return { replicaId, topics };
}

function decodeOffsetForLeaderTopic(reader: Reader, version: number): OffsetForLeaderTopic {
  const flexible = version >= 4;
  const topic = reader.string(flexible);
  const partitions = reader.array(flexible, decodeOffsetForLeaderPartition, version);
  if (flexible) reader.skipTaggedFields();
  return { topic, partitions };
}

function decodeOffsetForLeaderPartition(reader: Reader, version: number): OffsetForLeaderPartition {
  const flexible = version >= 4;
  const partition = reader.int32();
  const currentLeaderEpoch = reader.int32();
  const leaderEpoch = reader.int32();
  if (flexible) reader.skipTaggedFields();
  return { partition, currentLeaderEpoch, leaderEpoch };
}

export function encodeOffsetForLeaderEpochRequest(
  writer: Writer,
  message: OffsetForLeaderEpochRequest,
  version: number,
): void {
  const flexible = version >= 4;
  if (version >= 3) writer.int32(message.replicaId);
  writer.array(flexible, message.topics, encodeOffsetForLeaderTopic, version);
  if (flexible) writer.noTaggedFields();
}

function encodeOffsetForLeaderTopic(writer: Writer, message: OffsetForLeaderTopic, version: number): void {
  const flexible = version >= 4;
  writer.string(flexible, message.topic);
  writer.array(flexible, message.partitions, encodeOffsetForLeaderPartition, version);
  if (flexible) writer.noTaggedFields();
}

function encodeOffsetForLeaderPartition(
  writer: Writer,
  message: OffsetForLeaderPartition,
  version: number,
): void {
  const flexible = version >= 4;
  writer.int32(message.partition);
  writer.int32(message.currentLeaderEpoch);
  writer.int32(message.leaderEpoch);
  if (flexible) writer.noTaggedFields();
}
