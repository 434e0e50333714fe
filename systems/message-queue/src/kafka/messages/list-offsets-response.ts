// ListOffsetsResponse, versions 1 to 11, flexible from 6.
//
// Written by `npm run kafka-messages` from Apache Kafka's ListOffsetsResponse.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

export type ListOffsetsResponse = {
  /** The duration in milliseconds for which the request was throttled due to a quota violation, or zero if the request did not violate any quota. */
  readonly throttleTimeMs?: number | undefined;
  /** Each topic in the response. */
  readonly topics: readonly ListOffsetsTopicResponse[];
};

export type ListOffsetsTopicResponse = {
  /** The topic name. */
  readonly name: string;
  /** Each partition in the response. */
  readonly partitions: readonly ListOffsetsPartitionResponse[];
};

export type ListOffsetsPartitionResponse = {
  /** The partition index. */
  readonly partitionIndex: number;
  /** The partition error code, or 0 if there was no error. */
  readonly errorCode: number;
  /** The timestamp associated with the returned offset. */
  readonly timestamp?: number | undefined;
  /** The returned offset. */
  readonly offset?: number | undefined;
  /** The leader epoch associated with the returned offset. */
  readonly leaderEpoch?: number | undefined;
};

export function decodeListOffsetsResponse(reader: Reader, version: number): ListOffsetsResponse {
  const flexible = version >= 6;
  let throttleTimeMs: ListOffsetsResponse['throttleTimeMs'] = 0;
  if (version >= 2) throttleTimeMs = reader.int32();
  const topics = reader.array(flexible, decodeListOffsetsTopicResponse, version);
  if (flexible) reader.skipTaggedFields();
  return { throttleTimeMs, topics };
}

function decodeListOffsetsTopicResponse(reader: Reader, version: number): ListOffsetsTopicResponse {
  const flexible = version >= 6;
  const name = reader.string(flexible);
  const partitions = reader.array(flexible, decodeListOffsetsPartitionResponse, version);
  if (flexible) reader.skipTaggedFields();
  return { name, partitions };
}

function decodeListOffsetsPartitionResponse(reader: Reader, version: number): ListOffsetsPartitionResponse {
  const flexible = version >= 6;
  const partitionIndex = reader.int32();
  const errorCode = reader.int16();
  const timestamp = reader.int64();
  const offset = reader.int64();
  let leaderEpoch: ListOffsetsPartitionResponse['leaderEpoch'] = -1;
  if (version >= 4) leaderEpoch = reader.int32();
  if (flexible) reader.skipTaggedFields();
  return { partitionIndex, errorCode, timestamp, offset, leaderEpoch };
}

export function encodeListOffsetsResponse(
  writer: Writer,
  message: ListOffsetsResponse,
  version: number,
): void {
  const flexible = version >= 6;
  if (version >= 2) writer.int32(message.throttleTimeMs ?? 0);
  writer.array(flexible, message.topics, encodeListOffsetsTopicResponse, version);
  if (flexible) writer.noTaggedFields();
}

function encodeListOffsetsTopicResponse(
  writer: Writer,
  message: ListOffsetsTopicResponse,
  version: number,
): void {
  const flexible = version >= 6;
  writer.string(flexible, message.name);
  writer.array(flexible, message.partitions, encodeListOffsetsPartitionResponse, version);
  if (flexible) writer.noTaggedFields();
}

function encodeListOffsetsPartitionResponse(
  writer: Writer,
  message: ListOffsetsPartitionResponse,
  version: number,
): void {
  const flexible = version >= 6;
  writer.int32(message.partitionIndex);
  writer.int16(message.errorCode);
  writer.int64(message.timestamp ?? -1);
  writer.int64(message.offset ?? -1);
  if (version >= 4) writer.int32(message.leaderEpoch ?? -1);
  if (!(version >= 4) && (message.leaderEpoch ?? -1) !== -1)
    writer.refuse('ListOffsetsPartitionResponse.leaderEpoch', version);
  if (flexible) writer.noTaggedFields();
}
