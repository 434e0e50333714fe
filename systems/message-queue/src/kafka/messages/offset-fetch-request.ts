// OffsetFetchRequest, versions 1 to 10, flexible from 6.
//
// Written by `npm run kafka-messages` from Apache Kafka's OffsetFetchRequest.json (Apache License 2.0). Not to be edited.

import { type Reader, readInt32 } from '../wire/reader.ts';
import { type Uuid, zeroUuid } from '../wire/values.ts';
import { type Writer, writeInt32 } from '../wire/writer.ts';

export type OffsetFetchRequest = {
  /** The group to fetch offsets for. */
  readonly groupId: string;
  /** Each topic we would like to fetch offsets for, or null to fetch offsets for all topics. */
  readonly topics: readonly OffsetFetchRequestTopic[] | null;
  /** Each group we would like to fetch offsets for. */
  readonly groups: readonly OffsetFetchRequestGroup[];
  /** Whether broker should hold on returning unstable offsets but set a retriable error code for the partitions. */
  readonly requireStable: boolean;
};

export type OffsetFetchRequestGroup = {
  /** The group ID. */
  readonly groupId: string;
  /** The member id. */
  readonly memberId: string | null;
  /** The member epoch if using the new consumer protocol (KIP-848). */
  readonly memberEpoch: number;
  /** Each topic we would like to fetch offsets for, or null to fetch offsets for all topics. */
  readonly topics: readonly OffsetFetchRequestTopics[] | null;
};

export type OffsetFetchRequestTopics = {
  /** The topic name. */
  readonly name: string;
  /** The topic ID. */
  readonly topicId: Uuid;
  /** The partition indexes we would like to fetch offsets for. */
  readonly partitionIndexes: readonly number[];
};

export type OffsetFetchRequestTopic = {
  /** The topic name. */
  readonly name: string;
  /** The partition indexes we would like to fetch offsets for. */
  readonly partitionIndexes: readonly number[];
};

export function decodeOffsetFetchRequest(reader: Reader, version: number): OffsetFetchRequest {
  const flexible = version >= 6;
  let groupId: OffsetFetchRequest['groupId'] = '';
  if (version <= 7) groupId = reader.string(flexible);
  let topics: OffsetFetchRequest['topics'] = [];
  if (version <= 7)
    topics =
      version >= 2
        ? reader.nullableArray(flexible, decodeOffsetFetchRequestTopic, version)
        : reader.array(flexible, decodeOffsetFetchRequestTopic, version);
  let groups: OffsetFetchRequest['groups'] = [];
  if (version >= 8) groups = reader.array(flexible, decodeOffsetFetchRequestGroup, version);
  let requireStable: OffsetFetchRequest['requireStable'] = false;
  if (version >= 7) requireStable = reader.bool();
  if (flexible) reader.skipTaggedFields();
  return { groupId, topics, groups, requireStable };
}

function decodeOffsetFetchRequestGroup(reader: Reader, version: number): OffsetFetchRequestGroup {
  const groupId = reader.string(true);
  let memberId: OffsetFetchRequestGroup['memberId'] = null;
  if (version >= 9) memberId = reader.nullableString(true);
  let memberEpoch: OffsetFetchRequestGroup['memberEpoch'] = -1;
  if (version >= 9) memberEpoch = reader.int32();
  const topics = reader.nullableArray(true, decodeOffsetFetchRequestTopics, version);
  reader.skipTaggedFields();
  return { groupId, memberId, memberEpoch, topics };
}

function decodeOffsetFetchRequestTopics(reader: Reader, version: number): OffsetFetchRequestTopics {
  let name: OffsetFetchRequestTopics['name'] = '';
  if (version <= 9) name = reader.string(true);
  let topicId: OffsetFetchRequestTopics['topicId'] = zeroUuid;
  if (version >= 10) topicId = reader.uuid();
  const partitionIndexes = reader.array(true, readInt32, version);
  reader.skipTaggedFields();
  return { name, topicId, partitionIndexes };
}

function decodeOffsetFetchRequestTopic(reader: Reader, version: number): OffsetFetchRequestTopic {
  const flexible = version >= 6;
  const name = reader.string(flexible);
  const partitionIndexes = reader.array(flexible, readInt32, version);
  if (flexible) reader.skipTaggedFields();
  return { name, partitionIndexes };
}

export function encodeOffsetFetchRequest(writer: Writer, message: OffsetFetchRequest, version: number): void {
  const flexible = version >= 6;
  if (version <= 7) writer.string(flexible, message.groupId);
  if (!(version <= 7) && (message.groupId ?? '') !== '') writer.refuse('OffsetFetchRequest.groupId', version);
  if (version <= 7) {
    if (message.topics === null && !(version >= 2)) writer.refuse('OffsetFetchRequest.topics', version);
    writer.nullableArray(flexible, message.topics, encodeOffsetFetchRequestTopic, version);
  }
  if (!(version <= 7) && (message.topics?.length ?? 0) > 0)
    writer.refuse('OffsetFetchRequest.topics', version);
  if (version >= 8) writer.array(flexible, message.groups, encodeOffsetFetchRequestGroup, version);
  if (!(version >= 8) && (message.groups?.length ?? 0) > 0)
    writer.refuse('OffsetFetchRequest.groups', version);
  if (version >= 7) writer.bool(message.requireStable);
  if (!(version >= 7) && (message.requireStable ?? false) !== false)
    writer.refuse('OffsetFetchRequest.requireStable', version);
  if (flexible) writer.noTaggedFields();
}

function encodeOffsetFetchRequestGroup(
  writer: Writer,
  message: OffsetFetchRequestGroup,
  version: number,
): void {
  writer.string(true, message.groupId);
  if (version >= 9) writer.nullableString(true, message.memberId);
  if (version >= 9) writer.int32(message.memberEpoch);
  writer.nullableArray(true, message.topics, encodeOffsetFetchRequestTopics, version);
  writer.noTaggedFields();
}

function encodeOffsetFetchRequestTopics(
  writer: Writer,
  message: OffsetFetchRequestTopics,
  version: number,
): void {
  if (version <= 9) writer.string(true, message.name);
  if (version >= 10) writer.uuid(message.topicId);
  writer.array(true, message.partitionIndexes, writeInt32, version);
  writer.noTaggedFields();
}

function encodeOffsetFetchRequestTopic(
  writer: Writer,
  message: OffsetFetchRequestTopic,
  version: number,
): void {
  const flexible = version >= 6;
  writer.string(flexible, message.name);
  writer.array(flexible, message.partitionIndexes, writeInt32, version);
  if (flexible) writer.noTaggedFields();
}
