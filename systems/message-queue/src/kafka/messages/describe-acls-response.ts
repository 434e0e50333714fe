// DescribeAclsResponse, versions 1 to 3, flexible from 2.
//
// Written by `npm run kafka-messages` from Apache Kafka's DescribeAclsResponse.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

export type DescribeAclsResponse = {
  /** The duration in milliseconds for which the request was throttled due to a quota violation, or zero if the request did not violate any quota. */
  readonly throttleTimeMs: number;
  /** The error code, or 0 if there was no error. */
  readonly errorCode: number;
  /** The error message, or null if there was no error. */
  readonly errorMessage: string | null;
  /** Each Resource that is referenced in an ACL. */
  readonly resources: readonly DescribeAclsResource[];
};

export type DescribeAclsResource = {
  /** The resource type. */
  readonly resourceType: number;
  /** The resource name. */
  readonly resourceName: string;
  /** The resource pattern type. */
  readonly patternType?: number | undefined;
  /** The ACLs. */
  readonly acls: readonly AclDescription[];
};

export type AclDescription = {
  /** The ACL principal. */
  readonly principal: string;
  /** The ACL host. */
  readonly host: string;
  /** The ACL operation. */
  readonly operation: number;
  /** The ACL permission type. */
  readonly permissionType: number;
};

export function decodeDescribeAclsResponse(reader: Reader, version: number): DescribeAclsResponse {
  const flexible = version >= 2;
  const throttleTimeMs = reader.int32();
  const errorCode = reader.int16();
  const errorMessage = reader.nullableString(flexible);
  const resources = reader.array(flexible, decodeDescribeAclsResource, version);
  if (flexible) reader.skipTaggedFields();
  return { throttleTimeMs, errorCode, errorMessage, resources };
}

function decodeDescribeAclsResource(reader: Reader, version: number): DescribeAclsResource {
  const flexible = version >= 2;
  const resourceType = reader.int8();
  const resourceName = reader.string(flexible);
  const patternType = reader.int8();
  const acls = reader.array(flexible, decodeAclDescription, version);
  if (flexible) reader.skipTaggedFields();
  return { resourceType, resourceName, patternType, acls };
}

function decodeAclDescription(reader: Reader, version: number): AclDescription {
  const flexible = version >= 2;
  const principal = reader.string(flexible);
  const host = reader.string(flexible);
  const operation = reader.int8();
  const permissionType = reader.int8();
  if (flexible) reader.skipTaggedFields();
  return { principal, host, operation, permissionType };
}

export function encodeDescribeAclsResponse(
  writer: Writer,
  message: DescribeAclsResponse,
  version: number,
): void {
  const flexible = version >= 2;
  writer.int32(message.throttleTimeMs);
  writer.int16(message.errorCode);
  writer.nullableString(flexible, message.errorMessage);
  writer.array(flexible, message.resources, encodeDescribeAclsResource, version);
  if (flexible) writer.noTaggedFields();
}

function encodeDescribeAclsResource(writer: Writer, message: DescribeAclsResource, version: number): void {
  const flexible = version >= 2;
  writer.int8(message.resourceType);
  writer.string(flexible, message.resourceName);
  writer.int8(message.patternType ?? 3);
  writer.array(flexible, message.acls, encodeAclDescription, version);
  if (flexible) writer.noTaggedFields();
}

function encodeAclDescription(writer: Writer, message: AclDescription, version: number): void {
  const flexible = version >= 2;
  writer.string(flexible, message.principal);
  writer.string(flexible, message.host);
  writer.int8(message.operation);
  writer.int8(message.permissionType);
  if (flexible) writer.noTaggedFields();
}
