// SaslHandshakeResponse, versions 0 to 1, none is flexible.
//
// Written by `npm run kafka-messages` from Apache Kafka's SaslHandshakeResponse.json (Apache License 2.0). Not to be edited.

import { type Reader, readString } from '../wire/reader.ts';
import { type Writer, writeString } from '../wire/writer.ts';

export type SaslHandshakeResponse = {
  /** The error code, or 0 if there was no error. */
  readonly errorCode: number;
  /** The mechanisms enabled in the server. */
  readonly mechanisms: readonly string[];
};

export function decodeSaslHandshakeResponse(reader: Reader, version: number): SaslHandshakeResponse {
  const errorCode = reader.int16();
  const mechanisms = reader.array(false, readString, version);
  return { errorCode, mechanisms };
}

export function encodeSaslHandshakeResponse(
  writer: Writer,
  message: SaslHandshakeResponse,
  version: number,
): void {
  writer.int16(message.errorCode);
  writer.array(false, message.mechanisms, writeString, version);
}
