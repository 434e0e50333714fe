// DescribeAclsRequest, versions 1 to 3, flexible from 2.
//
// Written by `npm run kafka-messages` from Apache Kafka's DescribeAclsRequest.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

export type DescribeAclsRequest = {
  /** The resource type. */
  readonly resourceTypeFilter: number;
  /** The resource name, or null to match any resource name. */
  readonly resourceNameFilter: string | null;
  /** The resource pattern to match. */
  readonly patternTypeFilter: number;
  /** The principal to match, or null to match any principal. */
  readonly principalFilter: string | null;
  /** The host to match, or null to match any host. */
  readonly hostFilter: string | null;
  /** The operation to match. */
  readonly operation: number;
  /** The permission type to match. */
  readonly permissionType: number;
};

export function decodeDescribeAclsRequest(reader: Reader, version: number): DescribeAclsRequest {
  const flexible = version >= 2;
  const resourceTypeFilter = reader.int8();
  const resourceNameFilter = reader.nullableString(flexible);
  const patternTypeFilter = reader.int8();
  const principalFilter = reader.nullableString(flexible);
  const hostFilter = reader.nullableString(flexible);
  const operation = reader.int8();
  const permissionType = reader.int8();
  if (flexible) reader.skipTaggedFields();
  return {
    resourceTypeFilter,
    resourceNameFilter,
    patternTypeFilter,
    principalFilter,
    hostFilter,
    operation,
    permissionType,
  };
}

export function encodeDescribeAclsRequest(
  writer: Writer,
  message: DescribeAclsRequest,
  version: number,
): void {
  const flexible = version >= 2;
  writer.int8(message.resourceTypeFilter);
  writer.nullableString(flexible, message.resourceNameFilter);
  writer.int8(message.patternTypeFilter);
  writer.nullableString(flexible, message.principalFilter);
  writer.nullableString(flexible, message.hostFilter);
  writer.int8(message.operation);
  writer.int8(message.permissionType);
  if (flexible) writer.noTaggedFields();
}
