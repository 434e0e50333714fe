// DeleteAclsResponse, versions 1 to 3, flexible from 2.
//
// Written by `npm run kafka-messages` from Apache Kafka's DeleteAclsResponse.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

export type DeleteAclsResponse = {
  /** The duration in milliseconds for which the request was throttled due to a quota violation, or zero if the request did not violate any quota. */
  readonly throttleTimeMs: number;
  /** The results for each filter. */
  readonly filterResults: readonly DeleteAclsFilterResult[];
};

export type DeleteAclsFilterResult = {
  /** The error code, or 0 if the filter succeeded. */
  readonly errorCode: number;
  /** The error message, or null if the filter succeeded. */
  readonly errorMessage: string | null;
  /** The ACLs which matched this filter. */
  readonly matchingAcls: readonly DeleteAclsMatchingAcl[];
};

export type DeleteAclsMatchingAcl = {
  /** The deletion error code, or 0 if the deletion succeeded. */
  readonly errorCode: number;
  /** The deletion error message, or null if the deletion succeeded. */
  readonly errorMessage: string | null;
  /** The ACL resource type. */
  readonly resourceType: number;
  /** The ACL resource name. */
  readonly resourceName: string;
  /** The ACL resource pattern type. */
  readonly patternType?: number | undefined;
  /** The ACL principal. */
  readonly principal: string;
  /** The ACL host. */
  readonly host: string;
  /** The ACL operation. */
  readonly operation: number;
  /** The ACL permission type. */
  readonly permissionType: number;
};

export function decodeDeleteAclsResponse(reader: Reader, version: number): DeleteAclsResponse {
  const flexible = version >= 2;
  const throttleTimeMs = reader.int32();
  const filterResults = reader.array(flexible, decodeDeleteAclsFilterResult, version);
  if (flexible) reader.skipTaggedFields();
  return { throttleTimeMs, filterResults };
}

function decodeDeleteAclsFilterResult(reader: Reader, version: number): DeleteAclsFilterResult {
  const flexible = version >= 2;
  const errorCode = reader.int16();
  const errorMessage = reader.nullableString(flexible);
  const matchingAcls = reader.array(flexible, decodeDeleteAclsMatchingAcl, version);
  if (flexible) reader.skipTaggedFields();
  return { errorCode, errorMessage, matchingAcls };
}

function decodeDeleteAclsMatchingAcl(reader: Reader, version: number): DeleteAclsMatchingAcl {
  const flexible = version >= 2;
  const errorCode = reader.int16();
  const errorMessage = reader.nullableString(flexible);
  const resourceType = reader.int8();
  const resourceName = reader.string(flexible);
  const patternType = reader.int8();
  const principal = reader.string(flexible);
  const host = reader.string(flexible);
  const operation = reader.int8();
  const permissionType = reader.int8();
  if (flexible) reader.skipTaggedFields();
  return {
    errorCode,
    errorMessage,
    resourceType,
    resourceName,
    patternType,
    principal,
    host,
    operation,
    permissionType,
  };
}

export function encodeDeleteAclsResponse(writer: Writer, message: DeleteAclsResponse, version: number): void {
  const flexible = version >= 2;
  writer.int32(message.throttleTimeMs);
  writer.array(flexible, message.filterResults, encodeDeleteAclsFilterResult, version);
  if (flexible) writer.noTaggedFields();
}

function encodeDeleteAclsFilterResult(
  writer: Writer,
  message: DeleteAclsFilterResult,
  version: number,
): void {
  const flexible = version >= 2;
  writer.int16(message.errorCode);
  writer.nullableString(flexible, message.errorMessage);
  writer.array(flexible, message.matchingAcls, encodeDeleteAclsMatchingAcl, version);
  if (flexible) writer.noTaggedFields();
}

function encodeDeleteAclsMatchingAcl(writer: Writer, message: DeleteAclsMatchingAcl, version: number): void {
  const flexible = version >= 2;
  writer.int16(message.errorCode);
  writer.nullableString(flexible, message.errorMessage);
  writer.int8(message.resourceType);
  writer.string(flexible, message.resourceName);
  writer.int8(message.patternType ?? 3);
  writer.string(flexible, message.principal);
  writer.string(flexible, message.host);
  writer.int8(message.operation);
  writer.int8(message.permissionType);
  if (flexible) writer.noTaggedFields();
}
