// JoinGroupResponse, versions 0 to 9, flexible from 6.
//
// Written by `npm run kafka-messages` from Apache Kafka's JoinGroupResponse.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

export type JoinGroupResponse = {
  /** The duration in milliseconds for which the request was throttled due to a quota violation, or zero if the request did not violate any quota. */
  readonly throttleTimeMs?: number | undefined;
  /** The error code, or 0 if there was no error. */
  readonly errorCode: number;
  /** The generation ID of the group. */
  readonly generationId?: number | undefined;
  /** The group protocol name. */
  readonly protocolType?: string | null | undefined;
  /** The group protocol selected by the coordinator. */
  readonly protocolName: string | null;
  /** The leader of the group. */
  readonly leader: string;
  /** True if the leader must skip running the assignment. */
  readonly skipAssignment?: boolean | undefined;
  /** The member ID assigned by the group coordinator. */
  readonly memberId: string;
  /** The group members. */
  readonly members: readonly JoinGroupResponseMember[];
};

export type JoinGroupResponseMember = {
  /** The group member ID. */
  readonly memberId: string;
  /** The unique identifier of the consumer instance provided by end user. */
  readonly groupInstanceId?: string | null | undefined;
  /** The group member metadata. */
  readonly metadata: Uint8Array;
};

export function decodeJoinGroupResponse(reader: Reader, version: number): JoinGroupResponse {
  const flexible = version >= 6;
  let throttleTimeMs: JoinGroupResponse['throttleTimeMs'] = 0;
  if (version >= 2) throttleTimeMs = reader.int32();
  const errorCode = reader.int16();
  const generationId = reader.int32();
  let protocolType: JoinGroupResponse['protocolType'] = null;
  if (version >= 7) protocolType = reader.nullableString(flexible);
  const protocolName = version >= 7 ? reader.nullableString(flexible) : reader.string(flexible);
  const leader = reader.string(flexible);
  let skipAssignment: JoinGroupResponse['skipAssignment'] = false;
  if (version >= 9) skipAssignment = reader.bool();
  const memberId = reader.string(flexible);
  const members = reader.array(flexible, decodeJoinGroupResponseMember, version);
  if (flexible) reader.skipTaggedFields();
  return {
    throttleTimeMs,
    errorCode,
    generationId,
    protocolType,
    protocolName,
    leader,
    skipAssignment,
    memberId,
    members,
  };
}

function decodeJoinGroupResponseMember(reader: Reader, version: number): JoinGroupResponseMember {
  const flexible = version >= 6;
  const memberId = reader.string(flexible);
  let groupInstanceId: JoinGroupResponseMember['groupInstanceId'] = null;
  if (version >= 5) groupInstanceId = reader.nullableString(flexible);
  const metadata = reader.bytes(flexible);
  if (flexible) reader.skipTaggedFields();
  return { memberId, groupInstanceId, metadata };
}

export function encodeJoinGroupResponse(writer: Writer, message: JoinGroupResponse, version: number): void {
  const flexible = version >= 6;
  if (version >= 2) writer.int32(message.throttleTimeMs ?? 0);
  writer.int16(message.errorCode);
  writer.int32(message.generationId ?? -1);
  if (version >= 7) writer.nullableString(flexible, message.protocolType ?? null);
  if (message.protocolName === null && !(version >= 7))
    writer.refuse('JoinGroupResponse.protocolName', version);
  writer.nullableString(flexible, message.protocolName);
  writer.string(flexible, message.leader);
  if (version >= 9) writer.bool(message.skipAssignment ?? false);
  if (!(version >= 9) && (message.skipAssignment ?? false) !== false)
    writer.refuse('JoinGroupResponse.skipAssignment', version);
  writer.string(flexible, message.memberId);
  writer.array(flexible, message.members, encodeJoinGroupResponseMember, version);
  if (flexible) writer.noTaggedFields();
}

function encodeJoinGroupResponseMember(
  writer: Writer,
  message: JoinGroupResponseMember,
  version: number,
): void {
  const flexible = version >= 6;
  writer.string(flexible, message.memberId);
  if (version >= 5) writer.nullableString(flexible, message.groupInstanceId ?? null);
  writer.bytes(flexible, message.metadata);
  if (flexible) writer.noTaggedFields();
}
