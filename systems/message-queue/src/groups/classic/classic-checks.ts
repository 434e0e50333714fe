// Who may do what in a classic group.

import type { KafkaErrorCode } from '../../errors.ts';
import type { JoinGroupRequest } from '../../kafka/messages/join-group-request.ts';
import type { SyncGroupRequest } from '../../kafka/messages/sync-group-request.ts';
import type { Committer } from '../group-context.ts';
import type { GroupSettings } from '../group-settings.ts';
import { bytesOf } from './classic-member.ts';
import type { ClassicMembers } from './classic-members.ts';

/** An instance has one member: an older one of it is fenced. */
export function refusalOfMember(
  members: ClassicMembers,
  memberId: string,
  instanceId: string | null,
): KafkaErrorCode | undefined {
  if (instanceId !== null) {
    const member = members.ofInstance(instanceId);
    if (member === undefined) return 'UNKNOWN_MEMBER_ID';
    if (member.memberId !== memberId) return 'FENCED_INSTANCE_ID';
  }
  return members.get(memberId) === undefined ? 'UNKNOWN_MEMBER_ID' : undefined;
}

export function hasRoom(
  members: ClassicMembers,
  { memberId, groupInstanceId, protocols }: JoinGroupRequest,
  { membersMax, groupBytesMax }: GroupSettings,
): boolean {
  // A static member may come back without its id.
  const known =
    members.get(memberId) ?? (groupInstanceId === null ? undefined : members.ofInstance(groupInstanceId));
  // What it tells of itself replaces what it told before.
  const bytes = members.bytes + bytesOf(protocols) - (known === undefined ? 0 : bytesOf(known.protocols));
  return bytes <= groupBytesMax && (known !== undefined || members.size < membersMax);
}

/** With members, only what they have too. */
export function isInconsistent(
  members: ClassicMembers,
  { protocolType, protocols }: JoinGroupRequest,
  groupsType: string | null,
): boolean {
  if (protocolType === '' || protocols.length === 0) return true;
  return members.size > 0 && (protocolType !== groupsType || !members.support(protocols));
}

export function refusalOfSync(
  members: ClassicMembers,
  request: SyncGroupRequest,
  group: { generation: number; protocolType: string | null; protocolName: string | null },
): KafkaErrorCode | undefined {
  const code = refusalOfMember(members, request.memberId, request.groupInstanceId);
  if (code !== undefined) return code;
  if (request.generationId !== group.generation) return 'ILLEGAL_GENERATION';
  const { protocolType, protocolName } = request;
  const isSameType = protocolType === null || protocolType === group.protocolType;
  const isSameName = protocolName === null || protocolName === group.protocolName;
  return isSameType && isSameName ? undefined : 'INCONSISTENT_GROUP_PROTOCOL';
}

export function refusalOfCommit(
  members: ClassicMembers,
  { generation, memberId, instanceId, isTransactional }: Committer,
  group: { readonly state: string; readonly generation: number },
): KafkaErrorCode | undefined {
  if (generation < 0 && group.state === 'Empty') return undefined;
  if (generation < 0 && memberId === '' && instanceId === null)
    // Producers of old versions say nothing of the member that their transaction is for.
    return isTransactional ? undefined : 'UNKNOWN_MEMBER_ID';
  const code = refusalOfMember(members, memberId, instanceId);
  if (code !== undefined) return code;
  if (generation !== group.generation) return 'ILLEGAL_GENERATION';
  return !isTransactional && group.state === 'CompletingRebalance' ? 'REBALANCE_IN_PROGRESS' : undefined;
}
