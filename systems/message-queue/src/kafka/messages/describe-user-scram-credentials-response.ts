// DescribeUserScramCredentialsResponse, versions 0 to 0, flexible from 0.
//
// Written by `npm run kafka-messages` from Apache Kafka's DescribeUserScramCredentialsResponse.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

export type DescribeUserScramCredentialsResponse = {
  /** The duration in milliseconds for which the request was throttled due to a quota violation, or zero if the request did not violate any quota. */
  readonly throttleTimeMs: number;
  /** The message-level error code, 0 except for user authorization or infrastructure issues. */
  readonly errorCode: number;
  /** The message-level error message, if any. */
  readonly errorMessage: string | null;
  /** The results for descriptions, one per user. */
  readonly results: readonly DescribeUserScramCredentialsResult[];
};

export type DescribeUserScramCredentialsResult = {
  /** The user name. */
  readonly user: string;
  /** The user-level error code. */
  readonly errorCode: number;
  /** The user-level error message, if any. */
  readonly errorMessage: string | null;
  /** The mechanism and related information associated with the user's SCRAM credentials. */
  readonly credentialInfos: readonly CredentialInfo[];
};

export type CredentialInfo = {
  /** The SCRAM mechanism. */
  readonly mechanism: number;
  /** The number of iterations used in the SCRAM credential. */
  readonly iterations: number;
};

export function decodeDescribeUserScramCredentialsResponse(
  reader: Reader,
  version: number,
): DescribeUserScramCredentialsResponse {
  const throttleTimeMs = reader.int32();
  const errorCode = reader.int16();
  const errorMessage = reader.nullableString(true);
  const results = reader.array(true, decodeDescribeUserScramCredentialsResult, version);
  reader.skipTaggedFields();
  return { throttleTimeMs, errorCode, errorMessage, results };
}

function decodeDescribeUserScramCredentialsResult(
  reader: Reader,
  version: number,
): DescribeUserScramCredentialsResult {
  const user = reader.string(true);
  const errorCode = reader.int16();
  const errorMessage = reader.nullableString(true);
  const credentialInfos = reader.array(true, decodeCredentialInfo, version);
  reader.skipTaggedFields();
  return { user, errorCode, errorMessage, credentialInfos };
}

function decodeCredentialInfo(reader: Reader, _version: number): CredentialInfo {
  const mechanism = reader.int8();
  const iterations = reader.int32();
  reader.skipTaggedFields();
  return { mechanism, iterations };
}

export function encodeDescribeUserScramCredentialsResponse(
  writer: Writer,
  message: DescribeUserScramCredentialsResponse,
  version: number,
): void {
  writer.int32(message.throttleTimeMs);
  writer.int16(message.errorCode);
  writer.nullableString(true, message.errorMessage);
  writer.array(true, message.results, encodeDescribeUserScramCredentialsResult, version);
  writer.noTaggedFields();
}

function encodeDescribeUserScramCredentialsResult(
  writer: Writer,
  message: DescribeUserScramCredentialsResult,
  version: number,
): void {
  writer.string(true, message.user);
  writer.int16(message.errorCode);
  writer.nullableString(true, message.errorMessage);
  writer.array(true, message.credentialInfos, encodeCredentialInfo, version);
  writer.noTaggedFields();
}

function encodeCredentialInfo(writer: Writer, message: CredentialInfo, _version: number): void {
  writer.int8(message.mechanism);
  writer.int32(message.iterations);
  writer.noTaggedFields();
}
