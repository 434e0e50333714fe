// HeartbeatResponse, versions 0 to 4, flexible from 4.
//
// Written by `npm run kafka-messages` from Apache Kafka's HeartbeatResponse.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

export type HeartbeatResponse = {
  /** The duration in milliseconds for which the request was throttled due to a quota violation, or zero if the request did not violate any quota. */
  readonly throttleTimeMs?: number | undefined;
  /** The error code, or 0 if there was no error. */
  readonly errorCode: number;
};

export function decodeHeartbeatResponse(reader: Reader, version: number): HeartbeatResponse {
  const flexible = version >= 4;
  let throttleTimeMs: HeartbeatResponse['throttleTimeMs'] = 0;
  if (version >= 1) throttleTimeMs = reader.int32();
  const errorCode = reader.int16();
  if (flexible) reader.skipTaggedFields();
  return { throttleTimeMs, errorCode };
}

export function encodeHeartbeatResponse(writer: Writer, message: HeartbeatResponse, version: number): void {
  const flexible = version >= 4;
  if (version >= 1) writer.int32(message.throttleTimeMs ?? 0);
  writer.int16(message.errorCode);
  if (flexible) writer.noTaggedFields();
}
