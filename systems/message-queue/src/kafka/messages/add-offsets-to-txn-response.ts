// AddOffsetsToTxnResponse, versions 0 to 4, flexible from 3.
//
// Written by `npm run kafka-messages` from Apache Kafka's AddOffsetsToTxnResponse.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

export type AddOffsetsToTxnResponse = {
  /** Duration in milliseconds for which the request was throttled due to a quota violation, or zero if the request did not violate any quota. */
  readonly throttleTimeMs: number;
  /** The response error code, or 0 if there was no error. */
  readonly errorCode: number;
};

export function decodeAddOffsetsToTxnResponse(reader: Reader, version: number): AddOffsetsToTxnResponse {
  const flexible = version >= 3;
  const throttleTimeMs = reader.int32();
  const errorCode = reader.int16();
  if (flexible) reader.skipTaggedFields();
  return { throttleTimeMs, errorCode };
}

export function encodeAddOffsetsToTxnResponse(
  writer: Writer,
  message: AddOffsetsToTxnResponse,
  version: number,
): void {
  const flexible = version >= 3;
  writer.int32(message.throttleTimeMs);
  writer.int16(message.errorCode);
  if (flexible) writer.noTaggedFields();
}
