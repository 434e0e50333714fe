// SaslAuthenticateRequest, versions 0 to 2, flexible from 2.
//
// Written by `npm run kafka-messages` from Apache Kafka's SaslAuthenticateRequest.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

export type SaslAuthenticateRequest = {
  /** The SASL authentication bytes from the client, as defined by the SASL mechanism. */
  readonly authBytes: Uint8Array;
};

export function decodeSaslAuthenticateRequest(reader: Reader, version: number): SaslAuthenticateRequest {
  const flexible = version >= 2;
  const authBytes = reader.bytes(flexible);
  if (flexible) reader.skipTaggedFields();
  return { authBytes };
}

export function encodeSaslAuthenticateRequest(
  writer: Writer,
  message: SaslAuthenticateRequest,
  version: number,
): void {
  const flexible = version >= 2;
  writer.bytes(flexible, message.authBytes);
  if (flexible) writer.noTaggedFields();
}
