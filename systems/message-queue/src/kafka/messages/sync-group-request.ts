// SyncGroupRequest, versions 0 to 5, flexible from 4.
//
// Written by `npm run kafka-messages` from Apache Kafka's SyncGroupRequest.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

export type SyncGroupRequest = {
  /** The unique group identifier. */
  readonly groupId: string;
  /** The generation of the group. */
  readonly generationId: number;
  /** The member ID assigned by the group. */
  readonly memberId: string;
  /** The unique identifier of the consumer instance provided by end user. */
  readonly groupInstanceId: string | null;
  /** The group protocol type. */
  readonly protocolType: string | null;
  /** The group protocol name. */
  readonly protocolName: string | null;
  /** Each assignment. */
  readonly assignments: readonly SyncGroupRequestAssignment[];
};

export type SyncGroupRequestAssignment = {
  /** The ID of the member to assign. */
  readonly memberId: string;
  /** The member assignment. */
  readonly assignment: Uint8Array;
};

export function decodeSyncGroupRequest(reader: Reader, version: number): SyncGroupRequest {
  const flexible = version >= 4;
  const groupId = reader.string(flexible);
  const generationId = reader.int32();
  const memberId = reader.string(flexible);
  let groupInstanceId: SyncGroupRequest['groupInstanceId'] = null;
  if (version >= 3) groupInstanceId = reader.nullableString(flexible);
  let protocolType: SyncGroupRequest['protocolType'] = null;
  if (version >= 5) protocolType = reader.nullableString(flexible);
  let protocolName: SyncGroupRequest['protocolName'] = null;
  if (version >= 5) protocolName = reader.nullableString(flexible);
  const assignments = reader.array(flexible, decodeSyncGroupRequestAssignment, version);
  if (flexible) reader.skipTaggedFields();
  return { groupId, generationId, memberId, groupInstanceId, protocolType, protocolName, assignments };
}

function decodeSyncGroupRequestAssignment(reader: Reader, version: number): SyncGroupRequestAssignment {
  const flexible = version >= 4;
  const memberId = reader.string(flexible);
  const assignment = reader.bytes(flexible);
  if (flexible) reader.skipTaggedFields();
  return { memberId, assignment };
}

export function encodeSyncGroupRequest(writer: Writer, message: SyncGroupRequest, version: number): void {
  const flexible = version >= 4;
  writer.string(flexible, message.groupId);
  writer.int32(message.generationId);
  writer.string(flexible, message.memberId);
  if (version >= 3) writer.nullableString(flexible, message.groupInstanceId);
  if (!(version >= 3) && (message.groupInstanceId ?? null) !== null)
    writer.refuse('SyncGroupRequest.groupInstanceId', version);
  if (version >= 5) writer.nullableString(flexible, message.protocolType);
  if (version >= 5) writer.nullableString(flexible, message.protocolName);
  writer.array(flexible, message.assignments, encodeSyncGroupRequestAssignment, version);
  if (flexible) writer.noTaggedFields();
}

function encodeSyncGroupRequestAssignment(
  writer: Writer,
  message: SyncGroupRequestAssignment,
  version: number,
): void {
  const flexible = version >= 4;
  writer.string(flexible, message.memberId);
  writer.bytes(flexible, message.assignment);
  if (flexible) writer.noTaggedFields();
}
