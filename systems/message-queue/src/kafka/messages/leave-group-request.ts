// LeaveGroupRequest, versions 0 to 5, flexible from 4.
//
// Written by `npm run kafka-messages` from Apache Kafka's LeaveGroupRequest.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

export type LeaveGroupRequest = {
  /** The ID of the group to leave. */
  readonly groupId: string;
  /** The member ID to remove from the group. */
  readonly memberId: string;
  /** List of leaving member identities. */
  readonly members: readonly MemberIdentity[];
};

export type MemberIdentity = {
  /** The member ID to remove from the group. */
  readonly memberId: string;
  /** The group instance ID to remove from the group. */
  readonly groupInstanceId: string | null;
  /** The reason why the member left the group. */
  readonly reason: string | null;
};

export function decodeLeaveGroupRequest(reader: Reader, version: number): LeaveGroupRequest {
  const flexible = version >= 4;
  const groupId = reader.string(flexible);
  let memberId: LeaveGroupRequest['memberId'] = '';
  if (version <= 2) memberId = reader.string(flexible);
  let members: LeaveGroupRequest['members'] = [];
  if (version >= 3) members = reader.array(flexible, decodeMemberIdentity, version);
  if (flexible) reader.skipTaggedFields();
  return { groupId, memberId, members };
}

function decodeMemberIdentity(reader: Reader, version: number): MemberIdentity {
  const flexible = version >= 4;
  const memberId = reader.string(flexible);
  const groupInstanceId = reader.nullableString(flexible);
  let reason: MemberIdentity['reason'] = null;
  if (version >= 5) reason = reader.nullableString(flexible);
  if (flexible) reader.skipTaggedFields();
  return { memberId, groupInstanceId, reason };
}

export function encodeLeaveGroupRequest(writer: Writer, message: LeaveGroupRequest, version: number): void {
  const flexible = version >= 4;
  writer.string(flexible, message.groupId);
  if (version <= 2) writer.string(flexible, message.memberId);
  if (!(version <= 2) && (message.memberId ?? '') !== '')
    writer.refuse('LeaveGroupRequest.memberId', version);
  if (version >= 3) writer.array(flexible, message.members, encodeMemberIdentity, version);
  if (!(version >= 3) && (message.members?.length ?? 0) > 0)
    writer.refuse('LeaveGroupRequest.members', version);
  if (flexible) writer.noTaggedFields();
}

function encodeMemberIdentity(writer: Writer, message: MemberIdentity, version: number): void {
  const flexible = version >= 4;
  writer.string(flexible, message.memberId);
  writer.nullableString(flexible, message.groupInstanceId);
  if (version >= 5) writer.nullableString(flexible, message.reason);
  if (flexible) writer.noTaggedFields();
}
