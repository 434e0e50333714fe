// OffsetCommitRequest, versions 2 to 10, flexible from 8.
//
// Written by `npm run kafka-messages` from Apache Kafka's OffsetCommitRequest.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import { type Uuid, zeroUuid } from '../wire/values.ts';
import type { Writer } from '../wire/writer.ts';

export type OffsetCommitRequest = {
  /** The unique group identifier. */
  readonly groupId: string;
  /** The generation of the group if using the classic group protocol or the member epoch if using the consumer protocol. */
  readonly generationIdOrMemberEpoch: number;
  /** The member ID assigned by the group coordinator. */
  readonly memberId: string;
  /** The unique identifier of the consumer instance provided by end user. */
  readonly groupInstanceId: string | null;
  /** The time period in ms to retain the offset. */
  readonly retentionTimeMs: number;
  /** The topics to commit offsets for. */
  readonly topics: readonly OffsetCommitRequestTopic[];
};

export type OffsetCommitRequestTopic = {
  /** The topic name. */
  readonly name: string;
  /** The topic ID. */
  readonly topicId: Uuid;
  /** Each partition to commit offsets for. */
  readonly partitions: readonly OffsetCommitRequestPartition[];
};

export type OffsetCommitRequestPartition = {
  /** The partition index. */
  readonly partitionIndex: number;
  /** The message offset to be committed. */
  readonly committedOffset: number;
  /** The leader epoch of this partition. */
  readonly committedLeaderEpoch: number;
  /** Any associated metadata the client wants to keep. */
  readonly committedMetadata: string | null;
};

export function decodeOffsetCommitRequest(reader: Reader, version: number): OffsetCommitRequest {
  const flexible = version >= 8;
  const groupId = reader.string(flexible);
  const generationIdOrMemberEpoch = reader.int32();
  const memberId = reader.string(flexible);
  let groupInstanceId: OffsetCommitRequest['groupInstanceId'] = null;
  if (version >= 7) groupInstanceId = reader.nullableString(flexible);
  let retentionTimeMs: OffsetCommitRequest['retentionTimeMs'] = -1;
  if (version <= 4) retentionTimeMs = reader.int64();
  const topics = reader.array(flexible, decodeOffsetCommitRequestTopic, version);
  if (flexible) reader.skipTaggedFields();
  return { groupId, generationIdOrMemberEpoch, memberId, groupInstanceId, retentionTimeMs, topics };
}

function decodeOffsetCommitRequestTopic(reader: Reader, version: number): OffsetCommitRequestTopic {
  const flexible = version >= 8;
  let name: OffsetCommitRequestTopic['name'] = '';
  if (version <= 9) name = reader.string(flexible);
  let topicId: OffsetCommitRequestTopic['topicId'] = zeroUuid;
  if (version >= 10) topicId = reader.uuid();
  const partitions = reader.array(flexible, decodeOffsetCommitRequestPartition, version);
  if (flexible) reader.skipTaggedFields();
  return { name, topicId, partitions };
}

function decodeOffsetCommitRequestPartition(reader: Reader, version: number): OffsetCommitRequestPartition {
  const flexible = version >= 8;
  const partitionIndex = reader.int32();
  const committedOffset = reader.int64();
  let committedLeaderEpoch: OffsetCommitRequestPartition['committedLeaderEpoch'] = -1;
  if (version >= 6) committedLeaderEpoch = reader.int32();
  const committedMetadata = reader.nullableString(flexible);
  if (flexible) reader.skipTaggedFields();
  return { partitionIndex, committedOffset, committedLeaderEpoch, committedMetadata };
}

export function encodeOffsetCommitRequest(
  writer: Writer,
  message: OffsetCommitRequest,
  version: number,
): void {
  const flexible = version >= 8;
  writer.string(flexible, message.groupId);
  writer.int32(message.generationIdOrMemberEpoch);
  writer.string(flexible, message.memberId);
  if (version >= 7) writer.nullableString(flexible, message.groupInstanceId);
  if (!(version >= 7) && (message.groupInstanceId ?? null) !== null)
    writer.refuse('OffsetCommitRequest.groupInstanceId', version);
  if (version <= 4) writer.int64(message.retentionTimeMs);
  writer.array(flexible, message.topics, encodeOffsetCommitRequestTopic, version);
  if (flexible) writer.noTaggedFields();
}

function encodeOffsetCommitRequestTopic(
  writer: Writer,
  message: OffsetCommitRequestTopic,
  version: number,
): void {
  const flexible = version >= 8;
  if (version <= 9) writer.string(flexible, message.name);
  if (version >= 10) writer.uuid(message.topicId);
  writer.array(flexible, message.partitions, encodeOffsetCommitRequestPartition, version);
  if (flexible) writer.noTaggedFields();
}

function encodeOffsetCommitRequestPartition(
  writer: Writer,
  message: OffsetCommitRequestPartition,
  version: number,
): void {
  const flexible = version >= 8;
  writer.int32(message.partitionIndex);
  writer.int64(message.committedOffset);
  if (version >= 6) writer.int32(message.committedLeaderEpoch);
  writer.nullableString(flexible, message.committedMetadata);
  if (flexible) writer.noTaggedFields();
}
