// DescribeProducersResponse, versions 0 to 0, flexible from 0.
//
// Written by `npm run kafka-messages` from Apache Kafka's DescribeProducersResponse.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

export type DescribeProducersResponse = {
  /** The duration in milliseconds for which the request was throttled due to a quota violation, or zero if the request did not violate any quota. */
  readonly throttleTimeMs: number;
  /** Each topic in the response. */
  readonly topics: readonly TopicResponse[];
};

export type TopicResponse = {
  /** The topic name. */
  readonly name: string;
  /** Each partition in the response. */
  readonly partitions: readonly PartitionResponse[];
};

export type PartitionResponse = {
  /** The partition index. */
  readonly partitionIndex: number;
  /** The partition error code, or 0 if there was no error. */
  readonly errorCode: number;
  /** The partition error message, which may be null if no additional details are available. */
  readonly errorMessage?: string | null | undefined;
  /** The active producers for the partition. */
  readonly activeProducers: readonly ProducerState[];
};

export type ProducerState = {
  /** The producer id. */
  readonly producerId: number;
  /** The producer epoch. */
  readonly producerEpoch: number;
  /** The last sequence number sent by the producer. */
  readonly lastSequence?: number | undefined;
  /** The last timestamp sent by the producer. */
  readonly lastTimestamp?: number | undefined;
  /** The current epoch of the producer group. */
  readonly coordinatorEpoch: number;
  /** The current transaction start offset of the producer. */
  readonly currentTxnStartOffset?: number | undefined;
};

export function decodeDescribeProducersResponse(reader: Reader, version: number): DescribeProducersResponse {
  const throttleTimeMs = reader.int32();
  const topics = reader.array(true, decodeTopicResponse, version);
  reader.skipTaggedFields();
  return { throttleTimeMs, topics };
}

function decodeTopicResponse(reader: Reader, version: number): TopicResponse {
  const name = reader.string(true);
  const partitions = reader.array(true, decodePartitionResponse, version);
  reader.skipTaggedFields();
  return { name, partitions };
}

function decodePartitionResponse(reader: Reader, version: number): PartitionResponse {
  const partitionIndex = reader.int32();
  const errorCode = reader.int16();
  const errorMessage = reader.nullableString(true);
  const activeProducers = reader.array(true, decodeProducerState, version);
  reader.skipTaggedFields();
  return { partitionIndex, errorCode, errorMessage, activeProducers };
}

function decodeProducerState(reader: Reader, _version: number): ProducerState {
  const producerId = reader.int64();
  const producerEpoch = reader.int32();
  const lastSequence = reader.int32();
  const lastTimestamp = reader.int64();
  const coordinatorEpoch = reader.int32();
  const currentTxnStartOffset = reader.int64();
  reader.skipTaggedFields();
  return { producerId, producerEpoch, lastSequence, lastTimestamp, coordinatorEpoch, currentTxnStartOffset };
}

export function encodeDescribeProducersResponse(
  writer: Writer,
  message: DescribeProducersResponse,
  version: number,
): void {
  writer.int32(message.throttleTimeMs);
  writer.array(true, message.topics, encodeTopicResponse, version);
  writer.noTaggedFields();
}

function encodeTopicResponse(writer: Writer, message: TopicResponse, version: number): void {
  writer.string(true, message.name);
  writer.array(true, message.partitions, encodePartitionResponse, version);
  writer.noTaggedFields();
}

function encodePartitionResponse(writer: Writer, message: PartitionResponse, version: number): void {
  writer.int32(message.partitionIndex);
  writer.int16(message.errorCode);
  writer.nullableString(true, message.errorMessage ?? null);
  writer.array(true, message.activeProducers, encodeProducerState, version);
  writer.noTaggedFields();
}

function encodeProducerState(writer: Writer, message: ProducerState, _version: number): void {
  writer.int64(message.producerId);
  writer.int32(message.producerEpoch);
  writer.int32(message.lastSequence ?? -1);
  writer.int64(message.lastTimestamp ?? -1);
  writer.int32(message.coordinatorEpoch);
  writer.int64(message.currentTxnStartOffset ?? -1);
  writer.noTaggedFields();
}
