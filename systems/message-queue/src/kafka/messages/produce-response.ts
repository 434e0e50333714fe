// ProduceResponse, versions 3 to 13, flexible from 9.
//
// Written by `npm run kafka-messages` from Apache Kafka's ProduceResponse.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import { type Uuid, zeroUuid } from '../wire/values.ts';
import type { Writer } from '../wire/writer.ts';

export type ProduceResponse = {
  /** Each produce response. */
  readonly responses: readonly TopicProduceResponse[];
  /** The duration in milliseconds for which the request was throttled due to a quota violation, or zero if the request did not violate any quota. */
  readonly throttleTimeMs?: number | undefined;
  /** Endpoints for all current-leaders enumerated in PartitionProduceResponses, with errors NOT_LEADER_OR_FOLLOWER. */
  readonly nodeEndpoints?: readonly NodeEndpoint[] | undefined;
};

export type NodeEndpoint = {
  /** The ID of the associated node. */
  readonly nodeId: number;
  /** The node's hostname. */
  readonly host: string;
  /** The node's port. */
  readonly port: number;
  /** The rack of the node, or null if it has not been assigned to a rack. */
  readonly rack?: string | null | undefined;
};

export type TopicProduceResponse = {
  /** The topic name. */
  readonly name?: string | undefined;
  /** The unique topic ID */
  readonly topicId?: Uuid | undefined;
  /** Each partition that we produced to within the topic. */
  readonly partitionResponses: readonly PartitionProduceResponse[];
};

export type PartitionProduceResponse = {
  /** The partition index. */
  readonly index: number;
  /** The error code, or 0 if there was no error. */
  readonly errorCode: number;
  /** The base offset. */
  readonly baseOffset: number;
  /** The timestamp returned by broker after appending the messages. If CreateTime is used for the topic, the timestamp will be -1. If LogAppendTime is used for the topic, the timestamp will be the broker local time when the messages are appended. */
  readonly logAppendTimeMs?: number | undefined;
  /** The log start offset. */
  readonly logStartOffset?: number | undefined;
  /** The batch indices of records that caused the batch to be dropped. */
  readonly recordErrors?: readonly BatchIndexAndErrorMessage[] | undefined;
  /** The global error message summarizing the common root cause of the records that caused the batch to be dropped. */
  readonly errorMessage?: string | null | undefined;
  /** The leader broker that the producer should use for future requests. */
  readonly currentLeader?: LeaderIdAndEpoch | undefined;
};

export type LeaderIdAndEpoch = {
  /** The ID of the current leader or -1 if the leader is unknown. */
  readonly leaderId?: number | undefined;
  /** The latest known leader epoch. */
  readonly leaderEpoch?: number | undefined;
};

export type BatchIndexAndErrorMessage = {
  /** The batch index of the record that caused the batch to be dropped. */
  readonly batchIndex: number;
  /** The error message of the record that caused the batch to be dropped. */
  readonly batchIndexErrorMessage?: string | null | undefined;
};

export function decodeProduceResponse(reader: Reader, version: number): ProduceResponse {
  const flexible = version >= 9;
  const responses = reader.array(flexible, decodeTopicProduceResponse, version);
  const throttleTimeMs = reader.int32();
  let nodeEndpoints: ProduceResponse['nodeEndpoints'] = [];
  if (flexible)
    reader.taggedFields((tag) => {
      if (tag === 0) nodeEndpoints = reader.array(true, decodeNodeEndpoint, version);
      else return false;
      return true;
    });
  return { responses, throttleTimeMs, nodeEndpoints };
}

function decodeNodeEndpoint(reader: Reader, _version: number): NodeEndpoint {
  const nodeId = reader.int32();
  const host = reader.string(true);
  const port = reader.int32();
  const rack = reader.nullableString(true);
  reader.skipTaggedFields();
  return { nodeId, host, port, rack };
}

function decodeTopicProduceResponse(reader: Reader, version: number): TopicProduceResponse {
  const flexible = version >= 9;
  let name: TopicProduceResponse['name'] = '';
  if (version <= 12) name = reader.string(flexible);
  let topicId: TopicProduceResponse['topicId'] = zeroUuid;
  if (version >= 13) topicId = reader.uuid();
  const partitionResponses = reader.array(flexible, decodePartitionProduceResponse, version);
  if (flexible) reader.skipTaggedFields();
  return { name, topicId, partitionResponses };
}

