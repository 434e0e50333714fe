// The members of a group, of either protocol, and what they consume now.

import { z } from 'zod';
import type { GroupCoordinator } from '../../groups/group-coordinator.ts';
import { decodeConsumerProtocolAssignment } from '../../kafka/messages/consumer-protocol-assignment.ts';
import { MalformedMessageError } from '../../kafka/wire/malformed-message.ts';
import { Reader } from '../../kafka/wire/reader.ts';

const topicPartitions = z.strictObject({ topic: z.string(), partitions: z.array(z.int()).readonly() });

export const memberItem = z.strictObject({
  memberId: z.string(),
  instanceId: z.string().optional(),
  clientId: z.string(),
  clientHost: z.string(),
  assignment: z.array(topicPartitions).readonly(),
});
export type MemberItem = z.output<typeof memberItem>;

export type GroupMembers = { readonly assignor: string; readonly members: readonly MemberItem[] };

const describeVersion = 6;
/** Newer versions of an assignment only append fields. */
const assignmentVersionMax = 3;
const administrator = { version: describeVersion, clientId: '', clientHost: '' };

export function membersOf(groups: GroupCoordinator, groupId: string): GroupMembers {
  const request = { includeAuthorizedOperations: false };
  const [classic] = groups.describeGroups({ ...request, groups: [groupId] }, administrator).groups;
  if (classic?.errorCode === 0) {
    const members = classic.members.map(
      ({ memberId, groupInstanceId, clientId, clientHost, memberAssignment }) => ({
        ...named({ memberId, instanceId: groupInstanceId, clientId, clientHost }),
        assignment: assignmentOf(memberAssignment),
      }),
    );
    return { assignor: classic.protocolData, members };
  }
  const [consumer] = groups.consumerGroupDescribe({ ...request, groupIds: [groupId] }).groups;
  if (consumer?.errorCode !== 0) return { assignor: '', members: [] };
  const members = consumer.members.map(({ assignment, ...member }) => ({
    ...named(member),
    assignment: assignment.topicPartitions.map(({ topicName, partitions }) => ({
      topic: topicName,
      partitions,
    })),
  }));
  return { assignor: consumer.assignorName, members };
}

type Named = {
  readonly memberId: string;
  readonly instanceId?: string | null | undefined;
  readonly clientId: string;
  readonly clientHost: string;
};

function named({ memberId, instanceId, clientId, clientHost }: Named) {
  return { memberId, clientId, clientHost, ...(instanceId && { instanceId }) };
}

/** None that can be read: groups may be of other protocols than that of consumers. */
function assignmentOf(bytes: Uint8Array): MemberItem['assignment'] {
  if (bytes.length === 0) return [];
  try {
    const reader = new Reader(bytes);
    const version = reader.int16();
    if (version < 0) return [];
    return decodeConsumerProtocolAssignment(reader, Math.min(version, assignmentVersionMax))
      .assignedPartitions;
  } catch (error) {
    if (error instanceof MalformedMessageError) return [];
    throw error;
  }
}
