// OffsetForLeaderEpochResponse, versions 2 to 4, flexible from 4.
//
// Written by `npm run kafka-messages` from Apache Kafka's OffsetForLeaderEpochResponse.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

export type OffsetForLeaderEpochResponse = {
  /** The duration in milliseconds for which the request was throttled due to a quota violation, or zero if the request did not violate any quota. */
  readonly throttleTimeMs: number;
  /** Each topic we fetched offsets for. */
  readonly topics: readonly OffsetForLeaderTopicResult[];
};

export type OffsetForLeaderTopicResult = {
  /** The topic name. */
  readonly topic: string;
  /** Each partition in the topic we fetched offsets for. */
  readonly partitions: readonly EpochEndOffset[];
};

export type EpochEndOffset = {
  /** The error code 0, or if there was no error. */
  readonly errorCode: number;
  /** The partition index. */
  readonly partition: number;
  /** The leader epoch of the partition. */
  readonly leaderEpoch?: number | undefined;
  /** The end offset of the epoch. */
  readonly endOffset?: number | undefined;
};

export function decodeOffsetForLeaderEpochResponse(
  reader: Reader,
  version: number,
): OffsetForLeaderEpochResponse {
  const flexible = version >= 4;
  const throttleTimeMs = reader.int32();
  const topics = reader.array(flexible, decodeOffsetForLeaderTopicResult, version);
  if (flexible) reader.skipTaggedFields();
  return { throttleTimeMs, topics };
}

function decodeOffsetForLeaderTopicResult(reader: Reader, version: number): OffsetForLeaderTopicResult {
  const flexible = version >= 4;
  const topic = reader.string(flexible);
  const partitions = reader.array(flexible, decodeEpochEndOffset, version);
  if (flexible) reader.skipTaggedFields();
  return { topic, partitions };
}

function decodeEpochEndOffset(reader: Reader, version: number): EpochEndOffset {
  const flexible = version >= 4;
  const errorCode = reader.int16();
  const partition = reader.int32();
  const leaderEpoch = reader.int32();
  const endOffset = reader.int64();
  if (flexible) reader.skipTaggedFields();
  return { errorCode, partition, leaderEpoch, endOffset };
}

export function encodeOffsetForLeaderEpochResponse(
  writer: Writer,
  message: OffsetForLeaderEpochResponse,
  version: number,
): void {
  const flexible = version >= 4;
  writer.int32(message.throttleTimeMs);
  writer.array(flexible, message.topics, encodeOffsetForLeaderTopicResult, version);
  if (flexible) writer.noTaggedFields();
}

function encodeOffsetForLeaderTopicResult(
  writer: Writer,
  message: OffsetForLeaderTopicResult,
  version: number,
): void {
  const flexible = version >= 4;
  writer.string(flexible, message.topic);
  writer.array(flexible, message.partitions, encodeEpochEndOffset, version);
  if (flexible) writer.noTaggedFields();
}

function encodeEpochEndOffset(writer: Writer, message: EpochEndOffset, version: number): void {
  const flexible = version >= 4;
  writer.int16(message.errorCode);
  writer.int32(message.partition);
  writer.int32(message.leaderEpoch ?? -1);
  writer.int64(message.endOffset ?? -1);
  if (flexible) writer.noTaggedFields();
}
