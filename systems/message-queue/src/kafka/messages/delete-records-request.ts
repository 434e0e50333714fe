// DeleteRecordsRequest, versions 0 to 2, flexible from 2.
//
// Written by `npm run kafka-messages` from Apache Kafka's DeleteRecordsRequest.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

export type DeleteRecordsRequest = {
  /** Each topic that we want to delete records from. */
  readonly topics: readonly DeleteRecordsTopic[];
  /** How long to wait for the deletion to complete, in milliseconds. */
  readonly timeoutMs: number;
};

export type DeleteRecordsTopic = {
  /** The topic name. */
  readonly name: string;
  /** Each partition that we want to delete records from. */
  readonly partitions: readonly DeleteRecordsPartition[];
};

export type DeleteRecordsPartition = {
  /** The partition index. */
  readonly partitionIndex: number;
  /** The deletion offset. -1 means that records should be truncated to the high watermark. */
  readonly offset: number;
};

export function decodeDeleteRecordsRequest(reader: Reader, version: number): DeleteRecordsRequest {
  const flexible = version >= 2;
  const topics = reader.array(flexible, decodeDeleteRecordsTopic, version);
  const timeoutMs = reader.int32();
  if (flexible) reader.skipTaggedFields();
  return { topics, timeoutMs };
}

function decodeDeleteRecordsTopic(reader: Reader, version: number): DeleteRecordsTopic {
  const flexible = version >= 2;
  const name = reader.string(flexible);
  const partitions = reader.array(flexible, decodeDeleteRecordsPartition, version);
  if (flexible) reader.skipTaggedFields();
  return { name, partitions };
}

function decodeDeleteRecordsPartition(reader: Reader, version: number): DeleteRecordsPartition {
  const flexible = version >= 2;
  const partitionIndex = reader.int32();
  const offset = reader.int64();
  if (flexible) reader.skipTaggedFields();
  return { partitionIndex, offset };
}

export function encodeDeleteRecordsRequest(
  writer: Writer,
  message: DeleteRecordsRequest,
  version: number,
): void {
  const flexible = version >= 2;
  writer.array(flexible, message.topics, encodeDeleteRecordsTopic, version);
  writer.int32(message.timeoutMs);
  if (flexible) writer.noTaggedFields();
}

function encodeDeleteRecordsTopic(writer: Writer, message: DeleteRecordsTopic, version: number): void {
  const flexible = version >= 2;
  writer.string(flexible, message.name);
  writer.array(flexible, message.partitions, encodeDeleteRecordsPartition, version);
  if (flexible) writer.noTaggedFields();
}

function encodeDeleteRecordsPartition(
  writer: Writer,
  message: DeleteRecordsPartition,
  version: number,
): void {
  const flexible = version >= 2;
  writer.int32(message.partitionIndex);
  writer.int64(message.offset);
  if (flexible) writer.noTaggedFields();
}
