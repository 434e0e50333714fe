// FetchRequest, versions 4 to 18, flexible from 12.
//
// Written by `npm run kafka-messages` from Apache Kafka's FetchRequest.json (Apache License 2.0). Not to be edited.

import { type Reader, readInt32 } from '../wire/reader.ts';
import { type Uuid, zeroUuid } from '../wire/values.ts';
import { type Writer, writeInt32 } from '../wire/writer.ts';

export type FetchRequest = {
  /** The clusterId if known. This is used to validate metadata fetches prior to broker registration. */
  readonly clusterId: string | null;
  /** The broker ID of the follower, of -1 if this request is from a consumer. */
  readonly replicaId: number;
  /** The state of the replica in the follower. */
  readonly replicaState?: ReplicaState | undefined;
  /** The maximum time in milliseconds to wait for the response. */
  readonly maxWaitMs: number;
  /** The minimum bytes to accumulate in the response. */
  readonly minBytes: number;
  /** The maximum bytes to fetch. See KIP-74 for cases where this limit may not be honored. */
  readonly maxBytes: number;
  /** This setting controls the visibility of transactional records. Using READ_UNCOMMITTED (isolation_level = 0) makes all records visible. With READ_COMMITTED (isolation_level = 1), non-transactional and COMMITTED transactional records are visible. To be more concrete, READ_COMMITTED returns all data from offsets smaller than the current LSO (last stable offset), and enables the inclusion of the list of aborted transactions in the result, which allows consumers to discard ABORTED transactional records. */
  readonly isolationLevel: number;
  /** The fetch session ID. */
  readonly sessionId: number;
  /** The fetch session epoch, which is used for ordering requests in a session. */
  readonly sessionEpoch: number;
  /** The topics to fetch. */
  readonly topics: readonly FetchTopic[];
  /** In an incremental fetch request, the partitions to remove. */
  readonly forgottenTopicsData: readonly ForgottenTopic[];
  /** Rack ID of the consumer making this request. */
  readonly rackId: string;
};

export type ForgottenTopic = {
  /** The topic name. */
  readonly topic: string;
  /** The unique topic ID. */
  readonly topicId: Uuid;
  /** The partitions indexes to forget. */
  readonly partitions: readonly number[];
};

export type FetchTopic = {
  /** The name of the topic to fetch. */
  readonly topic: string;
  /** The unique topic ID. */
  readonly topicId: Uuid;
  /** The partitions to fetch. */
  readonly partitions: readonly FetchPartition[];
};

export type FetchPartition = {
  /** The partition index. */
  readonly partition: number;
  /** The current leader epoch of the partition. */
  readonly currentLeaderEpoch: number;
  /** The message offset. */
  readonly fetchOffset: number;
  /** The epoch of the last fetched record or -1 if there is none. */
  readonly lastFetchedEpoch: number;
  /** The earliest available offset of the follower replica. The field is only used when the request is sent by the follower. */
  readonly logStartOffset: number;
  /** The maximum bytes to fetch from this partition. See KIP-74 for cases where this limit may not be honored. */
  readonly partitionMaxBytes: number;
  /** The directory id of the follower fetching. */
  readonly replicaDirectoryId: Uuid;
  /** The high-watermark known by the replica. -1 if the high-watermark is not known and 9223372036854775807 if the feature is not supported. */
  readonly highWatermark: number;
};

export type ReplicaState = {
  /** The replica ID of the follower, or -1 if this request is from a consumer. */
  readonly replicaId: number;
  /** The epoch of this follower, or -1 if not available. */
  readonly replicaEpoch: number;
};

export function decodeFetchRequest(reader: Reader, version: number): FetchRequest {
  const flexible = version >= 12;
  let clusterId: FetchRequest['clusterId'] = null;
  let replicaId: FetchRequest['replicaId'] = -1;
  if (version <= 14) replicaId = reader.int32();
  let replicaState: FetchRequest['replicaState'];
  const maxWaitMs = reader.int32();
  const minBytes = reader.int32();
  const maxBytes = reader.int32();
  const isolationLevel = reader.int8();
  let sessionId: FetchRequest['sessionId'] = 0;
  if (version >= 7) sessionId = reader.int32();
  let sessionEpoch: FetchRequest['sessionEpoch'] = -1;
  if (version >= 7) sessionEpoch = reader.int32();
  const topics = reader.array(flexible, decodeFetchTopic, version);
  let forgottenTopicsData: FetchRequest['forgottenTopicsData'] = [];
  if (version >= 7) forgottenTopicsData = reader.array(flexible, decodeForgottenTopic, version);
  let rackId: FetchRequest['rackId'] = '';
  if (version >= 11) rackId = reader.string(flexible);
  if (flexible)
    reader.taggedFields((tag) => {
      if (tag === 0) clusterId = reader.nullableString(true);
      else if (tag === 1) replicaState = decodeReplicaState(reader, version);
      else return false;
      return true;
    });
  return {
    clusterId,
    replicaId,
    replicaState,
    maxWaitMs,
    minBytes,
    maxBytes,
    isolationLevel,
    sessionId,
    sessionEpoch,
    topics,
    forgottenTopicsData,
    rackId,
  };
}

function decodeForgottenTopic(reader: Reader, version: number): ForgottenTopic {
  const flexible = version >= 12;
  let topic: ForgottenTopic['topic'] = '';
  if (version <= 12) topic = reader.string(flexible);
  let topicId: ForgottenTopic['topicId'] = zeroUuid;
  if (version >= 13) topicId = reader.uuid();
  const partitions = reader.array(flexible, readInt32, version);
  if (flexible) reader.skipTaggedFields();
  return { topic, topicId, partitions };
}

