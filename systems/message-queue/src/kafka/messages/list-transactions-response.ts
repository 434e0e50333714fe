// ListTransactionsResponse, versions 0 to 2, flexible from 0.
//
// Written by `npm run kafka-messages` from Apache Kafka's ListTransactionsResponse.json (Apache License 2.0). Not to be edited.

import { type Reader, readCompactString } from '../wire/reader.ts';
import { type Writer, writeCompactString } from '../wire/writer.ts';

export type ListTransactionsResponse = {
  /** The duration in milliseconds for which the request was throttled due to a quota violation, or zero if the request did not violate any quota. */
  readonly throttleTimeMs: number;
  /** The error code, or 0 if there was no error. */
  readonly errorCode: number;
  /** Set of state filters provided in the request which were unknown to the transaction coordinator. */
  readonly unknownStateFilters: readonly string[];
  /** The current state of the transaction for the transactional id. */
  readonly transactionStates: readonly TransactionState[];
};

export type TransactionState = {
  /** The transactional id. */
  readonly transactionalId: string;
  /** The producer id. */
  readonly producerId: number;
  /** The current transaction state of the producer. */
  readonly transactionState: string;
};

export function decodeListTransactionsResponse(reader: Reader, version: number): ListTransactionsResponse {
  const throttleTimeMs = reader.int32();
  const errorCode = reader.int16();
  const unknownStateFilters = reader.array(true, readCompactString, version);
  const transactionStates = reader.array(true, decodeTransactionState, version);
  reader.skipTaggedFields();
  return { throttleTimeMs, errorCode, unknownStateFilters, transactionStates };
}

function decodeTransactionState(reader: Reader, _version: number): TransactionState {
  const transactionalId = reader.string(true);
  const producerId = reader.int64();
  const transactionState = reader.string(true);
  reader.skipTaggedFields();
  return { transactionalId, producerId, transactionState };
}

export function encodeListTransactionsResponse(
  writer: Writer,
  message: ListTransactionsResponse,
  version: number,
): void {
  writer.int32(message.throttleTimeMs);
  writer.int16(message.errorCode);
  writer.array(true, message.unknownStateFilters, writeCompactString, version);
  writer.array(true, message.transactionStates, encodeTransactionState, version);
  writer.noTaggedFields();
}

function encodeTransactionState(writer: Writer, message: TransactionState, _version: number): void {
  writer.string(true, message.transactionalId);
  writer.int64(message.producerId);
  writer.string(true, message.transactionState);
  writer.noTaggedFields();
}
