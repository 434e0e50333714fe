// AddOffsetsToTxnRequest, versions 0 to 4, flexible from 3.
//
// Written by `npm run kafka-messages` from Apache Kafka's AddOffsetsToTxnRequest.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

export type AddOffsetsToTxnRequest = {
  /** The transactional id corresponding to the transaction. */
  readonly transactionalId: string;
  /** Current producer id in use by the transactional id. */
  readonly producerId: number;
  /** Current epoch associated with the producer id. */
  readonly producerEpoch: number;
  /** The unique group identifier. */
  readonly groupId: string;
};

export function decodeAddOffsetsToTxnRequest(reader: Reader, version: number): AddOffsetsToTxnRequest {
  const flexible = version >= 3;
  const transactionalId = reader.string(flexible);
  const producerId = reader.int64();
  const producerEpoch = reader.int16();
  const groupId = reader.string(flexible);
  if (flexible) reader.skipTaggedFields();
  return { transactionalId, producerId, producerEpoch, groupId };
}

export function encodeAddOffsetsToTxnRequest(
  writer: Writer,
  message: AddOffsetsToTxnRequest,
  version: number,
): void {
  const flexible = version >= 3;
  writer.string(flexible, message.transactionalId);
  writer.int64(message.producerId);
  writer.int16(message.producerEpoch);
  writer.string(flexible, message.groupId);
  if (flexible) writer.noTaggedFields();
}
