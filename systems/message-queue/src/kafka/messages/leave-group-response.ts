// LeaveGroupResponse, versions 0 to 5, flexible from 4.
//
// Written by `npm run kafka-messages` from Apache Kafka's LeaveGroupResponse.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

export type LeaveGroupResponse = {
  /** The duration in milliseconds for which the request was throttled due to a quota violation, or zero if the request did not violate any quota. */
  readonly throttleTimeMs?: number | undefined;
  /** The error code, or 0 if there was no error. */
  readonly errorCode: number;
  /** List of leaving member responses. */
  readonly members?: readonly MemberResponse[] | undefined;
};

export type MemberResponse = {
  /** The member ID to remove from the group. */
  readonly memberId: string;
  /** The group instance ID to remove from the group. */
  readonly groupInstanceId: string | null;
  /** The error code, or 0 if there was no error. */
  readonly errorCode: number;
};

export function decodeLeaveGroupResponse(reader: Reader, version: number): LeaveGroupResponse {
  const flexible = version >= 4;
  let throttleTimeMs: LeaveGroupResponse['throttleTimeMs'] = 0;
  if (version >= 1) throttleTimeMs = reader.int32();
  const errorCode = reader.int16();
  let members: LeaveGroupResponse['members'] = [];
  if (version >= 3) members = reader.array(flexible, decodeMemberResponse, version);
  if (flexible) reader.skipTaggedFields();
  return { throttleTimeMs, errorCode, members };
}

function decodeMemberResponse(reader: Reader, version: number): MemberResponse {
  const flexible = version >= 4;
  const memberId = reader.string(flexible);
  const groupInstanceId = reader.nullableString(flexible);
  const errorCode = reader.int16();
  if (flexible) reader.skipTaggedFields();
  return { memberId, groupInstanceId, errorCode };
}

export function encodeLeaveGroupResponse(writer: Writer, message: LeaveGroupResponse, version: number): void {
  const flexible = version >= 4;
  if (version >= 1) writer.int32(message.throttleTimeMs ?? 0);
  writer.int16(message.errorCode);
  if (version >= 3) writer.array(flexible, message.members ?? [], encodeMemberResponse, version);
  if (!(version >= 3) && (message.members?.length ?? 0) > 0)
    writer.refuse('LeaveGroupResponse.members', version);
  if (flexible) writer.noTaggedFields();
}

function encodeMemberResponse(writer: Writer, message: MemberResponse, version: number): void {
  const flexible = version >= 4;
  writer.string(flexible, message.memberId);
  writer.nullableString(flexible, message.groupInstanceId);
  writer.int16(message.errorCode);
  if (flexible) writer.noTaggedFields();
}
