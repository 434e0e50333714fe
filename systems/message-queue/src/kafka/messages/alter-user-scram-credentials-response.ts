// AlterUserScramCredentialsResponse, versions 0 to 0, flexible from 0.
//
// Written by `npm run kafka-messages` from Apache Kafka's AlterUserScramCredentialsResponse.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

export type AlterUserScramCredentialsResponse = {
  /** The duration in milliseconds for which the request was throttled due to a quota violation, or zero if the request did not violate any quota. */
  readonly throttleTimeMs: number;
  /** The results for deletions and alterations, one per affected user. */
  readonly results: readonly AlterUserScramCredentialsResult[];
};

export type AlterUserScramCredentialsResult = {
  /** The user name. */
  readonly user: string;
  /** The error code. */
  readonly errorCode: number;
  /** The error message, if any. */
  readonly errorMessage: string | null;
};

export function decodeAlterUserScramCredentialsResponse(
  reader: Reader,
  version: number,
): AlterUserScramCredentialsResponse {
  const throttleTimeMs = reader.int32();
  const results = reader.array(true, decodeAlterUserScramCredentialsResult, version);
  reader.skipTaggedFields();
  return { throttleTimeMs, results };
}

function decodeAlterUserScramCredentialsResult(
  reader: Reader,
  _version: number,
): AlterUserScramCredentialsResult {
  const user = reader.string(true);
  const errorCode = reader.int16();
  const errorMessage = reader.nullableString(true);
  reader.skipTaggedFields();
  return { user, errorCode, errorMessage };
}

export function encodeAlterUserScramCredentialsResponse(
  writer: Writer,
  message: AlterUserScramCredentialsResponse,
  version: number,
): void {
  writer.int32(message.throttleTimeMs);
  writer.array(true, message.results, encodeAlterUserScramCredentialsResult, version);
  writer.noTaggedFields();
}

function encodeAlterUserScramCredentialsResult(
  writer: Writer,
  message: AlterUserScramCredentialsResult,
  _version: number,
): void {
  writer.string(true, message.user);
  writer.int16(message.errorCode);
  writer.nullableString(true, message.errorMessage);
  writer.noTaggedFields();
}
