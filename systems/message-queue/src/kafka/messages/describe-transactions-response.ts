// DescribeTransactionsResponse, versions 0 to 0, flexible from 0.
//
// Written by `npm run kafka-messages` from Apache Kafka's DescribeTransactionsResponse.json (Apache License 2.0). Not to be edited.

import { type Reader, readInt32 } from '../wire/reader.ts';
import { type Writer, writeInt32 } from '../wire/writer.ts';

export type DescribeTransactionsResponse = {
  /** The duration in milliseconds for which the request was throttled due to a quota violation, or zero if the request did not violate any quota. */
  readonly throttleTimeMs: number;
  /** The current state of the transaction. */
  readonly transactionStates: readonly TransactionState[];
};

export type TransactionState = {
  /** The error code. */
  readonly errorCode: number;
  /** The transactional id. */
  readonly transactionalId: string;
  /** The current transaction state of the producer. */
  readonly transactionState: string;
  /** The timeout in milliseconds for the transaction. */
  readonly transactionTimeoutMs: number;
  /** The start time of the transaction in milliseconds. */
  readonly transactionStartTimeMs: number;
  /** The current producer id associated with the transaction. */
  readonly producerId: number;
  /** The current epoch associated with the producer id. */
  readonly producerEpoch: number;
  /** The set of partitions included in the current transaction (if active). When a transaction is preparing to commit or abort, this will include only partitions which do not have markers. */
  readonly topics: readonly TopicData[];
};

export type TopicData = {
  /** The topic name. */
  readonly topic: string;
  /** The partition ids included in the current transaction. */
  readonly partitions: readonly number[];
};

export function decodeDescribeTransactionsResponse(
  reader: Reader,
  version: number,
): DescribeTransactionsResponse {
  const throttleTimeMs = reader.int32();
  const transactionStates = reader.array(true, decodeTransactionState, version);
  reader.skipTaggedFields();
  return { throttleTimeMs, transactionStates };
}

function decodeTransactionState(reader: Reader, version: number): TransactionState {
  const errorCode = reader.int16();
  const transactionalId = reader.string(true);
  const transactionState = reader.string(true);
  const transactionTimeoutMs = reader.int32();
  const transactionStartTimeMs = reader.int64();
  const producerId = reader.int64();
  const producerEpoch = reader.int16();
  const topics = reader.array(true, decodeTopicData, version);
  reader.skipTaggedFields();
  return {
    errorCode,
    transactionalId,
    transactionState,
    transactionTimeoutMs,
    transactionStartTimeMs,
    producerId,
    producerEpoch,
    topics,
  };
}

function decodeTopicData(reader: Reader, version: number): TopicData {
  const topic = reader.string(true);
  const partitions = reader.array(true, readInt32, version);
  reader.skipTaggedFields();
  return { topic, partitions };
}

export function encodeDescribeTransactionsResponse(
  writer: Writer,
  message: DescribeTransactionsResponse,
  version: number,
): void {
  writer.int32(message.throttleTimeMs);
  writer.array(true, message.transactionStates, encodeTransactionState, version);
  writer.noTaggedFields();
}

function encodeTransactionState(writer: Writer, message: TransactionState, version: number): void {
  writer.int16(message.errorCode);
  writer.string(true, message.transactionalId);
  writer.string(true, message.transactionState);
  writer.int32(message.transactionTimeoutMs);
  writer.int64(message.transactionStartTimeMs);
  writer.int64(message.producerId);
  writer.int16(message.producerEpoch);
  writer.array(true, message.topics, encodeTopicData, version);
  writer.noTaggedFields();
}

function encodeTopicData(writer: Writer, message: TopicData, version: number): void {
  writer.string(true, message.topic);
  writer.array(true, message.partitions, writeInt32, version);
  writer.noTaggedFields();
}
