// InitProducerIdRequest, versions 0 to 6, flexible from 2.
//
// Written by `npm run kafka-messages` from Apache Kafka's InitProducerIdRequest.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

export type InitProducerIdRequest = {
  /** The transactional id, or null if the producer is not transactional. */
  readonly transactionalId: string | null;
  /** The time in ms to wait before aborting idle transactions sent by this producer. This is only relevant if a TransactionalId has been defined. */
  readonly transactionTimeoutMs: number;
  /** The producer id. This is used to disambiguate requests if a transactional id is reused following its expiration. */
  readonly producerId: number;
  /** The producer's current epoch. This will be checked against the producer epoch on the broker, and the request will return an error if they do not match. */
  readonly producerEpoch: number;
  /** True if the client wants to enable two-phase commit (2PC) protocol for transactions. */
  readonly enable2Pc: boolean;
  /** True if the client wants to keep the currently ongoing transaction instead of aborting it. */
  readonly keepPreparedTxn: boolean;
};

export function decodeInitProducerIdRequest(reader: Reader, version: number): InitProducerIdRequest {
  const flexible = version >= 2;
  const transactionalId = reader.nullableString(flexible);
  const transactionTimeoutMs = reader.int32();
  let producerId: InitProducerIdRequest['producerId'] = -1;
  if (version >= 3) producerId = reader.int64();
  let producerEpoch: InitProducerIdRequest['producerEpoch'] = -1;
  if (version >= 3) producerEpoch = reader.int16();
  let enable2Pc: InitProducerIdRequest['enable2Pc'] = false;
  if (version >= 6) enable2Pc = reader.bool();
  let keepPreparedTxn: InitProducerIdRequest['keepPreparedTxn'] = false;
  if (version >= 6) keepPreparedTxn = reader.bool();
  if (flexible) reader.skipTaggedFields();
  return { transactionalId, transactionTimeoutMs, producerId, producerEpoch, enable2Pc, keepPreparedTxn };
}

export function encodeInitProducerIdRequest(
  writer: Writer,
  message: InitProducerIdRequest,
  version: number,
): void {
  const flexible = version >= 2;
  writer.nullableString(flexible, message.transactionalId);
  writer.int32(message.transactionTimeoutMs);
  if (version >= 3) writer.int64(message.producerId);
  if (!(version >= 3) && (message.producerId ?? -1) !== -1)
    writer.refuse('InitProducerIdRequest.producerId', version);
  if (version >= 3) writer.int16(message.producerEpoch);
  if (!(version >= 3) && (message.producerEpoch ?? -1) !== -1)
    writer.refuse('InitProducerIdRequest.producerEpoch', version);
  if (version >= 6) writer.bool(message.enable2Pc);
  if (!(version >= 6) && (message.enable2Pc ?? false) !== false)
    writer.refuse('InitProducerIdRequest.enable2Pc', version);
  if (version >= 6) writer.bool(message.keepPreparedTxn);
  if (!(version >= 6) && (message.keepPreparedTxn ?? false) !== false)
    writer.refuse('InitProducerIdRequest.keepPreparedTxn', version);
  if (flexible) writer.noTaggedFields();
}
