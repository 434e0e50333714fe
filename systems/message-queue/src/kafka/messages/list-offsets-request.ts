// ListOffsetsRequest, versions 1 to 11, flexible from 6.
//
// Written by `npm run kafka-messages` from Apache Kafka's ListOffsetsRequest.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

export type ListOffsetsRequest = {
  /** The broker ID of the requester, or -1 if this request is being made by a normal consumer. */
  readonly replicaId: number;
  /** This setting controls the visibility of transactional records. Using READ_UNCOMMITTED (isolation_level = 0) makes all records visible. With READ_COMMITTED (isolation_level = 1), non-transactional and COMMITTED transactional records are visible. To be more concrete, READ_COMMITTED returns all data from offsets smaller than the current LSO (last stable offset), and enables the inclusion of the list of aborted transactions in the result, which allows consumers to discard ABORTED transactional records. */
  readonly isolationLevel: number;
  /** Each topic in the request. */
  readonly topics: readonly ListOffsetsTopic[];
  /** The timeout to await a response in milliseconds for requests that require reading from remote storage for topics enabled with tiered storage. */
  readonly timeoutMs: number;
};

export type ListOffsetsTopic = {
  /** The topic name. */
  readonly name: string;
  /** Each partition in the request. */
  readonly partitions: readonly ListOffsetsPartition[];
};

export type ListOffsetsPartition = {
  /** The partition index. */
  readonly partitionIndex: number;
  /** The current leader epoch. */
  readonly currentLeaderEpoch: number;
  /** The current timestamp. */
  readonly timestamp: number;
};

export function decodeListOffsetsRequest(reader: Reader, version: number): ListOffsetsRequest {
  const flexible = version >= 6;
  const replicaId = reader.int32();
  let isolationLevel: ListOffsetsRequest['isolationLevel'] = 0;
  if (version >= 2) isolationLevel = reader.int8();
  const topics = reader.array(flexible, decodeListOffsetsTopic, version);
  let timeoutMs: ListOffsetsRequest['timeoutMs'] = 0;
  if (version >= 10) timeoutMs = reader.int32();
  if (flexible) reader.skipTaggedFields();
  return { replicaId, isolationLevel, topics, timeoutMs };
}

function decodeListOffsetsTopic(reader: Reader, version: number): ListOffsetsTopic {
  const flexible = version >= 6;
  const name = reader.string(flexible);
  const partitions = reader.array(flexible, decodeListOffsetsPartition, version);
  if (flexible) reader.skipTaggedFields();
  return { name, partitions };
}

function decodeListOffsetsPartition(reader: Reader, version: number): ListOffsetsPartition {
  const flexible = version >= 6;
  const partitionIndex = reader.int32();
  let currentLeaderEpoch: ListOffsetsPartition['currentLeaderEpoch'] = -1;
  if (version >= 4) currentLeaderEpoch = reader.int32();
  const timestamp = reader.int64();
  if (flexible) reader.skipTaggedFields();
  return { partitionIndex, currentLeaderEpoch, timestamp };
}

export function encodeListOffsetsRequest(writer: Writer, message: ListOffsetsRequest, version: number): void {
  const flexible = version >= 6;
  writer.int32(message.replicaId);
  if (version >= 2) writer.int8(message.isolationLevel);
  if (!(version >= 2) && (message.isolationLevel ?? 0) !== 0)
    writer.refuse('ListOffsetsRequest.isolationLevel', version);
  writer.array(flexible, message.topics, encodeListOffsetsTopic, version);
  if (version >= 10) writer.int32(message.timeoutMs);
  if (flexible) writer.noTaggedFields();
}

function encodeListOffsetsTopic(writer: Writer, message: ListOffsetsTopic, version: number): void {
  const flexible = version >= 6;
  writer.string(flexible, message.name);
  writer.array(flexible, message.partitions, encodeListOffsetsPartition, version);
  if (flexible) writer.noTaggedFields();
}

function encodeListOffsetsPartition(writer: Writer, message: ListOffsetsPartition, version: number): void {
  const flexible = version >= 6;
  writer.int32(message.partitionIndex);
  if (version >= 4) writer.int32(message.currentLeaderEpoch);
  writer.int64(message.timestamp);
  if (flexible) writer.noTaggedFields();
}
