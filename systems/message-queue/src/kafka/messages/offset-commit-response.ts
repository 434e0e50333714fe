// OffsetCommitResponse, versions 2 to 10, flexible from 8.
//
// Written by `npm run kafka-messages` from Apache Kafka's OffsetCommitResponse.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import { type Uuid, zeroUuid } from '../wire/values.ts';
import type { Writer } from '../wire/writer.ts';

export type OffsetCommitResponse = {
  /** The duration in milliseconds for which the request was throttled due to a quota violation, or zero if the request did not violate any quota. */
  readonly throttleTimeMs?: number | undefined;
  /** The responses for each topic. */
  readonly topics: readonly OffsetCommitResponseTopic[];
};

export type OffsetCommitResponseTopic = {
  /** The topic name. */
  readonly name?: string | undefined;
  /** The topic ID. */
  readonly topicId?: Uuid | undefined;
  /** The responses for each partition in the topic. */
  readonly partitions: readonly OffsetCommitResponsePartition[];
};

export type OffsetCommitResponsePartition = {
  /** The partition index. */
  readonly partitionIndex: number;
  /** The error code, or 0 if there was no error. */
  readonly errorCode: number;
};

export function decodeOffsetCommitResponse(reader: Reader, version: number): OffsetCommitResponse {
  const flexible = version >= 8;
  let throttleTimeMs: OffsetCommitResponse['throttleTimeMs'] = 0;
  if (version >= 3) throttleTimeMs = reader.int32();
  const topics = reader.array(flexible, decodeOffsetCommitResponseTopic, version);
  if (flexible) reader.skipTaggedFields();
  return { throttleTimeMs, topics };
}

function decodeOffsetCommitResponseTopic(reader: Reader, version: number): OffsetCommitResponseTopic {
  const flexible = version >= 8;
  let name: OffsetCommitResponseTopic['name'] = '';
  if (version <= 9) name = reader.string(flexible);
  let topicId: OffsetCommitResponseTopic['topicId'] = zeroUuid;
  if (version >= 10) topicId = reader.uuid();
  const partitions = reader.array(flexible, decodeOffsetCommitResponsePartition, version);
  if (flexible) reader.skipTaggedFields();
  return { name, topicId, partitions };
}

function decodeOffsetCommitResponsePartition(reader: Reader, version: number): OffsetCommitResponsePartition {
  const flexible = version >= 8;
  const partitionIndex = reader.int32();
  const errorCode = reader.int16();
  if (flexible) reader.skipTaggedFields();
  return { partitionIndex, errorCode };
}

export function encodeOffsetCommitResponse(
  writer: Writer,
  message: OffsetCommitResponse,
  version: number,
): void {
  const flexible = version >= 8;
  if (version >= 3) writer.int32(message.throttleTimeMs ?? 0);
  writer.array(flexible, message.topics, encodeOffsetCommitResponseTopic, version);
  if (flexible) writer.noTaggedFields();
}

function encodeOffsetCommitResponseTopic(
  writer: Writer,
  message: OffsetCommitResponseTopic,
  version: number,
): void {
  const flexible = version >= 8;
  if (version <= 9) writer.string(flexible, message.name ?? '');
  if (version >= 10) writer.uuid(message.topicId ?? zeroUuid);
  writer.array(flexible, message.partitions, encodeOffsetCommitResponsePartition, version);
  if (flexible) writer.noTaggedFields();
}

function encodeOffsetCommitResponsePartition(
  writer: Writer,
  message: OffsetCommitResponsePartition,
  version: number,
): void {
  const flexible = version >= 8;
  writer.int32(message.partitionIndex);
  writer.int16(message.errorCode);
  if (flexible) writer.noTaggedFields();
}
