// MetadataResponse, versions 0 to 13, flexible from 9.
//
// Written by `npm run kafka-messages` from Apache Kafka's MetadataResponse.json (Apache License 2.0). Not to be edited.

import { type Reader, readInt32 } from '../wire/reader.ts';
import { type Uuid, zeroUuid } from '../wire/values.ts';
import { type Writer, writeInt32 } from '../wire/writer.ts';

export type MetadataResponse = {
  /** The duration in milliseconds for which the request was throttled due to a quota violation, or zero if the request did not violate any quota. */
  readonly throttleTimeMs?: number | undefined;
  /** A list of brokers present in the cluster. */
  readonly brokers: readonly MetadataResponseBroker[];
  /** The cluster ID that responding broker belongs to. */
  readonly clusterId?: string | null | undefined;
  /** The ID of the controller broker. */
  readonly controllerId?: number | undefined;
  /** Each topic in the response. */
  readonly topics: readonly MetadataResponseTopic[];
  /** 32-bit bitfield to represent authorized operations for this cluster. */
  readonly clusterAuthorizedOperations?: number | undefined;
  /** The top-level error code, or 0 if there was no error. */
  readonly errorCode?: number | undefined;
};

export type MetadataResponseTopic = {
  /** The topic error, or 0 if there was no error. */
  readonly errorCode: number;
  /** The topic name. Null for non-existing topics queried by ID. This is never null when ErrorCode is zero. One of Name and TopicId is always populated. */
  readonly name: string | null;
  /** The topic id. Zero for non-existing topics queried by name. This is never zero when ErrorCode is zero. One of Name and TopicId is always populated. */
  readonly topicId?: Uuid | undefined;
  /** True if the topic is internal. */
  readonly isInternal?: boolean | undefined;
  /** Each partition in the topic. */
  readonly partitions: readonly MetadataResponsePartition[];
  /** 32-bit bitfield to represent authorized operations for this topic. */
  readonly topicAuthorizedOperations?: number | undefined;
};

export type MetadataResponsePartition = {
  /** The partition error, or 0 if there was no error. */
  readonly errorCode: number;
  /** The partition index. */
  readonly partitionIndex: number;
  /** The ID of the leader broker. */
  readonly leaderId: number;
  /** The leader epoch of this partition. */
  readonly leaderEpoch?: number | undefined;
  /** The set of all nodes that host this partition. */
  readonly replicaNodes: readonly number[];
  /** The set of nodes that are in sync with the leader for this partition. */
  readonly isrNodes: readonly number[];
  /** The set of offline replicas of this partition. */
  readonly offlineReplicas?: readonly number[] | undefined;
};

export type MetadataResponseBroker = {
  /** The broker ID. */
  readonly nodeId: number;
  /** The broker hostname. */
  readonly host: string;
  /** The broker port. */
  readonly port: number;
  /** The rack of the broker, or null if it has not been assigned to a rack. */
  readonly rack?: string | null | undefined;
};

export function decodeMetadataResponse(reader: Reader, version: number): MetadataResponse {
  const flexible = version >= 9;
  let throttleTimeMs: MetadataResponse['throttleTimeMs'] = 0;
  if (version >= 3) throttleTimeMs = reader.int32();
  const brokers = reader.array(flexible, decodeMetadataResponseBroker, version);
  let clusterId: MetadataResponse['clusterId'] = null;
  if (version >= 2) clusterId = reader.nullableString(flexible);
  let controllerId: MetadataResponse['controllerId'] = -1;
  if (version >= 1) controllerId = reader.int32();
  const topics = reader.array(flexible, decodeMetadataResponseTopic, version);
  let clusterAuthorizedOperations: MetadataResponse['clusterAuthorizedOperations'] = -2147483648;
  if (version >= 8 && version <= 10) clusterAuthorizedOperations = reader.int32();
  let errorCode: MetadataResponse['errorCode'] = 0;
  if (version >= 13) errorCode = reader.int16();
  if (flexible) reader.skipTaggedFields();
  return { throttleTimeMs, brokers, clusterId, controllerId, topics, clusterAuthorizedOperations, errorCode };
}

function decodeMetadataResponseTopic(reader: Reader, version: number): MetadataResponseTopic {
  const flexible = version >= 9;
  const errorCode = reader.int16();
  const name = version >= 12 ? reader.nullableString(flexible) : reader.string(flexible);
  let topicId: MetadataResponseTopic['topicId'] = zeroUuid;
  if (version >= 10) topicId = reader.uuid();
  let isInternal: MetadataResponseTopic['isInternal'] = false;
  if (version >= 1) isInternal = reader.bool();
  const partitions = reader.array(flexible, decodeMetadataResponsePartition, version);
  let topicAuthorizedOperations: MetadataResponseTopic['topicAuthorizedOperations'] = -2147483648;
  if (version >= 8) topicAuthorizedOperations = reader.int32();
  if (flexible) reader.skipTaggedFields();
  return { errorCode, name, topicId, isInternal, partitions, topicAuthorizedOperations };
}

