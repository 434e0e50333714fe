// OffsetFetchResponse, versions 1 to 10, flexible from 6.
//
// Written by `npm run kafka-messages` from Apache Kafka's OffsetFetchResponse.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import { type Uuid, zeroUuid } from '../wire/values.ts';
import type { Writer } from '../wire/writer.ts';

export type OffsetFetchResponse = {
  /** The duration in milliseconds for which the request was throttled due to a quota violation, or zero if the request did not violate any quota. */
  readonly throttleTimeMs?: number | undefined;
  /** The responses per topic. */
  readonly topics?: readonly OffsetFetchResponseTopic[] | undefined;
  /** The top-level error code, or 0 if there was no error. */
  readonly errorCode?: number | undefined;
  /** The responses per group id. */
  readonly groups?: readonly OffsetFetchResponseGroup[] | undefined;
};

export type OffsetFetchResponseGroup = {
  /** The group ID. */
  readonly groupId: string;
  /** The responses per topic. */
  readonly topics: readonly OffsetFetchResponseTopics[];
  /** The group-level error code, or 0 if there was no error. */
  readonly errorCode?: number | undefined;
};

export type OffsetFetchResponseTopics = {
  /** The topic name. */
  readonly name?: string | undefined;
  /** The topic ID. */
  readonly topicId?: Uuid | undefined;
  /** The responses per partition. */
  readonly partitions: readonly OffsetFetchResponsePartitions[];
};

export type OffsetFetchResponsePartitions = {
  /** The partition index. */
  readonly partitionIndex: number;
  /** The committed message offset. */
  readonly committedOffset: number;
  /** The leader epoch. */
  readonly committedLeaderEpoch?: number | undefined;
  /** The partition metadata. */
  readonly metadata: string | null;
  /** The partition-level error code, or 0 if there was no error. */
  readonly errorCode: number;
};

export type OffsetFetchResponseTopic = {
  /** The topic name. */
  readonly name: string;
  /** The responses per partition. */
  readonly partitions: readonly OffsetFetchResponsePartition[];
};

export type OffsetFetchResponsePartition = {
  /** The partition index. */
  readonly partitionIndex: number;
  /** The committed message offset. */
  readonly committedOffset: number;
  /** The leader epoch. */
  readonly committedLeaderEpoch?: number | undefined;
  /** The partition metadata. */
  readonly metadata: string | null;
  /** The error code, or 0 if there was no error. */
  readonly errorCode: number;
};

export function decodeOffsetFetchResponse(reader: Reader, version: number): OffsetFetchResponse {
  const flexible = version >= 6;
  let throttleTimeMs: OffsetFetchResponse['throttleTimeMs'] = 0;
  if (version >= 3) throttleTimeMs = reader.int32();
  let topics: OffsetFetchResponse['topics'] = [];
  if (version <= 7) topics = reader.array(flexible, decodeOffsetFetchResponseTopic, version);
  let errorCode: OffsetFetchResponse['errorCode'] = 0;
  if (version >= 2 && version <= 7) errorCode = reader.int16();
  let groups: OffsetFetchResponse['groups'] = [];
  if (version >= 8) groups = reader.array(flexible, decodeOffsetFetchResponseGroup, version);
  if (flexible) reader.skipTaggedFields();
  return { throttleTimeMs, topics, errorCode, groups };
}

function decodeOffsetFetchResponseGroup(reader: Reader, version: number): OffsetFetchResponseGroup {
  const groupId = reader.string(true);
  const topics = reader.array(true, decodeOffsetFetchResponseTopics, version);
  const errorCode = reader.int16();
  reader.skipTaggedFields();
  return { groupId, topics, errorCode };
}

function decodeOffsetFetchResponseTopics(reader: Reader, version: number): OffsetFetchResponseTopics {
  let name: OffsetFetchResponseTopics['name'] = '';
  if (version <= 9) name = reader.string(true);
  let topicId: OffsetFetchResponseTopics['topicId'] = zeroUuid;
  if (version >= 10) topicId = reader.uuid();
  const partitions = reader.array(true, decodeOffsetFetchResponsePartitions, version);
  reader.skipTaggedFields();
  return { name, topicId, partitions };
}

