// RequestHeader, versions 1 to 2, flexible from 2.
//
// Written by `npm run kafka-messages` from Apache Kafka's RequestHeader.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

export type RequestHeader = {
  /** The API key of this request. */
  readonly requestApiKey: number;
  /** The API version of this request. */
  readonly requestApiVersion: number;
  /** The correlation ID of this request. */
  readonly correlationId: number;
  /** The client ID string. */
  readonly clientId: string | null;
};

export function decodeRequestHeader(reader: Reader, version: number): RequestHeader {
  const flexible = version >= 2;
  const requestApiKey = reader.int16();
  const requestApiVersion = reader.int16();
  const correlationId = reader.int32();
  const clientId = reader.nullableString(false);
  if (flexible) reader.skipTaggedFields();
  return { requestApiKey, requestApiVersion, correlationId, clientId };
}

export function encodeRequestHeader(writer: Writer, message: RequestHeader, version: number): void {
  const flexible = version >= 2;
  writer.int16(message.requestApiKey);
  writer.int16(message.requestApiVersion);
  writer.int32(message.correlationId);
  writer.nullableString(false, message.clientId);
  if (flexible) writer.noTaggedFields();
}
