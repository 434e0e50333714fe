// What a classic group answers to joins and syncs.

import { type KafkaErrorCode, kafkaErrors } from '../../errors.ts';
import type { JoinGroupResponse } from '../../kafka/messages/join-group-response.ts';
import type { SyncGroupResponse } from '../../kafka/messages/sync-group-response.ts';
import { noBytes } from '../../kafka/wire/values.ts';
import type { ClassicMember } from './classic-member.ts';
import type { ClassicMembers } from './classic-members.ts';

export function joinRefusal(
  code: KafkaErrorCode,
  { version, memberId }: { version: number; memberId: string },
): JoinGroupResponse {
  return {
    errorCode: kafkaErrors[code].code,
    generationId: -1,
    // Null came with version 7.
    protocolName: version >= 7 ? null : '',
    leader: '',
    memberId,
    members: [],
  };
}

export function syncRefusal(code: KafkaErrorCode): SyncGroupResponse {
  return { errorCode: kafkaErrors[code].code, assignment: noBytes };
}

/** Only who leads, or is to check what the leader did, needs the members. */
export function joinAnswer(
  group: {
    readonly members: ClassicMembers;
    readonly generation: number;
    readonly protocolType: string | null;
    readonly protocolName: string | null;
  },
  member: ClassicMember,
  { listsMembers, version }: { listsMembers: boolean; version: number },
): JoinGroupResponse {
  const { members, generation, protocolType, protocolName } = group;
  return {
    errorCode: kafkaErrors.NONE.code,
    generationId: generation,
    protocolType: version >= 7 ? protocolType : null,
    protocolName,
    leader: members.leader!,
    memberId: member.memberId,
    members: listsMembers ? listed(members, protocolName) : [],
  };
}

function listed(members: ClassicMembers, protocolName: string | null): JoinGroupResponse['members'] {
  return Array.from(members.all(), ({ memberId, instanceId, protocols }) => ({
    memberId,
    groupInstanceId: instanceId,
    metadata: protocols.find(({ name }) => name === protocolName)?.metadata ?? noBytes,
  }));
}
