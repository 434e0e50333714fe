// ConsumerGroupDescribeResponse, versions 0 to 1, flexible from 0.
//
// Written by `npm run kafka-messages` from Apache Kafka's ConsumerGroupDescribeResponse.json (Apache License 2.0). Not to be edited.

import { type Reader, readCompactString, readInt32 } from '../wire/reader.ts';
import type { Uuid } from '../wire/values.ts';
import { type Writer, writeCompactString, writeInt32 } from '../wire/writer.ts';

export type ConsumerGroupDescribeResponse = {
  /** The duration in milliseconds for which the request was throttled due to a quota violation, or zero if the request did not violate any quota. */
  readonly throttleTimeMs: number;
  /** Each described group. */
  readonly groups: readonly DescribedGroup[];
};

export type DescribedGroup = {
  /** The describe error, or 0 if there was no error. */
  readonly errorCode: number;
  /** The top-level error message, or null if there was no error. */
  readonly errorMessage?: string | null | undefined;
  /** The group ID string. */
  readonly groupId: string;
  /** The group state string, or the empty string. */
  readonly groupState: string;
  /** The group epoch. */
  readonly groupEpoch: number;
  /** The assignment epoch. */
  readonly assignmentEpoch: number;
  /** The selected assignor. */
  readonly assignorName: string;
  /** The members. */
  readonly members: readonly Member[];
  /** 32-bit bitfield to represent authorized operations for this group. */
  readonly authorizedOperations?: number | undefined;
};

export type Member = {
  /** The member ID. */
  readonly memberId: string;
  /** The member instance ID. */
  readonly instanceId?: string | null | undefined;
  /** The member rack ID. */
  readonly rackId?: string | null | undefined;
  /** The current member epoch. */
  readonly memberEpoch: number;
  /** The client ID. */
  readonly clientId: string;
  /** The client host. */
  readonly clientHost: string;
  /** The subscribed topic names. */
  readonly subscribedTopicNames: readonly string[];
  /** the subscribed topic regex otherwise or null of not provided. */
  readonly subscribedTopicRegex?: string | null | undefined;
  /** The current assignment. */
  readonly assignment: Assignment;
  /** The target assignment. */
  readonly targetAssignment: Assignment;
  /** -1 for unknown. 0 for classic member. +1 for consumer member. */
  readonly memberType?: number | undefined;
};

export type Assignment = {
  /** The assigned topic-partitions to the member. */
  readonly topicPartitions: readonly TopicPartitions[];
};

export type TopicPartitions = {
  /** The topic ID. */
  readonly topicId: Uuid;
  /** The topic name. */
  readonly topicName: string;
  /** The partitions. */
  readonly partitions: readonly number[];
};

export function decodeConsumerGroupDescribeResponse(
  reader: Reader,
  version: number,
): ConsumerGroupDescribeResponse {
  const throttleTimeMs = reader.int32();
  const groups = reader.array(true, decodeDescribedGroup, version);
  reader.skipTaggedFields();
  return { throttleTimeMs, groups };
}

function decodeDescribedGroup(reader: Reader, version: number): DescribedGroup {
  const errorCode = reader.int16();
  const errorMessage = reader.nullableString(true);
  const groupId = reader.string(true);
  const groupState = reader.string(true);
  const groupEpoch = reader.int32();
  const assignmentEpoch = reader.int32();
  const assignorName = reader.string(true);
  const members = reader.array(true, decodeMember, version);
  const authorizedOperations = reader.int32();
  reader.skipTaggedFields();
  return {
    errorCode,
    errorMessage,
    groupId,
    groupState,
    groupEpoch,
    assignmentEpoch,
    assignorName,
    members,
    authorizedOperations,
  };
}

function decodeMember(reader: Reader, version: number): Member {
  const memberId = reader.string(true);
  const instanceId = reader.nullableString(true);
  const rackId = reader.nullableString(true);
  const memberEpoch = reader.int32();
  const clientId = reader.string(true);
  const clientHost = reader.string(true);
  const subscribedTopicNames = reader.array(true, readCompactString, version);
  const subscribedTopicRegex = reader.nullableString(true);
  const assignment = decodeAssignment(reader, version);
  const targetAssignment = decodeAssignment(reader, version);
  let memberType: Member['memberType'] = -1;
  if (version >= 1) memberType = reader.int8();
  reader.skipTaggedFields();
  return {
    memberId,
    instanceId,
    rackId,
    memberEpoch,
    clientId,
    clientHost,
    subscribedTopicNames,
    subscribedTopicRegex,
    assignment,
    targetAssignment,
    memberType,
  };
}

function decodeAssignment(reader: Reader, version: number): Assignment {
  const topicPartitions = reader.array(true, decodeTopicPartitions, version);
  reader.skipTaggedFields();
  return { topicPartitions };
}

function decodeTopicPartitions(reader: Reader, version: number): TopicPartitions {
  const topicId = reader.uuid();
  const topicName = reader.string(true);
  const partitions = reader.array(true, readInt32, version);
  reader.skipTaggedFields();
  return { topicId, topicName, partitions };
}

export function encodeConsumerGroupDescribeResponse(
  writer: Writer,
  message: ConsumerGroupDescribeResponse,
  version: number,
): void {
  writer.int32(message.throttleTimeMs);
  writer.array(true, message.groups, encodeDescribedGroup, version);
  writer.noTaggedFields();
}

function encodeDescribedGroup(writer: Writer, message: DescribedGroup, version: number): void {
  writer.int16(message.errorCode);
  writer.nullableString(true, message.errorMessage ?? null);
  writer.string(true, message.groupId);
  writer.string(true, message.groupState);
  writer.int32(message.groupEpoch);
  writer.int32(message.assignmentEpoch);
  writer.string(true, message.assignorName);
  writer.array(true, message.members, encodeMember, version);
  writer.int32(message.authorizedOperations ?? -2147483648);
  writer.noTaggedFields();
}

function encodeMember(writer: Writer, message: Member, version: number): void {
  writer.string(true, message.memberId);
  writer.nullableString(true, message.instanceId ?? null);
  writer.nullableString(true, message.rackId ?? null);
  writer.int32(message.memberEpoch);
  writer.string(true, message.clientId);
  writer.string(true, message.clientHost);
  writer.array(true, message.subscribedTopicNames, writeCompactString, version);
  writer.nullableString(true, message.subscribedTopicRegex ?? null);
  encodeAssignment(writer, message.assignment, version);
  encodeAssignment(writer, message.targetAssignment, version);
  if (version >= 1) writer.int8(message.memberType ?? -1);
  writer.noTaggedFields();
}

function encodeAssignment(writer: Writer, message: Assignment, version: number): void {
  writer.array(true, message.topicPartitions, encodeTopicPartitions, version);
  writer.noTaggedFields();
}

function encodeTopicPartitions(writer: Writer, message: TopicPartitions, version: number): void {
  writer.uuid(message.topicId);
  writer.string(true, message.topicName);
  writer.array(true, message.partitions, writeInt32, version);
  writer.noTaggedFields();
}
