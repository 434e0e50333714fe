// AddPartitionsToTxnResponse, versions 0 to 5, flexible from 3.
//
// Written by `npm run kafka-messages` from Apache Kafka's AddPartitionsToTxnResponse.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

export type AddPartitionsToTxnResponse = {
  /** Duration in milliseconds for which the request was throttled due to a quota violation, or zero if the request did not violate any quota. */
  readonly throttleTimeMs: number;
  /** The response top level error code. */
  readonly errorCode?: number | undefined;
  /** Results categorized by transactional ID. */
  readonly resultsByTransaction?: readonly AddPartitionsToTxnResult[] | undefined;
  /** The results for each topic. */
  readonly resultsByTopicV3AndBelow?: readonly AddPartitionsToTxnTopicResult[] | undefined;
};

export type AddPartitionsToTxnResult = {
  /** The transactional id corresponding to the transaction. */
  readonly transactionalId: string;
  /** The results for each topic. */
  readonly topicResults: readonly AddPartitionsToTxnTopicResult[];
};

export type AddPartitionsToTxnTopicResult = {
  /** The topic name. */
  readonly name: string;
  /** The results for each partition. */
  readonly resultsByPartition: readonly AddPartitionsToTxnPartitionResult[];
};

export type AddPartitionsToTxnPartitionResult = {
  /** The partition indexes. */
  readonly partitionIndex: number;
  /** The response error code. */
  readonly partitionErrorCode: number;
};

export function decodeAddPartitionsToTxnResponse(
  reader: Reader,
  version: number,
): AddPartitionsToTxnResponse {
  const flexible = version >= 3;
  const throttleTimeMs = reader.int32();
  let errorCode: AddPartitionsToTxnResponse['errorCode'] = 0;
  if (version >= 4) errorCode = reader.int16();
  let resultsByTransaction: AddPartitionsToTxnResponse['resultsByTransaction'] = [];
  if (version >= 4) resultsByTransaction = reader.array(flexible, decodeAddPartitionsToTxnResult, version);
  let resultsByTopicV3AndBelow: AddPartitionsToTxnResponse['resultsByTopicV3AndBelow'] = [];
  if (version <= 3)
    resultsByTopicV3AndBelow = reader.array(flexible, decodeAddPartitionsToTxnTopicResult, version);
  if (flexible) reader.skipTaggedFields();
  return { throttleTimeMs, errorCode, resultsByTransaction, resultsByTopicV3AndBelow };
}

function decodeAddPartitionsToTxnResult(reader: Reader, version: number): AddPartitionsToTxnResult {
  const transactionalId = reader.string(true);
  const topicResults = reader.array(true, decodeAddPartitionsToTxnTopicResult, version);
  reader.skipTaggedFields();
  return { transactionalId, topicResults };
}

function decodeAddPartitionsToTxnTopicResult(reader: Reader, version: number): AddPartitionsToTxnTopicResult {
  const flexible = version >= 3;
  const name = reader.string(flexible);
  const resultsByPartition = reader.array(flexible, decodeAddPartitionsToTxnPartitionResult, version);
  if (flexible) reader.skipTaggedFields();
  return { name, resultsByPartition };
}

function decodeAddPartitionsToTxnPartitionResult(
  reader: Reader,
  version: number,
): AddPartitionsToTxnPartitionResult {
  const flexible = version >= 3;
  const partitionIndex = reader.int32();
  const partitionErrorCode = reader.int16();
  if (flexible) reader.skipTaggedFields();
  return { partitionIndex, partitionErrorCode };
}

export function encodeAddPartitionsToTxnResponse(
  writer: Writer,
  message: AddPartitionsToTxnResponse,
  version: number,
): void {
  const flexible = version >= 3;
  writer.int32(message.throttleTimeMs);
  if (version >= 4) writer.int16(message.errorCode ?? 0);
  if (version >= 4)
    writer.array(flexible, message.resultsByTransaction ?? [], encodeAddPartitionsToTxnResult, version);
  if (!(version >= 4) && (message.resultsByTransaction?.length ?? 0) > 0)
    writer.refuse('AddPartitionsToTxnResponse.resultsByTransaction', version);
  if (version <= 3)
    writer.array(
      flexible,
      message.resultsByTopicV3AndBelow ?? [],
      encodeAddPartitionsToTxnTopicResult,
      version,
    );
  if (!(version <= 3) && (message.resultsByTopicV3AndBelow?.length ?? 0) > 0)
    writer.refuse('AddPartitionsToTxnResponse.resultsByTopicV3AndBelow', version);
  if (flexible) writer.noTaggedFields();
}

function encodeAddPartitionsToTxnResult(
  writer: Writer,
  message: AddPartitionsToTxnResult,
  version: number,
): void {
  writer.string(true, message.transactionalId);
  writer.array(true, message.topicResults, encodeAddPartitionsToTxnTopicResult, version);
  writer.noTaggedFields();
}

function encodeAddPartitionsToTxnTopicResult(
  writer: Writer,
  message: AddPartitionsToTxnTopicResult,
  version: number,
): void {
  const flexible = version >= 3;
  writer.string(flexible, message.name);
  writer.array(flexible, message.resultsByPartition, encodeAddPartitionsToTxnPartitionResult, version);
  if (flexible) writer.noTaggedFields();
}

function encodeAddPartitionsToTxnPartitionResult(
  writer: Writer,
  message: AddPartitionsToTxnPartitionResult,
  version: number,
): void {
  const flexible = version >= 3;
  writer.int32(message.partitionIndex);
  writer.int16(message.partitionErrorCode);
  if (flexible) writer.noTaggedFields();
}
