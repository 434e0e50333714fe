// OffsetDeleteResponse, versions 0 to 0, none is flexible.
//
// Written by `npm run kafka-messages` from Apache Kafka's OffsetDeleteResponse.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

export type OffsetDeleteResponse = {
  /** The top-level error code, or 0 if there was no error. */
  readonly errorCode: number;
  /** The duration in milliseconds for which the request was throttled due to a quota violation, or zero if the request did not violate any quota. */
  readonly throttleTimeMs: number;
  /** The responses for each topic. */
  readonly topics: readonly OffsetDeleteResponseTopic[];
};

export type OffsetDeleteResponseTopic = {
  /** The topic name. */
  readonly name: string;
  /** The responses for each partition in the topic. */
  readonly partitions: readonly OffsetDeleteResponsePartition[];
};

export type OffsetDeleteResponsePartition = {
  /** The partition index. */
  readonly partitionIndex: number;
  /** The error code, or 0 if there was no error. */
  readonly errorCode: number;
};

export function decodeOffsetDeleteResponse(reader: Reader, version: number): OffsetDeleteResponse {
  const errorCode = reader.int16();
  const throttleTimeMs = reader.int32();
  const topics = reader.array(false, decodeOffsetDeleteResponseTopic, version);
  return { errorCode, throttleTimeMs, topics };
}

function decodeOffsetDeleteResponseTopic(reader: Reader, version: number): OffsetDeleteResponseTopic {
  const name = reader.string(false);
  const partitions = reader.array(false, decodeOffsetDeleteResponsePartition, version);
  return { name, partitions };
}

function decodeOffsetDeleteResponsePartition(
  reader: Reader,
  _version: number,
): OffsetDeleteResponsePartition {
  const partitionIndex = reader.int32();
  const errorCode = reader.int16();
  return { partitionIndex, errorCode };
}

export function encodeOffsetDeleteResponse(
  writer: Writer,
  message: OffsetDeleteResponse,
  version: number,
): void {
  writer.int16(message.errorCode);
  writer.int32(message.throttleTimeMs);
  writer.array(false, message.topics, encodeOffsetDeleteResponseTopic, version);
}

function encodeOffsetDeleteResponseTopic(
  writer: Writer,
  message: OffsetDeleteResponseTopic,
  version: number,
): void {
  writer.string(false, message.name);
  writer.array(false, message.partitions, encodeOffsetDeleteResponsePartition, version);
}

function encodeOffsetDeleteResponsePartition(
  writer: Writer,
  message: OffsetDeleteResponsePartition,
  _version: number,
): void {
  writer.int32(message.partitionIndex);
  writer.int16(message.errorCode);
}
