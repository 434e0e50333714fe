// ResponseHeader, versions 0 to 1, flexible from 1.
//
// Written by `npm run kafka-messages` from Apache Kafka's ResponseHeader.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

export type ResponseHeader = {
  /** The correlation ID of this response. */
  readonly correlationId: number;
};

export function decodeResponseHeader(reader: Reader, version: number): ResponseHeader {
  const flexible = version >= 1;
  const correlationId = reader.int32();
  if (flexible) reader.skipTaggedFields();
  return { correlationId };
}

export function encodeResponseHeader(writer: Writer, message: ResponseHeader, version: number): void {
  const flexible = version >= 1;
  writer.int32(message.correlationId);
  if (flexible) writer.noTaggedFields();
}
