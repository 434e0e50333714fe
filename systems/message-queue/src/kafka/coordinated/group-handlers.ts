// Access to consumer groups: READ of the group to be a member and to commit, DESCRIBE to look, DELETE to delete; for the
// offsets of a topic READ or DESCRIBE of the topic too. As Kafka has it.

import type { Topics } from '../../broker/topics/topics.ts';
import { kafkaErrors } from '../../errors.ts';
import type { HandlerContext, Handlers } from '../handlers/handler.ts';
import { refusal } from '../handlers/refusals.ts';
import type { DescribedGroup } from '../messages/consumer-group-describe-response.ts';
import type { ConsumerGroupHeartbeatRequest } from '../messages/consumer-group-heartbeat-request.ts';
import type { ConsumerGroupHeartbeatResponse } from '../messages/consumer-group-heartbeat-response.ts';
import { noBytes } from '../wire/values.ts';
import { allowsTopic, coordinated, divide, handOver } from './coordinated.ts';
import type { GroupCalls } from './coordinator-calls.ts';
import { offsetHandlers } from './offset-handlers.ts';

const denied = kafkaErrors.GROUP_AUTHORIZATION_FAILED.code;
const topicDenied = kafkaErrors.TOPIC_AUTHORIZATION_FAILED.code;
const noOperations = -(2 ** 31);

export function groupHandlers(groups: GroupCalls, topics: Topics): Handlers {
  return {
    ...memberHandlers(groups),
    ...administrationHandlers(groups),
    ...offsetHandlers(groups, topics),
  };
}

/** Whoever may describe a group learns the names of its topics, and whoever is in it may have asked for any by an expression. */
async function mayKnowTopics({ members }: DescribedGroup, { access }: HandlerContext): Promise<boolean> {
  const names = new Set(
    members.flatMap(({ subscribedTopicNames, assignment, targetAssignment }) => [
      ...subscribedTopicNames,
      ...[assignment, targetAssignment].flatMap(({ topicPartitions }) =>
        topicPartitions.map(({ topicName }) => topicName),
      ),
    ]),
  );
  for (const name of names) if (!(await access.allows('topic', name, 'describe'))) return false;
  return true;
}

async function mayRead({ groupId }: { groupId: string }, { access }: HandlerContext): Promise<boolean> {
  return access.allows('group', groupId, 'read');
}

/** An expression may match topics that the client may not see: it gets none of them, and those that may see them do. */
async function heartbeatOfMember(
  groups: GroupCalls,
  request: ConsumerGroupHeartbeatRequest,
  context: HandlerContext,
): Promise<ConsumerGroupHeartbeatResponse> {
  const { access, clientHost } = context;
  const user = access.principal.arn;
  const asked = groups.topicsToDescribe(request, { user, clientHost });
  if (asked !== undefined && 'errorCode' in asked) return asked;
  const topics = asked && (await divide(asked.topics, allowsTopic(access, 'describe'))).allowed;
  const described = asked && topics && { ...asked, topics };
  const more = { user, ...(described && { described }) };
  return handOver(groups, 'consumerGroupHeartbeat', request, context, more);
}

function memberHandlers(groups: GroupCalls): Handlers {
  const unless = <Response>(answer: Response) => {
    return async (request: { groupId: string }, context: HandlerContext) =>
      (await mayRead(request, context)) ? undefined : answer;
  };
  const nobody = { protocolName: '', leader: '', members: [] };
  return {
    joinGroup: coordinated(groups, 'joinGroup', async (request, context) => {
      if (await mayRead(request, context)) return undefined;
      return { errorCode: denied, ...nobody, memberId: request.memberId };
    }),
    syncGroup: coordinated(groups, 'syncGroup', unless({ errorCode: denied, assignment: noBytes })),
    heartbeat: coordinated(groups, 'heartbeat', unless({ errorCode: denied })),
    leaveGroup: coordinated(groups, 'leaveGroup', unless({ errorCode: denied })),
    consumerGroupHeartbeat: async (request, context) => {
      const nothing = { throttleTimeMs: 0, memberEpoch: 0, heartbeatIntervalMs: 0 };
      if (!(await mayRead(request, context))) return { ...nothing, ...refusal('GROUP_AUTHORIZATION_FAILED') };
      for (const name of request.subscribedTopicNames ?? [])
        if (!(await context.access.allows('topic', name, 'describe')))
          return { ...nothing, errorCode: topicDenied, errorMessage: null };
      return heartbeatOfMember(groups, request, context);
    },
  };
}

function administrationHandlers(groups: GroupCalls): Handlers {
  return {
    listGroups: async (request, context) => {
      const listed = await handOver(groups, 'listGroups', request, context);
      if (await context.access.allowsCluster('describe')) return listed;
      const { allowed } = await divide(listed.groups, ({ groupId }) =>
        context.access.allows('group', groupId, 'describe'),
      );
      return { ...listed, groups: allowed };
    },
    describeGroups: async (request, context) => {
      const mayDescribe = (groupId: string) => context.access.allows('group', groupId, 'describe');
      const names = await divide(request.groups, mayDescribe);
      const described = await handOver(
        groups,
        'describeGroups',
        { ...request, groups: names.allowed },
        context,
      );
      const known = await Promise.all(
        described.groups.map(async (group) => ({
          ...group,
          authorizedOperations: request.includeAuthorizedOperations
            ? await context.access.operations('group', group.groupId)
            : noOperations,
        })),
      );
      const nothing = { groupState: '', protocolType: '', protocolData: '', members: [] };
      const hidden = names.denied.map((groupId) => ({ errorCode: denied, groupId, ...nothing }));
      return { ...described, groups: [...known, ...hidden] };
    },
    consumerGroupDescribe: async (request, context) => {
      const mayDescribe = (groupId: string) => context.access.allows('group', groupId, 'describe');
      const names = await divide(request.groupIds, mayDescribe);
      const described = await handOver(
        groups,
        'consumerGroupDescribe',
        { ...request, groupIds: names.allowed },
        context,
      );
      const nothing = { groupState: '', groupEpoch: 0, assignmentEpoch: 0, assignorName: '', members: [] };
      const hidden = names.denied.map((groupId) => ({ errorCode: denied, groupId, ...nothing }));
      const shown = await divide(described.groups, (group) => mayKnowTopics(group, context));
      const hiddenForTopics = shown.denied.map(({ groupId }) => ({
        ...{ groupId, errorCode: topicDenied, ...nothing },
        errorMessage: 'the group has topics that the client may not describe',
      }));
      return { ...described, groups: [...shown.allowed, ...hiddenForTopics, ...hidden] };
    },
    deleteGroups: async (request, context) => {
      const mayDelete = (groupId: string) => context.access.allows('group', groupId, 'delete');
      const names = await divide(request.groupsNames, mayDelete);
      const deleted = await handOver(
        groups,
        'deleteGroups',
        { ...request, groupsNames: names.allowed },
        context,
      );
      const refused = names.denied.map((groupId) => ({ groupId, errorCode: denied }));
      return { ...deleted, results: [...deleted.results, ...refused] };
    },
  };
}
