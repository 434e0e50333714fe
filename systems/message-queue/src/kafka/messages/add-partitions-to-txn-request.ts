// AddPartitionsToTxnRequest, versions 0 to 5, flexible from 3.
//
// Written by `npm run kafka-messages` from Apache Kafka's AddPartitionsToTxnRequest.json (Apache License 2.0). Not to be edited.

import { type Reader, readInt32 } from '../wire/reader.ts';
import { type Writer, writeInt32 } from '../wire/writer.ts';

export type AddPartitionsToTxnRequest = {
  /** List of transactions to add partitions to. */
  readonly transactions: readonly AddPartitionsToTxnTransaction[];
  /** The transactional id corresponding to the transaction. */
  readonly v3AndBelowTransactionalId: string;
  /** Current producer id in use by the transactional id. */
  readonly v3AndBelowProducerId: number;
  /** Current epoch associated with the producer id. */
  readonly v3AndBelowProducerEpoch: number;
  /** The partitions to add to the transaction. */
  readonly v3AndBelowTopics: readonly AddPartitionsToTxnTopic[];
};

export type AddPartitionsToTxnTransaction = {
  /** The transactional id corresponding to the transaction. */
  readonly transactionalId: string;
  /** Current producer id in use by the transactional id. */
  readonly producerId: number;
  /** Current epoch associated with the producer id. */
  readonly producerEpoch: number;
  /** Boolean to signify if we want to check if the partition is in the transaction rather than add it. */
  readonly verifyOnly: boolean;
  /** The partitions to add to the transaction. */
  readonly topics: readonly AddPartitionsToTxnTopic[];
};

export type AddPartitionsToTxnTopic = {
  /** The name of the topic. */
  readonly name: string;
  /** The partition indexes to add to the transaction. */
  readonly partitions: readonly number[];
};

export function decodeAddPartitionsToTxnRequest(reader: Reader, version: number): AddPartitionsToTxnRequest {
  const flexible = version >= 3;
  let transactions: AddPartitionsToTxnRequest['transactions'] = [];
  if (version >= 4) transactions = reader.array(flexible, decodeAddPartitionsToTxnTransaction, version);
  let v3AndBelowTransactionalId: AddPartitionsToTxnRequest['v3AndBelowTransactionalId'] = '';
  if (version <= 3) v3AndBelowTransactionalId = reader.string(flexible);
  let v3AndBelowProducerId: AddPartitionsToTxnRequest['v3AndBelowProducerId'] = 0;
  if (version <= 3) v3AndBelowProducerId = reader.int64();
  let v3AndBelowProducerEpoch: AddPartitionsToTxnRequest['v3AndBelowProducerEpoch'] = 0;
  if (version <= 3) v3AndBelowProducerEpoch = reader.int16();
  let v3AndBelowTopics: AddPartitionsToTxnRequest['v3AndBelowTopics'] = [];
  if (version <= 3) v3AndBelowTopics = reader.array(flexible, decodeAddPartitionsToTxnTopic, version);
  if (flexible) reader.skipTaggedFields();
  return {
    transactions,
    v3AndBelowTransactionalId,
    v3AndBelowProducerId,
    v3AndBelowProducerEpoch,
    v3AndBelowTopics,
  };
}

function decodeAddPartitionsToTxnTransaction(reader: Reader, version: number): AddPartitionsToTxnTransaction {
  const transactionalId = reader.string(true);
  const producerId = reader.int64();
  const producerEpoch = reader.int16();
  const verifyOnly = reader.bool();
  const topics = reader.array(true, decodeAddPartitionsToTxnTopic, version);
  reader.skipTaggedFields();
  return { transactionalId, producerId, producerEpoch, verifyOnly, topics };
}

function decodeAddPartitionsToTxnTopic(reader: Reader, version: number): AddPartitionsToTxnTopic {
  const flexible = version >= 3;
  const name = reader.string(flexible);
  const partitions = reader.array(flexible, readInt32, version);
  if (flexible) reader.skipTaggedFields();
  return { name, partitions };
}

export function encodeAddPartitionsToTxnRequest(
  writer: Writer,
  message: AddPartitionsToTxnRequest,
  version: number,
): void {
  const flexible = version >= 3;
  if (version >= 4)
    writer.array(flexible, message.transactions, encodeAddPartitionsToTxnTransaction, version);
  if (!(version >= 4) && (message.transactions?.length ?? 0) > 0)
    writer.refuse('AddPartitionsToTxnRequest.transactions', version);
  if (version <= 3) writer.string(flexible, message.v3AndBelowTransactionalId);
  if (!(version <= 3) && (message.v3AndBelowTransactionalId ?? '') !== '')
    writer.refuse('AddPartitionsToTxnRequest.v3AndBelowTransactionalId', version);
  if (version <= 3) writer.int64(message.v3AndBelowProducerId);
  if (!(version <= 3) && (message.v3AndBelowProducerId ?? 0) !== 0)
    writer.refuse('AddPartitionsToTxnRequest.v3AndBelowProducerId', version);
  if (version <= 3) writer.int16(message.v3AndBelowProducerEpoch);
  if (!(version <= 3) && (message.v3AndBelowProducerEpoch ?? 0) !== 0)
    writer.refuse('AddPartitionsToTxnRequest.v3AndBelowProducerEpoch', version);
  if (version <= 3) writer.array(flexible, message.v3AndBelowTopics, encodeAddPartitionsToTxnTopic, version);
  if (!(version <= 3) && (message.v3AndBelowTopics?.length ?? 0) > 0)
    writer.refuse('AddPartitionsToTxnRequest.v3AndBelowTopics', version);
  if (flexible) writer.noTaggedFields();
}

function encodeAddPartitionsToTxnTransaction(
  writer: Writer,
  message: AddPartitionsToTxnTransaction,
  version: number,
): void {
  writer.string(true, message.transactionalId);
  writer.int64(message.producerId);
  writer.int16(message.producerEpoch);
  writer.bool(message.verifyOnly);
  writer.array(true, message.topics, encodeAddPartitionsToTxnTopic, version);
  writer.noTaggedFields();
}

function encodeAddPartitionsToTxnTopic(
  writer: Writer,
  message: AddPartitionsToTxnTopic,
  version: number,
): void {
  const flexible = version >= 3;
  writer.string(flexible, message.name);
  writer.array(flexible, message.partitions, writeInt32, version);
  if (flexible) writer.noTaggedFields();
}
