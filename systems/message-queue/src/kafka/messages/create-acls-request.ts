// CreateAclsRequest, versions 1 to 3, flexible from 2.
//
// Written by `npm run kafka-messages` from Apache Kafka's CreateAclsRequest.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

export type CreateAclsRequest = {
  /** The ACLs that we want to create. */
  readonly creations: readonly AclCreation[];
};

export type AclCreation = {
  /** The type of the resource. */
  readonly resourceType: number;
  /** The resource name for the ACL. */
  readonly resourceName: string;
  /** The pattern type for the ACL. */
  readonly resourcePatternType: number;
  /** The principal for the ACL. */
  readonly principal: string;
  /** The host for the ACL. */
  readonly host: string;
  /** The operation type for the ACL (read, write, etc.). */
  readonly operation: number;
  /** The permission type for the ACL (allow, deny, etc.). */
  readonly permissionType: number;
};

export function decodeCreateAclsRequest(reader: Reader, version: number): CreateAclsRequest {
  const flexible = version >= 2;
  const creations = reader.array(flexible, decodeAclCreation, version);
  if (flexible) reader.skipTaggedFields();
  return { creations };
}

function decodeAclCreation(reader: Reader, version: number): AclCreation {
  const flexible = version >= 2;
  const resourceType = reader.int8();
  const resourceName = reader.string(flexible);
  const resourcePatternType = reader.int8();
  const principal = reader.string(flexible);
  const host = reader.string(flexible);
  const operation = reader.int8();
  const permissionType = reader.int8();
  if (flexible) reader.skipTaggedFields();
  return { resourceType, resourceName, resourcePatternType, principal, host, operation, permissionType };
}

export function encodeCreateAclsRequest(writer: Writer, message: CreateAclsRequest, version: number): void {
  const flexible = version >= 2;
  writer.array(flexible, message.creations, encodeAclCreation, version);
  if (flexible) writer.noTaggedFields();
}

function encodeAclCreation(writer: Writer, message: AclCreation, version: number): void {
  const flexible = version >= 2;
  writer.int8(message.resourceType);
  writer.string(flexible, message.resourceName);
  writer.int8(message.resourcePatternType);
  writer.string(flexible, message.principal);
  writer.string(flexible, message.host);
  writer.int8(message.operation);
  writer.int8(message.permissionType);
  if (flexible) writer.noTaggedFields();
}
