// InitProducerIdResponse, versions 0 to 6, flexible from 2.
//
// Written by `npm run kafka-messages` from Apache Kafka's InitProducerIdResponse.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

export type InitProducerIdResponse = {
  /** The duration in milliseconds for which the request was throttled due to a quota violation, or zero if the request did not violate any quota. */
  readonly throttleTimeMs: number;
  /** The error code, or 0 if there was no error. */
  readonly errorCode: number;
  /** The current producer id. */
  readonly producerId?: number | undefined;
  /** The current epoch associated with the producer id. */
  readonly producerEpoch: number;
  /** The producer id for ongoing transaction when KeepPreparedTxn is used, -1 if there is no transaction ongoing. */
  readonly ongoingTxnProducerId?: number | undefined;
  /** The epoch associated with the producer id for ongoing transaction when KeepPreparedTxn is used, -1 if there is no transaction ongoing. */
  readonly ongoingTxnProducerEpoch?: number | undefined;
};

export function decodeInitProducerIdResponse(reader: Reader, version: number): InitProducerIdResponse {
  const flexible = version >= 2;
  const throttleTimeMs = reader.int32();
  const errorCode = reader.int16();
  const producerId = reader.int64();
  const producerEpoch = reader.int16();
  let ongoingTxnProducerId: InitProducerIdResponse['ongoingTxnProducerId'] = -1;
  if (version >= 6) ongoingTxnProducerId = reader.int64();
  let ongoingTxnProducerEpoch: InitProducerIdResponse['ongoingTxnProducerEpoch'] = -1;
  if (version >= 6) ongoingTxnProducerEpoch = reader.int16();
  if (flexible) reader.skipTaggedFields();
  return {
    throttleTimeMs,
    errorCode,
    producerId,
    producerEpoch,
    ongoingTxnProducerId,
    ongoingTxnProducerEpoch,
  };
}

export function encodeInitProducerIdResponse(
  writer: Writer,
  message: InitProducerIdResponse,
  version: number,
): void {
  const flexible = version >= 2;
  writer.int32(message.throttleTimeMs);
  writer.int16(message.errorCode);
  writer.int64(message.producerId ?? -1);
  writer.int16(message.producerEpoch);
  if (version >= 6) writer.int64(message.ongoingTxnProducerId ?? -1);
  if (!(version >= 6) && (message.ongoingTxnProducerId ?? -1) !== -1)
    writer.refuse('InitProducerIdResponse.ongoingTxnProducerId', version);
  if (version >= 6) writer.int16(message.ongoingTxnProducerEpoch ?? -1);
  if (!(version >= 6) && (message.ongoingTxnProducerEpoch ?? -1) !== -1)
    writer.refuse('InitProducerIdResponse.ongoingTxnProducerEpoch', version);
  if (flexible) writer.noTaggedFields();
}