function decodeMetadataResponsePartition(reader: Reader, version: number): MetadataResponsePartition {
  const flexible = version >= 9;
  const errorCode = reader.int16();
  const partitionIndex = reader.int32();
  const leaderId = reader.int32();
  let leaderEpoch: MetadataResponsePartition['leaderEpoch'] = -1;
  if (version >= 7) leaderEpoch = reader.int32();
  const replicaNodes = reader.array(flexible, readInt32, version);
  const isrNodes = reader.array(flexible, readInt32, version);
  let offlineReplicas: MetadataResponsePartition['offlineReplicas'] = [];
  if (version >= 5) offlineReplicas = reader.array(flexible, readInt32, version);
  if (flexible) reader.skipTaggedFields();
  return { errorCode, partitionIndex, leaderId, leaderEpoch, replicaNodes, isrNodes, offlineReplicas };
}

function decodeMetadataResponseBroker(reader: Reader, version: number): MetadataResponseBroker {
  const flexible = version >= 9;
  const nodeId = reader.int32();
  const host = reader.string(flexible);
  const port = reader.int32();
  let rack: MetadataResponseBroker['rack'] = null;
  if (version >= 1) rack = reader.nullableString(flexible);
  if (flexible) reader.skipTaggedFields();
  return { nodeId, host, port, rack };
}

export function encodeMetadataResponse(writer: Writer, message: MetadataResponse, version: number): void {
  const flexible = version >= 9;
  if (version >= 3) writer.int32(message.throttleTimeMs ?? 0);
  writer.array(flexible, message.brokers, encodeMetadataResponseBroker, version);
  if (version >= 2) writer.nullableString(flexible, message.clusterId ?? null);
  if (version >= 1) writer.int32(message.controllerId ?? -1);
  writer.array(flexible, message.topics, encodeMetadataResponseTopic, version);
  if (version >= 8 && version <= 10) writer.int32(message.clusterAuthorizedOperations ?? -2147483648);
  if (
    !(version >= 8 && version <= 10) &&
    (message.clusterAuthorizedOperations ?? -2147483648) !== -2147483648
  )
    writer.refuse('MetadataResponse.clusterAuthorizedOperations', version);
  if (version >= 13) writer.int16(message.errorCode ?? 0);
  if (flexible) writer.noTaggedFields();
}

function encodeMetadataResponseTopic(writer: Writer, message: MetadataResponseTopic, version: number): void {
  const flexible = version >= 9;
  writer.int16(message.errorCode);
  if (message.name === null && !(version >= 12)) writer.refuse('MetadataResponseTopic.name', version);
  writer.nullableString(flexible, message.name);
  if (version >= 10) writer.uuid(message.topicId ?? zeroUuid);
  if (version >= 1) writer.bool(message.isInternal ?? false);
  writer.array(flexible, message.partitions, encodeMetadataResponsePartition, version);
  if (version >= 8) writer.int32(message.topicAuthorizedOperations ?? -2147483648);
  if (!(version >= 8) && (message.topicAuthorizedOperations ?? -2147483648) !== -2147483648)
    writer.refuse('MetadataResponseTopic.topicAuthorizedOperations', version);
  if (flexible) writer.noTaggedFields();
}

function encodeMetadataResponsePartition(
  writer: Writer,
  message: MetadataResponsePartition,
  version: number,
): void {
  const flexible = version >= 9;
  writer.int16(message.errorCode);
  writer.int32(message.partitionIndex);
  writer.int32(message.leaderId);
  if (version >= 7) writer.int32(message.leaderEpoch ?? -1);
  writer.array(flexible, message.replicaNodes, writeInt32, version);
  writer.array(flexible, message.isrNodes, writeInt32, version);
  if (version >= 5) writer.array(flexible, message.offlineReplicas ?? [], writeInt32, version);
  if (flexible) writer.noTaggedFields();
}

function encodeMetadataResponseBroker(
  writer: Writer,
  message: MetadataResponseBroker,
  version: number,
): void {
  const flexible = version >= 9;
  writer.int32(message.nodeId);
  writer.string(flexible, message.host);
  writer.int32(message.port);
  if (version >= 1) writer.nullableString(flexible, message.rack ?? null);
  if (flexible) writer.noTaggedFields();
}