function decodePartitionProduceResponse(reader: Reader, version: number): PartitionProduceResponse {
  const flexible = version >= 9;
  const index = reader.int32();
  const errorCode = reader.int16();
  const baseOffset = reader.int64();
  const logAppendTimeMs = reader.int64();
  let logStartOffset: PartitionProduceResponse['logStartOffset'] = -1;
  if (version >= 5) logStartOffset = reader.int64();
  let recordErrors: PartitionProduceResponse['recordErrors'] = [];
  if (version >= 8) recordErrors = reader.array(flexible, decodeBatchIndexAndErrorMessage, version);
  let errorMessage: PartitionProduceResponse['errorMessage'] = null;
  if (version >= 8) errorMessage = reader.nullableString(flexible);
  let currentLeader: PartitionProduceResponse['currentLeader'];
  if (flexible)
    reader.taggedFields((tag) => {
      if (tag === 0) currentLeader = decodeLeaderIdAndEpoch(reader, version);
      else return false;
      return true;
    });
  return {
    index,
    errorCode,
    baseOffset,
    logAppendTimeMs,
    logStartOffset,
    recordErrors,
    errorMessage,
    currentLeader,
  };
}

function decodeLeaderIdAndEpoch(reader: Reader, _version: number): LeaderIdAndEpoch {
  const leaderId = reader.int32();
  const leaderEpoch = reader.int32();
  reader.skipTaggedFields();
  return { leaderId, leaderEpoch };
}

function decodeBatchIndexAndErrorMessage(reader: Reader, version: number): BatchIndexAndErrorMessage {
  const flexible = version >= 9;
  const batchIndex = reader.int32();
  const batchIndexErrorMessage = reader.nullableString(flexible);
  if (flexible) reader.skipTaggedFields();
  return { batchIndex, batchIndexErrorMessage };
}

export function encodeProduceResponse(writer: Writer, message: ProduceResponse, version: number): void {
  const flexible = version >= 9;
  writer.array(flexible, message.responses, encodeTopicProduceResponse, version);
  writer.int32(message.throttleTimeMs ?? 0);
  if (!(version >= 10) && (message.nodeEndpoints?.length ?? 0) > 0)
    writer.refuse('ProduceResponse.nodeEndpoints', version);
  if (flexible)
    writer.taggedFields((tags) => {
      const nodeEndpoints = message.nodeEndpoints ?? [];
      if (version >= 10 && (nodeEndpoints?.length ?? 0) > 0)
        tags.field(0, (writer) => {
          writer.array(true, nodeEndpoints, encodeNodeEndpoint, version);
        });
    });
}

function encodeNodeEndpoint(writer: Writer, message: NodeEndpoint, _version: number): void {
  writer.int32(message.nodeId);
  writer.string(true, message.host);
  writer.int32(message.port);
  writer.nullableString(true, message.rack ?? null);
  writer.noTaggedFields();
}

function encodeTopicProduceResponse(writer: Writer, message: TopicProduceResponse, version: number): void {
  const flexible = version >= 9;
  if (version <= 12) writer.string(flexible, message.name ?? '');
  if (version >= 13) writer.uuid(message.topicId ?? zeroUuid);
  writer.array(flexible, message.partitionResponses, encodePartitionProduceResponse, version);
  if (flexible) writer.noTaggedFields();
}

function encodePartitionProduceResponse(
  writer: Writer,
  message: PartitionProduceResponse,
  version: number,
): void {
  const flexible = version >= 9;
  writer.int32(message.index);
  writer.int16(message.errorCode);
  writer.int64(message.baseOffset);
  writer.int64(message.logAppendTimeMs ?? -1);
  if (version >= 5) writer.int64(message.logStartOffset ?? -1);
  if (version >= 8)
    writer.array(flexible, message.recordErrors ?? [], encodeBatchIndexAndErrorMessage, version);
  if (version >= 8) writer.nullableString(flexible, message.errorMessage ?? null);
  if (!(version >= 10) && message.currentLeader !== undefined)
    writer.refuse('PartitionProduceResponse.currentLeader', version);
  if (flexible)
    writer.taggedFields((tags) => {
      const currentLeader = message.currentLeader;
      if (version >= 10 && currentLeader !== undefined)
        tags.field(0, (writer) => {
          encodeLeaderIdAndEpoch(writer, currentLeader, version);
        });
    });
}

function encodeLeaderIdAndEpoch(writer: Writer, message: LeaderIdAndEpoch, _version: number): void {
  writer.int32(message.leaderId ?? -1);
  writer.int32(message.leaderEpoch ?? -1);
  writer.noTaggedFields();
}

function encodeBatchIndexAndErrorMessage(
  writer: Writer,
  message: BatchIndexAndErrorMessage,
  version: number,
): void {
  const flexible = version >= 9;
  writer.int32(message.batchIndex);
  writer.nullableString(flexible, message.batchIndexErrorMessage ?? null);
  if (flexible) writer.noTaggedFields();
}