function decodeOffsetFetchResponsePartitions(
  reader: Reader,
  _version: number,
): OffsetFetchResponsePartitions {
  const partitionIndex = reader.int32();
  const committedOffset = reader.int64();
  const committedLeaderEpoch = reader.int32();
  const metadata = reader.nullableString(true);
  const errorCode = reader.int16();
  reader.skipTaggedFields();
  return { partitionIndex, committedOffset, committedLeaderEpoch, metadata, errorCode };
}

function decodeOffsetFetchResponseTopic(reader: Reader, version: number): OffsetFetchResponseTopic {
  const flexible = version >= 6;
  const name = reader.string(flexible);
  const partitions = reader.array(flexible, decodeOffsetFetchResponsePartition, version);
  if (flexible) reader.skipTaggedFields();
  return { name, partitions };
}

function decodeOffsetFetchResponsePartition(reader: Reader, version: number): OffsetFetchResponsePartition {
  const flexible = version >= 6;
  const partitionIndex = reader.int32();
  const committedOffset = reader.int64();
  let committedLeaderEpoch: OffsetFetchResponsePartition['committedLeaderEpoch'] = -1;
  if (version >= 5) committedLeaderEpoch = reader.int32();
  const metadata = reader.nullableString(flexible);
  const errorCode = reader.int16();
  if (flexible) reader.skipTaggedFields();
  return { partitionIndex, committedOffset, committedLeaderEpoch, metadata, errorCode };
}

export function encodeOffsetFetchResponse(
  writer: Writer,
  message: OffsetFetchResponse,
  version: number,
): void {
  const flexible = version >= 6;
  if (version >= 3) writer.int32(message.throttleTimeMs ?? 0);
  if (version <= 7) writer.array(flexible, message.topics ?? [], encodeOffsetFetchResponseTopic, version);
  if (!(version <= 7) && (message.topics?.length ?? 0) > 0)
    writer.refuse('OffsetFetchResponse.topics', version);
  if (version >= 2 && version <= 7) writer.int16(message.errorCode ?? 0);
  if (version >= 8) writer.array(flexible, message.groups ?? [], encodeOffsetFetchResponseGroup, version);
  if (!(version >= 8) && (message.groups?.length ?? 0) > 0)
    writer.refuse('OffsetFetchResponse.groups', version);
  if (flexible) writer.noTaggedFields();
}

function encodeOffsetFetchResponseGroup(
  writer: Writer,
  message: OffsetFetchResponseGroup,
  version: number,
): void {
  writer.string(true, message.groupId);
  writer.array(true, message.topics, encodeOffsetFetchResponseTopics, version);
  writer.int16(message.errorCode ?? 0);
  writer.noTaggedFields();
}

function encodeOffsetFetchResponseTopics(
  writer: Writer,
  message: OffsetFetchResponseTopics,
  version: number,
): void {
  if (version <= 9) writer.string(true, message.name ?? '');
  if (version >= 10) writer.uuid(message.topicId ?? zeroUuid);
  writer.array(true, message.partitions, encodeOffsetFetchResponsePartitions, version);
  writer.noTaggedFields();
}

function encodeOffsetFetchResponsePartitions(
  writer: Writer,
  message: OffsetFetchResponsePartitions,
  _version: number,
): void {
  writer.int32(message.partitionIndex);
  writer.int64(message.committedOffset);
  writer.int32(message.committedLeaderEpoch ?? -1);
  writer.nullableString(true, message.metadata);
  writer.int16(message.errorCode);
  writer.noTaggedFields();
}

function encodeOffsetFetchResponseTopic(
  writer: Writer,
  message: OffsetFetchResponseTopic,
  version: number,
): void {
  const flexible = version >= 6;
  writer.string(flexible, message.name);
  writer.array(flexible, message.partitions, encodeOffsetFetchResponsePartition, version);
  if (flexible) writer.noTaggedFields();
}

function encodeOffsetFetchResponsePartition(
  writer: Writer,
  message: OffsetFetchResponsePartition,
  version: number,
): void {
  const flexible = version >= 6;
  writer.int32(message.partitionIndex);
  writer.int64(message.committedOffset);
  if (version >= 5) writer.int32(message.committedLeaderEpoch ?? -1);
  writer.nullableString(flexible, message.metadata);
  writer.int16(message.errorCode);
  if (flexible) writer.noTaggedFields();
}
