// EndTxnRequest, versions 0 to 5, flexible from 3.
//
// Written by `npm run kafka-messages` from Apache Kafka's EndTxnRequest.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

export type EndTxnRequest = {
  /** The ID of the transaction to end. */
  readonly transactionalId: string;
  /** The producer ID. */
  readonly producerId: number;
  /** The current epoch associated with the producer. */
  readonly producerEpoch: number;
  /** True if the transaction was committed, false if it was aborted. */
  readonly committed: boolean;
};

export function decodeEndTxnRequest(reader: Reader, version: number): EndTxnRequest {
  const flexible = version >= 3;
  const transactionalId = reader.string(flexible);
  const producerId = reader.int64();
  const producerEpoch = reader.int16();
  const committed = reader.bool();
  if (flexible) reader.skipTaggedFields();
  return { transactionalId, producerId, producerEpoch, committed };
}

export function encodeEndTxnRequest(writer: Writer, message: EndTxnRequest, version: number): void {
  const flexible = version >= 3;
  writer.string(flexible, message.transactionalId);
  writer.int64(message.producerId);
  writer.int16(message.producerEpoch);
  writer.bool(message.committed);
  if (flexible) writer.noTaggedFields();
}
