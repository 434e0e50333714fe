// SaslAuthenticateResponse, versions 0 to 2, flexible from 2.
//
// Written by `npm run kafka-messages` from Apache Kafka's SaslAuthenticateResponse.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

export type SaslAuthenticateResponse = {
  /** The error code, or 0 if there was no error. */
  readonly errorCode: number;
  /** The error message, or null if there was no error. */
  readonly errorMessage: string | null;
  /** The SASL authentication bytes from the server, as defined by the SASL mechanism. */
  readonly authBytes: Uint8Array;
  /** Number of milliseconds after which only re-authentication over the existing connection to create a new session can occur. */
  readonly sessionLifetimeMs?: number | undefined;
};

export function decodeSaslAuthenticateResponse(reader: Reader, version: number): SaslAuthenticateResponse {
  const flexible = version >= 2;
  const errorCode = reader.int16();
  const errorMessage = reader.nullableString(flexible);
  const authBytes = reader.bytes(flexible);
  let sessionLifetimeMs: SaslAuthenticateResponse['sessionLifetimeMs'] = 0;
  if (version >= 1) sessionLifetimeMs = reader.int64();
  if (flexible) reader.skipTaggedFields();
  return { errorCode, errorMessage, authBytes, sessionLifetimeMs };
}

export function encodeSaslAuthenticateResponse(
  writer: Writer,
  message: SaslAuthenticateResponse,
  version: number,
): void {
  const flexible = version >= 2;
  writer.int16(message.errorCode);
  writer.nullableString(flexible, message.errorMessage);
  writer.bytes(flexible, message.authBytes);
  if (version >= 1) writer.int64(message.sessionLifetimeMs ?? 0);
  if (flexible) writer.noTaggedFields();
}
