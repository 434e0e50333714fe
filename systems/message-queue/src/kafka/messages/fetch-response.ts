// FetchResponse, versions 4 to 18, flexible from 12.
//
// Written by `npm run kafka-messages` from Apache Kafka's FetchResponse.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import { type Records, type Uuid, zeroUuid } from '../wire/values.ts';
import type { Writer } from '../wire/writer.ts';

export type FetchResponse = {
  /** The duration in milliseconds for which the request was throttled due to a quota violation, or zero if the request did not violate any quota. */
  readonly throttleTimeMs: number;
  /** The top level response error code. */
  readonly errorCode?: number | undefined;
  /** The fetch session ID, or 0 if this is not part of a fetch session. */
  readonly sessionId?: number | undefined;
  /** The response topics. */
  readonly responses: readonly FetchableTopicResponse[];
  /** Endpoints for all current-leaders enumerated in PartitionData, with errors NOT_LEADER_OR_FOLLOWER & FENCED_LEADER_EPOCH. */
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

export type FetchableTopicResponse = {
  /** The topic name. */
  readonly topic?: string | undefined;
  /** The unique topic ID. */
  readonly topicId?: Uuid | undefined;
  /** The topic partitions. */
  readonly partitions: readonly PartitionData[];
};

export type PartitionData = {
  /** The partition index. */
  readonly partitionIndex: number;
  /** The error code, or 0 if there was no fetch error. */
  readonly errorCode: number;
  /** The current high water mark. */
  readonly highWatermark: number;
  /** The last stable offset (or LSO) of the partition. This is the last offset such that the state of all transactional records prior to this offset have been decided (ABORTED or COMMITTED). */
  readonly lastStableOffset?: number | undefined;
  /** The current log start offset. */
  readonly logStartOffset?: number | undefined;
  /** In case divergence is detected based on the `LastFetchedEpoch` and `FetchOffset` in the request, this field indicates the largest epoch and its end offset such that subsequent records are known to diverge. */
  readonly divergingEpoch?: EpochEndOffset | undefined;
  /** The current leader of the partition. */
  readonly currentLeader?: LeaderIdAndEpoch | undefined;
  /** In the case of fetching an offset less than the LogStartOffset, this is the end offset and epoch that should be used in the FetchSnapshot request. */
  readonly snapshotId?: SnapshotId | undefined;
  /** The aborted transactions. */
  readonly abortedTransactions: readonly AbortedTransaction[] | null;
  /** The preferred read replica for the consumer to use on its next fetch request. */
  readonly preferredReadReplica?: number | undefined;
  /** The record data. */
  readonly records: Records | null;
};

export type AbortedTransaction = {
  /** The producer id associated with the aborted transaction. */
  readonly producerId: number;
  /** The first offset in the aborted transaction. */
  readonly firstOffset: number;
};

export type SnapshotId = {
  /** The end offset of the epoch. */
  readonly endOffset?: number | undefined;
  /** The largest epoch. */
  readonly epoch?: number | undefined;
};

export type LeaderIdAndEpoch = {
  /** The ID of the current leader or -1 if the leader is unknown. */
  readonly leaderId?: number | undefined;
  /** The latest known leader epoch. */
  readonly leaderEpoch?: number | undefined;
};

export type EpochEndOffset = {
  /** The largest epoch. */
  readonly epoch?: number | undefined;
  /** The end offset of the epoch. */
  readonly endOffset?: number | undefined;
};

export function decodeFetchResponse(reader: Reader, version: number): FetchResponse {
  const flexible = version >= 12;
  const throttleTimeMs = reader.int32();
  let errorCode: FetchResponse['errorCode'] = 0;
  if (version >= 7) errorCode = reader.int16();
  let sessionId: FetchResponse['sessionId'] = 0;
  if (version >= 7) sessionId = reader.int32();
  const responses = reader.array(flexible, decodeFetchableTopicResponse, version);
  let nodeEndpoints: FetchResponse['nodeEndpoints'] = [];
  if (flexible)
    reader.taggedFields((tag) => {
      if (tag === 0) nodeEndpoints = reader.array(true, decodeNodeEndpoint, version);
      else return false;
      return true;
    });
  return { throttleTimeMs, errorCode, sessionId, responses, nodeEndpoints };
}

function decodeNodeEndpoint(reader: Reader, _version: number): NodeEndpoint {
  const nodeId = reader.int32();
  const host = reader.string(true);
  const port = reader.int32();
  const rack = reader.nullableString(true);
  reader.skipTaggedFields();
  return { nodeId, host, port, rack };
}

function decodeFetchableTopicResponse(reader: Reader, version: number): FetchableTopicResponse {
  const flexible = version >= 12;
  let topic: FetchableTopicResponse['topic'] = '';
  if (version <= 12) topic = reader.string(flexible);
  let topicId: FetchableTopicResponse['topicId'] = zeroUuid;
  if (version >= 13) topicId = reader.uuid();
  const partitions = reader.array(flexible, decodePartitionData, version);
  if (flexible) reader.skipTaggedFields();
  return { topic, topicId, partitions };
}

function decodePartitionData(reader: Reader, version: number): PartitionData {
  const flexible = version >= 12;
  const partitionIndex = reader.int32();
  const errorCode = reader.int16();
  const highWatermark = reader.int64();
  const lastStableOffset = reader.int64();
  let logStartOffset: PartitionData['logStartOffset'] = -1;
  if (version >= 5) logStartOffset = reader.int64();
  let divergingEpoch: PartitionData['divergingEpoch'];
  let currentLeader: PartitionData['currentLeader'];
  let snapshotId: PartitionData['snapshotId'];
  const abortedTransactions = reader.nullableArray(flexible, decodeAbortedTransaction, version);
  let preferredReadReplica: PartitionData['preferredReadReplica'] = -1;
  if (version >= 11) preferredReadReplica = reader.int32();
  const records = reader.nullableRecords(flexible);
  if (flexible)
    reader.taggedFields((tag) => {
      if (tag === 0) divergingEpoch = decodeEpochEndOffset(reader, version);
      else if (tag === 1) currentLeader = decodeLeaderIdAndEpoch(reader, version);
      else if (tag === 2) snapshotId = decodeSnapshotId(reader, version);
      else return false;
      return true;
    });
  return {
    partitionIndex,
    errorCode,
    highWatermark,
    lastStableOffset,
    logStartOffset,
    divergingEpoch,
    currentLeader,
    snapshotId,
    abortedTransactions,
    preferredReadReplica,
    records,
  };
}

function decodeAbortedTransaction(reader: Reader, version: number): AbortedTransaction {
  const flexible = version >= 12;
  const producerId = reader.int64();
  const firstOffset = reader.int64();
  if (flexible) reader.skipTaggedFields();
  return { producerId, firstOffset };
}

function decodeSnapshotId(reader: Reader, _version: number): SnapshotId {
  const endOffset = reader.int64();
  const epoch = reader.int32();
  reader.skipTaggedFields();
  return { endOffset, epoch };
}

function decodeLeaderIdAndEpoch(reader: Reader, _version: number): LeaderIdAndEpoch {
  const leaderId = reader.int32();
  const leaderEpoch = reader.int32();
  reader.skipTaggedFields();
  return { leaderId, leaderEpoch };
}

function decodeEpochEndOffset(reader: Reader, _version: number): EpochEndOffset {
  const epoch = reader.int32();
  const endOffset = reader.int64();
  reader.skipTaggedFields();
  return { epoch, endOffset };
}

export function encodeFetchResponse(writer: Writer, message: FetchResponse, version: number): void {
  const flexible = version >= 12;
  writer.int32(message.throttleTimeMs);
  if (version >= 7) writer.int16(message.errorCode ?? 0);
  if (version >= 7) writer.int32(message.sessionId ?? 0);
  if (!(version >= 7) && (message.sessionId ?? 0) !== 0) writer.refuse('FetchResponse.sessionId', version);
  writer.array(flexible, message.responses, encodeFetchableTopicResponse, version);
  if (!(version >= 16) && (message.nodeEndpoints?.length ?? 0) > 0)
    writer.refuse('FetchResponse.nodeEndpoints', version);
  if (flexible)
    writer.taggedFields((tags) => {
      const nodeEndpoints = message.nodeEndpoints ?? [];
      if (version >= 16 && (nodeEndpoints?.length ?? 0) > 0)
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

function encodeFetchableTopicResponse(
  writer: Writer,
  message: FetchableTopicResponse,
  version: number,
): void {
  const flexible = version >= 12;
  if (version <= 12) writer.string(flexible, message.topic ?? '');
  if (version >= 13) writer.uuid(message.topicId ?? zeroUuid);
  writer.array(flexible, message.partitions, encodePartitionData, version);
  if (flexible) writer.noTaggedFields();
}

function encodePartitionData(writer: Writer, message: PartitionData, version: number): void {
  const flexible = version >= 12;
  writer.int32(message.partitionIndex);
  writer.int16(message.errorCode);
  writer.int64(message.highWatermark);
  writer.int64(message.lastStableOffset ?? -1);
  if (version >= 5) writer.int64(message.logStartOffset ?? -1);
  if (!(version >= 12) && message.divergingEpoch !== undefined)
    writer.refuse('PartitionData.divergingEpoch', version);
  if (!(version >= 12) && message.currentLeader !== undefined)
    writer.refuse('PartitionData.currentLeader', version);
  if (!(version >= 12) && message.snapshotId !== undefined)
    writer.refuse('PartitionData.snapshotId', version);
  writer.nullableArray(flexible, message.abortedTransactions, encodeAbortedTransaction, version);
  if (version >= 11) writer.int32(message.preferredReadReplica ?? -1);
  if (!(version >= 11) && (message.preferredReadReplica ?? -1) !== -1)
    writer.refuse('PartitionData.preferredReadReplica', version);
  writer.nullableRecords(flexible, message.records);
  if (flexible)
    writer.taggedFields((tags) => {
      const divergingEpoch = message.divergingEpoch;
      if (version >= 12 && divergingEpoch !== undefined)
        tags.field(0, (writer) => {
          encodeEpochEndOffset(writer, divergingEpoch, version);
        });
      const currentLeader = message.currentLeader;
      if (version >= 12 && currentLeader !== undefined)
        tags.field(1, (writer) => {
          encodeLeaderIdAndEpoch(writer, currentLeader, version);
        });
      const snapshotId = message.snapshotId;
      if (version >= 12 && snapshotId !== undefined)
        tags.field(2, (writer) => {
          encodeSnapshotId(writer, snapshotId, version);
        });
    });
}

function encodeAbortedTransaction(writer: Writer, message: AbortedTransaction, version: number): void {
  const flexible = version >= 12;
  writer.int64(message.producerId);
  writer.int64(message.firstOffset);
  if (flexible) writer.noTaggedFields();
}

function encodeSnapshotId(writer: Writer, message: SnapshotId, _version: number): void {
  writer.int64(message.endOffset ?? -1);
  writer.int32(message.epoch ?? -1);
  writer.noTaggedFields();
}

function encodeLeaderIdAndEpoch(writer: Writer, message: LeaderIdAndEpoch, _version: number): void {
  writer.int32(message.leaderId ?? -1);
  writer.int32(message.leaderEpoch ?? -1);
  writer.noTaggedFields();
}

function encodeEpochEndOffset(writer: Writer, message: EpochEndOffset, _version: number): void {
  writer.int32(message.epoch ?? -1);
  writer.int64(message.endOffset ?? -1);
  writer.noTaggedFields();
}
