// Access to committed offsets: what the client may not see or commit is taken out of the request, and refused beside what
// the coordinator answers to the rest.

import type { Topics } from '../../broker/topics/topics.ts';
import { kafkaErrors } from '../../errors.ts';
import type { HandlerContext, Handlers } from '../handlers/handler.ts';
import type { OffsetCommitRequestTopic } from '../messages/offset-commit-request.ts';
import type { OffsetFetchRequestGroup, OffsetFetchRequestTopics } from '../messages/offset-fetch-request.ts';
import type { OffsetFetchResponse, OffsetFetchResponseGroup } from '../messages/offset-fetch-response.ts';
import type { Operation } from '../security/operations.ts';
import { type Uuid, zeroUuid } from '../wire/values.ts';
import { allowsTopic, divide, handOver } from './coordinated.ts';
import type { GroupCalls } from './coordinator-calls.ts';

const groupDenied = kafkaErrors.GROUP_AUTHORIZATION_FAILED.code;
const topicDenied = kafkaErrors.TOPIC_AUTHORIZATION_FAILED.code;

type Named = { readonly name: string; readonly topicId?: Uuid };

export function offsetHandlers(groups: GroupCalls, topics: Topics): Handlers {
  /** An id that is not known is the coordinator's to answer. */
  const mayTopic =
    ({ access }: HandlerContext, operation: Operation) =>
    (topic: Named) => {
      const { name, topicId = zeroUuid } = topic;
      if (topicId === zeroUuid) return access.allows('topic', name, operation);
      const known = topics.findById(topicId);
      return known === undefined || access.allows('topic', known.name, operation);
    };
  return {
    offsetCommit: async (request, context) => {
      if (!(await context.access.allows('group', request.groupId, 'read')))
        return { topics: request.topics.map((topic) => refusedCommit(topic, groupDenied)) };
      const { allowed, denied } = await divide(request.topics, mayTopic(context, 'read'));
      const committed = await handOver(groups, 'offsetCommit', { ...request, topics: allowed }, context);
      const refused = denied.map((topic) => refusedCommit(topic, topicDenied));
      return { ...committed, topics: [...committed.topics, ...refused] };
    },
    offsetFetch: (request, context) => {
      const isAllowed = mayTopic(context, 'describe');
      return context.version >= 8
        ? fetchGroups(groups, { request, context, isAllowed })
        : fetchGroup(groups, { request, context, isAllowed });
    },
    offsetDelete: async (request, context) => {
      if (!(await context.access.allows('group', request.groupId, 'delete')))
        return { throttleTimeMs: 0, errorCode: groupDenied, topics: [] };
      const { allowed, denied } = await divide(request.topics, allowsTopic(context.access, 'read'));
      const deleted = await handOver(groups, 'offsetDelete', { ...request, topics: allowed }, context);
      const refused = denied.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode: topicDenied })),
      }));
      return { ...deleted, topics: [...deleted.topics, ...refused] };
    },
  };
}

function refusedCommit({ name, topicId, partitions }: OffsetCommitRequestTopic, errorCode: number) {
  return {
    name,
    topicId,
    partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
  };
}

type Fetching = {
  readonly request: Parameters<GroupCalls['offsetFetch']>[0];
  readonly context: HandlerContext;
  readonly isAllowed: (topic: Named) => boolean | Promise<boolean>;
};

/** Up to version 7: of one group. */
async function fetchGroup(
  groups: GroupCalls,
  { request, context, isAllowed }: Fetching,
): Promise<OffsetFetchResponse> {
  if (!(await context.access.allows('group', request.groupId, 'describe')))
    return { topics: [], errorCode: groupDenied };
  const wanted = request.topics === null ? undefined : await divide(request.topics, isAllowed);
  const fetched = await handOver(
    groups,
    'offsetFetch',
    { ...request, topics: wanted?.allowed ?? null },
    context,
  );
  // Null asks for all there are: those that the client may know of.
  const shown = await divide(fetched.topics ?? [], isAllowed);
  const refused = (wanted?.denied ?? []).map(({ name, partitionIndexes }) => ({
    name,
    partitions: partitionIndexes.map(refusedOffset),
  }));
  return { ...fetched, topics: [...shown.allowed, ...refused] };
}

async function fetchGroups(
  groups: GroupCalls,
  { request, context, isAllowed }: Fetching,
): Promise<OffsetFetchResponse> {
  const mayDescribe = ({ groupId }: OffsetFetchRequestGroup) =>
    context.access.allows('group', groupId, 'describe');
  const known = await divide(request.groups, mayDescribe);
  const deniedTopics = new Map<OffsetFetchRequestGroup, readonly OffsetFetchRequestTopics[]>();
  const asked: OffsetFetchRequestGroup[] = [];
  for (const group of known.allowed) {
    const wanted = group.topics === null ? undefined : await divide(group.topics, isAllowed);
    const narrowed = { ...group, topics: wanted?.allowed ?? null };
    asked.push(narrowed);
    deniedTopics.set(narrowed, wanted?.denied ?? []);
  }
  const fetched = await handOver(groups, 'offsetFetch', { ...request, groups: asked }, context);
  const answered: OffsetFetchResponseGroup[] = [];
  // They are answered in the order in which they are asked for.
  for (const [index, group] of (fetched.groups ?? []).entries()) {
    const shown = await divide(group.topics, ({ name = '', topicId = zeroUuid }) =>
      isAllowed({ name, topicId }),
    );
    const asking = asked[index];
    const refused = asking === undefined ? [] : deniedTopics.get(asking)!.map(refusedTopic);
    answered.push({ ...group, topics: [...shown.allowed, ...refused] });
  }
  const refused = known.denied.map(({ groupId }) => ({ groupId, topics: [], errorCode: groupDenied }));
  return { ...fetched, groups: [...answered, ...refused] };
}

function refusedTopic({ name, topicId, partitionIndexes }: OffsetFetchRequestTopics) {
  return { name, topicId, partitions: partitionIndexes.map(refusedOffset) };
}

function refusedOffset(partitionIndex: number) {
  return {
    partitionIndex,
    committedOffset: -1,
    committedLeaderEpoch: -1,
    metadata: '',
    errorCode: topicDenied,
  };
}
