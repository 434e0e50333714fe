// DescribeGroupsResponse, versions 0 to 6, flexible from 5.
//
// Written by `npm run kafka-messages` from Apache Kafka's DescribeGroupsResponse.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

export type DescribeGroupsResponse = {
  /** The duration in milliseconds for which the request was throttled due to a quota violation, or zero if the request did not violate any quota. */
  readonly throttleTimeMs?: number | undefined;
  /** Each described group. */
  readonly groups: readonly DescribedGroup[];
};

export type DescribedGroup = {
  /** The describe error, or 0 if there was no error. */
  readonly errorCode: number;
  /** The describe error message, or null if there was no error. */
  readonly errorMessage?: string | null | undefined;
  /** The group ID string. */
  readonly groupId: string;
  /** The group state string, or the empty string. */
  readonly groupState: string;
  /** The group protocol type, or the empty string. */
  readonly protocolType: string;
  /** The group protocol data, or the empty string. */
  readonly protocolData: string;
  /** The group members. */
  readonly members: readonly DescribedGroupMember[];
  /** 32-bit bitfield to represent authorized operations for this group. */
  readonly authorizedOperations?: number | undefined;
};

export type DescribedGroupMember = {
  /** The member id. */
  readonly memberId: string;
  /** The unique identifier of the consumer instance provided by end user. */
  readonly groupInstanceId?: string | null | undefined;
  /** The client ID used in the member's latest join group request. */
  readonly clientId: string;
  /** The client host. */
  readonly clientHost: string;
  /** The metadata corresponding to the current group protocol in use. */
  readonly memberMetadata: Uint8Array;
  /** The current assignment provided by the group leader. */
  readonly memberAssignment: Uint8Array;
};

export function decodeDescribeGroupsResponse(reader: Reader, version: number): DescribeGroupsResponse {
  const flexible = version >= 5;
  let throttleTimeMs: DescribeGroupsResponse['throttleTimeMs'] = 0;
  if (version >= 1) throttleTimeMs = reader.int32();
  const groups = reader.array(flexible, decodeDescribedGroup, version);
  if (flexible) reader.skipTaggedFields();
  return { throttleTimeMs, groups };
}

function decodeDescribedGroup(reader: Reader, version: number): DescribedGroup {
  const flexible = version >= 5;
  const errorCode = reader.int16();
  let errorMessage: DescribedGroup['errorMessage'] = null;
  if (version >= 6) errorMessage = reader.nullableString(flexible);
  const groupId = reader.string(flexible);
  const groupState = reader.string(flexible);
  const protocolType = reader.string(flexible);
  const protocolData = reader.string(flexible);
  const members = reader.array(flexible, decodeDescribedGroupMember, version);
  let authorizedOperations: DescribedGroup['authorizedOperations'] = -2147483648;
  if (version >= 3) authorizedOperations = reader.int32();
  if (flexible) reader.skipTaggedFields();
  return {
    errorCode,
    errorMessage,
    groupId,
    groupState,
    protocolType,
    protocolData,
    members,
    authorizedOperations,
  };
}

function decodeDescribedGroupMember(reader: Reader, version: number): DescribedGroupMember {
  const flexible = version >= 5;
  const memberId = reader.string(flexible);
  let groupInstanceId: DescribedGroupMember['groupInstanceId'] = null;
  if (version >= 4) groupInstanceId = reader.nullableString(flexible);
  const clientId = reader.string(flexible);
  const clientHost = reader.string(flexible);
  const memberMetadata = reader.bytes(flexible);
  const memberAssignment = reader.bytes(flexible);
  if (flexible) reader.skipTaggedFields();
  return { memberId, groupInstanceId, clientId, clientHost, memberMetadata, memberAssignment };
}

export function encodeDescribeGroupsResponse(
  writer: Writer,
  message: DescribeGroupsResponse,
  version: number,
): void {
  const flexible = version >= 5;
  if (version >= 1) writer.int32(message.throttleTimeMs ?? 0);
  writer.array(flexible, message.groups, encodeDescribedGroup, version);
  if (flexible) writer.noTaggedFields();
}

function encodeDescribedGroup(writer: Writer, message: DescribedGroup, version: number): void {
  const flexible = version >= 5;
  writer.int16(message.errorCode);
  if (version >= 6) writer.nullableString(flexible, message.errorMessage ?? null);
  if (!(version >= 6) && (message.errorMessage ?? null) !== null)
    writer.refuse('DescribedGroup.errorMessage', version);
  writer.string(flexible, message.groupId);
  writer.string(flexible, message.groupState);
  writer.string(flexible, message.protocolType);
  writer.string(flexible, message.protocolData);
  writer.array(flexible, message.members, encodeDescribedGroupMember, version);
  if (version >= 3) writer.int32(message.authorizedOperations ?? -2147483648);
  if (!(version >= 3) && (message.authorizedOperations ?? -2147483648) !== -2147483648)
    writer.refuse('DescribedGroup.authorizedOperations', version);
  if (flexible) writer.noTaggedFields();
}

function encodeDescribedGroupMember(writer: Writer, message: DescribedGroupMember, version: number): void {
  const flexible = version >= 5;
  writer.string(flexible, message.memberId);
  if (version >= 4) writer.nullableString(flexible, message.groupInstanceId ?? null);
  writer.string(flexible, message.clientId);
  writer.string(flexible, message.clientHost);
  writer.bytes(flexible, message.memberMetadata);
  writer.bytes(flexible, message.memberAssignment);
  if (flexible) writer.noTaggedFields();
}
