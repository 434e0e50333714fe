// What tools see of groups: ListGroups, DescribeGroups (classic ones) and ConsumerGroupDescribe.

import { kafkaErrors } from '../errors.ts';
import type {
  ConsumerGroupDescribeResponse,
  DescribedGroup as DescribedConsumerGroup,
  Member,
} from '../kafka/messages/consumer-group-describe-response.ts';
import type { DescribedGroup, DescribeGroupsResponse } from '../kafka/messages/describe-groups-response.ts';
import type { ListGroupsRequest } from '../kafka/messages/list-groups-request.ts';
import type { ListGroupsResponse } from '../kafka/messages/list-groups-response.ts';
import { noBytes } from '../kafka/wire/values.ts';
import type { ClassicGroup } from './classic/classic-group.ts';
import type { ConsumerGroup } from './consumer/consumer-group.ts';
import type { ConsumerMember } from './consumer/consumer-member.ts';
import { listed, type PartitionSet } from './consumer/partition-set.ts';
import type { GroupContext, TopicsView } from './group-context.ts';
import type { GroupHosts } from './group-hosts.ts';

type Parts = { readonly hosts: GroupHosts; readonly topics: TopicsView };

/** As ConsumerGroupDescribe says which protocol a member speaks. */
const memberTypes = { classic: 0, consumer: 1 } as const;

export function listGroups({ hosts }: Parts, request: ListGroupsRequest): ListGroupsResponse {
  const states = new Set(request.statesFilter.map((state) => state.toLowerCase()));
  const types = new Set(request.typesFilter.map((type) => type.toLowerCase()));
  const groups = Array.from(hosts.all(), ({ id, group }) => ({
    groupId: id,
    protocolType: group.protocolType,
    groupState: group.state,
    groupType: group.type,
  }));
  const isWanted = (wanted: ReadonlySet<string>, what: string) =>
    wanted.size === 0 || wanted.has(what.toLowerCase());
  return {
    errorCode: 0,
    groups: groups.filter(
      ({ groupState, groupType }) => isWanted(states, groupState) && isWanted(types, groupType),
    ),
  };
}

export function describeGroups(
  { hosts }: Parts,
  groups: readonly string[],
  { version }: GroupContext,
): DescribeGroupsResponse {
  return {
    groups: groups.map((groupId) => {
      const group = hosts.find(groupId)?.group;
      return group?.type === 'classic' ? describeClassic(groupId, group) : describeMissing(groupId, version);
    }),
  };
}

function describeClassic(groupId: string, group: ClassicGroup): DescribedGroup {
  // Before it is stable, what members say and get is under way.
  const isStable = group.state === 'Stable';
  return {
    errorCode: 0,
    groupId,
    groupState: group.state,
    protocolType: group.protocolType,
    protocolData: isStable ? group.protocolName : '',
    members: Array.from(group.members(), (member) => ({
      memberId: member.memberId,
      groupInstanceId: member.instanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      memberMetadata: isStable
        ? (member.protocols.find(({ name }) => name === group.protocolName)?.metadata ?? noBytes)
        : noBytes,
      memberAssignment: isStable ? member.assignment : noBytes,
    })),
  };
}

/** Before version 6 a group that is not there is one that is dead. */
function describeMissing(groupId: string, version: number): DescribedGroup {
  const isError = version >= 6;
  return {
    errorCode: isError ? kafkaErrors.GROUP_ID_NOT_FOUND.code : 0,
    errorMessage: isError ? `there is no classic group '${groupId}'` : null,
    groupId,
    groupState: 'Dead',
    protocolType: '',
    protocolData: '',
    members: [],
  };
}

export function describeConsumerGroups(
  { hosts, topics }: Parts,
  groupIds: readonly string[],
): ConsumerGroupDescribeResponse {
  return {
    throttleTimeMs: 0,
    groups: groupIds.map((groupId) => {
      const group = hosts.find(groupId)?.group;
      if (group?.type === 'consumer') return describeConsumer(groupId, group, topics);
      return {
        errorCode: kafkaErrors.GROUP_ID_NOT_FOUND.code,
        errorMessage: `there is no consumer group '${groupId}'`,
        groupId,
        groupState: '',
        groupEpoch: 0,
        assignmentEpoch: 0,
        assignorName: '',
        members: [],
      };
    }),
  };
}

function describeConsumer(groupId: string, group: ConsumerGroup, topics: TopicsView): DescribedConsumerGroup {
  return {
    errorCode: 0,
    groupId,
    groupState: group.state,
    groupEpoch: group.epoch,
    assignmentEpoch: group.assignmentEpoch,
    assignorName: group.assignor,
    members: Array.from(group.members(), (member) => describeMember(member, topics)),
  };
}

function describeMember(member: ConsumerMember, topics: TopicsView): Member {
  return {
    memberId: member.memberId,
    instanceId: member.instanceId,
    rackId: member.rackId,
    memberEpoch: member.epoch,
    clientId: member.clientId,
    clientHost: member.clientHost,
    subscribedTopicNames: member.topicNames,
    subscribedTopicRegex: member.topicRegex,
    assignment: named(member.assigned, topics),
    targetAssignment: named(member.target, topics),
    memberType: member.classic === null ? memberTypes.consumer : memberTypes.classic,
  };
}

function named(partitions: PartitionSet, topics: TopicsView): Member['assignment'] {
  return {
    topicPartitions: listed(partitions).flatMap(({ topicId, partitions: numbers }) => {
      const topicName = topics.findById(topicId)?.name;
      return topicName === undefined ? [] : [{ topicId, topicName, partitions: numbers }];
    }),
  };
}
