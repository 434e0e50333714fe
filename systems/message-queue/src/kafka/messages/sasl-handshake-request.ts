// SaslHandshakeRequest, versions 0 to 1, none is flexible.
//
// Written by `npm run kafka-messages` from Apache Kafka's SaslHandshakeRequest.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

export type SaslHandshakeRequest = {
  /** The SASL mechanism chosen by the client. */
  readonly mechanism: string;
};

export function decodeSaslHandshakeRequest(reader: Reader, _version: number): SaslHandshakeRequest {
  const mechanism = reader.string(false);
  return { mechanism };
}

export function encodeSaslHandshakeRequest(
  writer: Writer,
  message: SaslHandshakeRequest,
  _version: number,
): void {
  writer.string(false, message.mechanism);
}
