// DeleteRecordsResponse, versions 0 to 2, flexible from 2.
//
// Written by `npm run kafka-messages` from Apache Kafka's DeleteRecordsResponse.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

export type DeleteRecordsResponse = {
  /** The duration in milliseconds for which the request was throttled due to a quota violation, or zero if the request did not violate any quota. */
  readonly throttleTimeMs: number;
  /** Each topic that we wanted to delete records from. */
  readonly topics: readonly DeleteRecordsTopicResult[];
};

export type DeleteRecordsTopicResult = {
  /** The topic name. */
  readonly name: string;
  /** Each partition that we wanted to delete records from. */
  readonly partitions: readonly DeleteRecordsPartitionResult[];
};

export type DeleteRecordsPartitionResult = {
  /** The partition index. */
  readonly partitionIndex: number;
  /** The partition low water mark. */
  readonly lowWatermark: number;
  /** The deletion error code, or 0 if the deletion succeeded. */
  readonly errorCode: number;
};

export function decodeDeleteRecordsResponse(reader: Reader, version: number): DeleteRecordsResponse {
  const flexible = version >= 2;
  const throttleTimeMs = reader.int32();
  const topics = reader.array(flexible, decodeDeleteRecordsTopicResult, version);
  if (flexible) reader.skipTaggedFields();
  return { throttleTimeMs, topics };
}

function decodeDeleteRecordsTopicResult(reader: Reader, version: number): DeleteRecordsTopicResult {
  const flexible = version >= 2;
  const name = reader.string(flexible);
  const partitions = reader.array(flexible, decodeDeleteRecordsPartitionResult, version);
  if (flexible) reader.skipTaggedFields();
  return { name, partitions };
}

function decodeDeleteRecordsPartitionResult(reader: Reader, version: number): DeleteRecordsPartitionResult {
  const flexible = version >= 2;
  const partitionIndex = reader.int32();
  const lowWatermark = reader.int64();
  const errorCode = reader.int16();
  if (flexible) reader.skipTaggedFields();
  return { partitionIndex, lowWatermark, errorCode };
}

export function encodeDeleteRecordsResponse(
  writer: Writer,
  message: DeleteRecordsResponse,
  version: number,
): void {
  const flexible = version >= 2;
  writer.int32(message.throttleTimeMs);
  writer.array(flexible, message.topics, encodeDeleteRecordsTopicResult, version);
  if (flexible) writer.noTaggedFields();
}

function encodeDeleteRecordsTopicResult(
  writer: Writer,
  message: DeleteRecordsTopicResult,
  version: number,
): void {
  const flexible = version >= 2;
  writer.string(flexible, message.name);
  writer.array(flexible, message.partitions, encodeDeleteRecordsPartitionResult, version);
  if (flexible) writer.noTaggedFields();
}

function encodeDeleteRecordsPartitionResult(
  writer: Writer,
  message: DeleteRecordsPartitionResult,
  version: number,
): void {
  const flexible = version >= 2;
  writer.int32(message.partitionIndex);
  writer.int64(message.lowWatermark);
  writer.int16(message.errorCode);
  if (flexible) writer.noTaggedFields();
}
