// CreateAclsResponse, versions 1 to 3, flexible from 2.
//
// Written by `npm run kafka-messages` from Apache Kafka's CreateAclsResponse.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

export type CreateAclsResponse = {
  /** The duration in milliseconds for which the request was throttled due to a quota violation, or zero if the request did not violate any quota. */
  readonly throttleTimeMs: number;
  /** The results for each ACL creation. */
  readonly results: readonly AclCreationResult[];
};

export type AclCreationResult = {
  /** The result error, or zero if there was no error. */
  readonly errorCode: number;
  /** The result message, or null if there was no error. */
  readonly errorMessage: string | null;
};

export function decodeCreateAclsResponse(reader: Reader, version: number): CreateAclsResponse {
  const flexible = version >= 2;
  const throttleTimeMs = reader.int32();
  const results = reader.array(flexible, decodeAclCreationResult, version);
  if (flexible) reader.skipTaggedFields();
  return { throttleTimeMs, results };
}

function decodeAclCreationResult(reader: Reader, version: number): AclCreationResult {
  const flexible = version >= 2;
  const errorCode = reader.int16();
  const errorMessage = reader.nullableString(flexible);
  if (flexible) reader.skipTaggedFields();
  return { errorCode, errorMessage };
}

export function encodeCreateAclsResponse(writer: Writer, message: CreateAclsResponse, version: number): void {
  const flexible = version >= 2;
  writer.int32(message.throttleTimeMs);
  writer.array(flexible, message.results, encodeAclCreationResult, version);
  if (flexible) writer.noTaggedFields();
}

function encodeAclCreationResult(writer: Writer, message: AclCreationResult, version: number): void {
  const flexible = version >= 2;
  writer.int16(message.errorCode);
  writer.nullableString(flexible, message.errorMessage);
  if (flexible) writer.noTaggedFields();
}
