// EndTxnResponse, versions 0 to 5, flexible from 3.
//
// Written by `npm run kafka-messages` from Apache Kafka's EndTxnResponse.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

export type EndTxnResponse = {
  /** The duration in milliseconds for which the request was throttled due to a quota violation, or zero if the request did not violate any quota. */
  readonly throttleTimeMs: number;
  /** The error code, or 0 if there was no error. */
  readonly errorCode: number;
  /** The producer ID. */
  readonly producerId?: number | undefined;
  /** The current epoch associated with the producer. */
  readonly producerEpoch?: number | undefined;
};

export function decodeEndTxnResponse(reader: Reader, version: number): EndTxnResponse {
  const flexible = version >= 3;
  const throttleTimeMs = reader.int32();
  const errorCode = reader.int16();
  let producerId: EndTxnResponse['producerId'] = -1;
  if (version >= 5) producerId = reader.int64();
  let producerEpoch: EndTxnResponse['producerEpoch'] = -1;
  if (version >= 5) producerEpoch = reader.int16();
  if (flexible) reader.skipTaggedFields();
  return { throttleTimeMs, errorCode, producerId, producerEpoch };
}

export function encodeEndTxnResponse(writer: Writer, message: EndTxnResponse, version: number): void {
  const flexible = version >= 3;
  writer.int32(message.throttleTimeMs);
  writer.int16(message.errorCode);
  if (version >= 5) writer.int64(message.producerId ?? -1);
  if (version >= 5) writer.int16(message.producerEpoch ?? -1);
  if (flexible) writer.noTaggedFields();
}
