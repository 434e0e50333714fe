// TxnOffsetCommitResponse, versions 0 to 5, flexible from 3.
//
// Written by `npm run kafka-messages` from Apache Kafka's TxnOffsetCommitResponse.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

export type TxnOffsetCommitResponse = {
  /** The duration in milliseconds for which the request was throttled due to a quota violation, or zero if the request did not violate any quota. */
  readonly throttleTimeMs: number;
  /** The responses for each topic. */
  readonly topics: readonly TxnOffsetCommitResponseTopic[];
};

export type TxnOffsetCommitResponseTopic = {
  /** The topic name. */
  readonly name: string;
  /** The responses for each partition in the topic. */
  readonly partitions: readonly TxnOffsetCommitResponsePartition[];
};

export type TxnOffsetCommitResponsePartition = {
  /** The partition index. */
  readonly partitionIndex: number;
  /** The error code, or 0 if there was no error. */
  readonly errorCode: number;
};

export function decodeTxnOffsetCommitResponse(reader: Reader, version: number): TxnOffsetCommitResponse {
  const flexible = version >= 3;
  const throttleTimeMs = reader.int32();
  const topics = reader.array(flexible, decodeTxnOffsetCommitResponseTopic, version);
  if (flexible) reader.skipTaggedFields();
  return { throttleTimeMs, topics };
}

function decodeTxnOffsetCommitResponseTopic(reader: Reader, version: number): TxnOffsetCommitResponseTopic {
  const flexible = version >= 3;
  const name = reader.string(flexible);
  const partitions = reader.array(flexible, decodeTxnOffsetCommitResponsePartition, version);
  if (flexible) reader.skipTaggedFields();
  return { name, partitions };
}

function decodeTxnOffsetCommitResponsePartition(
  reader: Reader,
  version: number,
): TxnOffsetCommitResponsePartition {
  const flexible = version >= 3;
  const partitionIndex = reader.int32();
  const errorCode = reader.int16();
  if (flexible) reader.skipTaggedFields();
  return { partitionIndex, errorCode };
}

export function encodeTxnOffsetCommitResponse(
  writer: Writer,
  message: TxnOffsetCommitResponse,
  version: number,
): void {
  const flexible = version >= 3;
  writer.int32(message.throttleTimeMs);
  writer.array(flexible, message.topics, encodeTxnOffsetCommitResponseTopic, version);
  if (flexible) writer.noTaggedFields();
}

function encodeTxnOffsetCommitResponseTopic(
  writer: Writer,
  message: TxnOffsetCommitResponseTopic,
  version: number,
): void {
  const flexible = version >= 3;
  writer.string(flexible, message.name);
  writer.array(flexible, message.partitions, encodeTxnOffsetCommitResponsePartition, version);
  if (flexible) writer.noTaggedFields();
}

function encodeTxnOffsetCommitResponsePartition(
  writer: Writer,
  message: TxnOffsetCommitResponsePartition,
  version: number,
): void {
  const flexible = version >= 3;
  writer.int32(message.partitionIndex);
  writer.int16(message.errorCode);
  if (flexible) writer.noTaggedFields();
}
