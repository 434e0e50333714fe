// DeleteAclsRequest, versions 1 to 3, flexible from 2.
//
// Written by `npm run kafka-messages` from Apache Kafka's DeleteAclsRequest.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

export type DeleteAclsRequest = {
  /** The filters to use when deleting ACLs. */
  readonly filters: readonly DeleteAclsFilter[];
};

export type DeleteAclsFilter = {
  /** The resource type. */
  readonly resourceTypeFilter: number;
  /** The resource name, or null to match any resource name. */
  readonly resourceNameFilter: string | null;
  /** The pattern type. */
  readonly patternTypeFilter: number;
  /** The principal filter, or null to accept all principals. */
  readonly principalFilter: string | null;
  /** The host filter, or null to accept all hosts. */
  readonly hostFilter: string | null;
  /** The ACL operation. */
  readonly operation: number;
  /** The permission type. */
  readonly permissionType: number;
};

export function decodeDeleteAclsRequest(reader: Reader, version: number): DeleteAclsRequest {
  const flexible = version >= 2;
  const filters = reader.array(flexible, decodeDeleteAclsFilter, version);
  if (flexible) reader.skipTaggedFields();
  return { filters };
}

function decodeDeleteAclsFilter(reader: Reader, version: number): DeleteAclsFilter {
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

export function encodeDeleteAclsRequest(writer: Writer, message: DeleteAclsRequest, version: number): void {
  const flexible = version >= 2;
  writer.array(flexible, message.filters, encodeDeleteAclsFilter, version);
  if (flexible) writer.noTaggedFields();
}

function encodeDeleteAclsFilter(writer: Writer, message: DeleteAclsFilter, version: number): void {
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