function decodeFetchTopic(reader: Reader, version: number): FetchTopic {
  const flexible = version >= 12;
  let topic: FetchTopic['topic'] = '';
  if (version <= 12) topic = reader.string(flexible);
  let topicId: FetchTopic['topicId'] = zeroUuid;
  if (version >= 13) topicId = reader.uuid();
  const partitions = reader.array(flexible, decodeFetchPartition, version);
  if (flexible) reader.skipTaggedFields();
  return { topic, topicId, partitions };
}

function decodeFetchPartition(reader: Reader, version: number): FetchPartition {
  const flexible = version >= 12;
  const partition = reader.int32();
  let currentLeaderEpoch: FetchPartition['currentLeaderEpoch'] = -1;
  if (version >= 9) currentLeaderEpoch = reader.int32();
  const fetchOffset = reader.int64();
  let lastFetchedEpoch: FetchPartition['lastFetchedEpoch'] = -1;
  if (version >= 12) lastFetchedEpoch = reader.int32();
  let logStartOffset: FetchPartition['logStartOffset'] = -1;
  if (version >= 5) logStartOffset = reader.int64();
  const partitionMaxBytes = reader.int32();
  let replicaDirectoryId: FetchPartition['replicaDirectoryId'] = zeroUuid;
  let highWatermark: FetchPartition['highWatermark'] = 2 ** 63;
  if (flexible)
    reader.taggedFields((tag) => {
      if (tag === 0) replicaDirectoryId = reader.uuid();
      else if (tag === 1) highWatermark = reader.int64();
      else return false;
      return true;
    });
  return {
    partition,
    currentLeaderEpoch,
    fetchOffset,
    lastFetchedEpoch,
    logStartOffset,
    partitionMaxBytes,
    replicaDirectoryId,
    highWatermark,
  };
}

function decodeReplicaState(reader: Reader, _version: number): ReplicaState {
  const replicaId = reader.int32();
  const replicaEpoch = reader.int64();
  reader.skipTaggedFields();
  return { replicaId, replicaEpoch };
}

export function encodeFetchRequest(writer: Writer, message: FetchRequest, version: number): void {
  const flexible = version >= 12;
  if (version <= 14) writer.int32(message.replicaId);
  if (!(version <= 14) && (message.replicaId ?? -1) !== -1) writer.refuse('FetchRequest.replicaId', version);
  if (!(version >= 15) && message.replicaState !== undefined)
    writer.refuse('FetchRequest.replicaState', version);
  writer.int32(message.maxWaitMs);
  writer.int32(message.minBytes);
  writer.int32(message.maxBytes);
  writer.int8(message.isolationLevel);
  if (version >= 7) writer.int32(message.sessionId);
  if (version >= 7) writer.int32(message.sessionEpoch);
  writer.array(flexible, message.topics, encodeFetchTopic, version);
  if (version >= 7) writer.array(flexible, message.forgottenTopicsData, encodeForgottenTopic, version);
  if (!(version >= 7) && (message.forgottenTopicsData?.length ?? 0) > 0)
    writer.refuse('FetchRequest.forgottenTopicsData', version);
  if (version >= 11) writer.string(flexible, message.rackId);
  if (flexible)
    writer.taggedFields((tags) => {
      const clusterId = message.clusterId;
      if (version >= 12 && (clusterId ?? null) !== null)
        tags.field(0, (writer) => {
          writer.nullableString(true, clusterId);
        });
      const replicaState = message.replicaState;
      if (version >= 15 && replicaState !== undefined)
        tags.field(1, (writer) => {
          encodeReplicaState(writer, replicaState, version);
        });
    });
}

function encodeForgottenTopic(writer: Writer, message: ForgottenTopic, version: number): void {
  const flexible = version >= 12;
  if (version <= 12) writer.string(flexible, message.topic);
  if (version >= 13) writer.uuid(message.topicId);
  writer.array(flexible, message.partitions, writeInt32, version);
  if (flexible) writer.noTaggedFields();
}

function encodeFetchTopic(writer: Writer, message: FetchTopic, version: number): void {
  const flexible = version >= 12;
  if (version <= 12) writer.string(flexible, message.topic);
  if (version >= 13) writer.uuid(message.topicId);
  writer.array(flexible, message.partitions, encodeFetchPartition, version);
  if (flexible) writer.noTaggedFields();
}

function encodeFetchPartition(writer: Writer, message: FetchPartition, version: number): void {
  const flexible = version >= 12;
  writer.int32(message.partition);
  if (version >= 9) writer.int32(message.currentLeaderEpoch);
  writer.int64(message.fetchOffset);
  if (version >= 12) writer.int32(message.lastFetchedEpoch);
  if (!(version >= 12) && (message.lastFetchedEpoch ?? -1) !== -1)
    writer.refuse('FetchPartition.lastFetchedEpoch', version);
  if (version >= 5) writer.int64(message.logStartOffset);
  writer.int32(message.partitionMaxBytes);
  if (flexible)
    writer.taggedFields((tags) => {
      const replicaDirectoryId = message.replicaDirectoryId;
      if (version >= 17 && (replicaDirectoryId ?? zeroUuid) !== zeroUuid)
        tags.field(0, (writer) => {
          writer.uuid(replicaDirectoryId);
        });
      const highWatermark = message.highWatermark;
      if (version >= 18 && (highWatermark ?? 2 ** 63) !== 2 ** 63)
        tags.field(1, (writer) => {
          writer.int64(highWatermark);
        });
    });
}

function encodeReplicaState(writer: Writer, message: ReplicaState, _version: number): void {
  writer.int32(message.replicaId);
  writer.int64(message.replicaEpoch);
  writer.noTaggedFields();
}
