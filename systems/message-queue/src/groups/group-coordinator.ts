// The coordinator of consumer groups: Kafka's messages in, Kafka's messages out. Who may do what is decided before.
//
// Groups live in memory (groups bounded in number and size) and are stored as they change; offsets live in the store. See
// group-host.ts for the order of both, classic/ and consumer/ for the two protocols.

import { type KafkaErrorCode, kafkaErrors } from '../errors.ts';
import type { ConsumerGroupDescribeRequest } from '../kafka/messages/consumer-group-describe-request.ts';
import type { ConsumerGroupDescribeResponse } from '../kafka/messages/consumer-group-describe-response.ts';
import type { ConsumerGroupHeartbeatRequest } from '../kafka/messages/consumer-group-heartbeat-request.ts';
import type { ConsumerGroupHeartbeatResponse } from '../kafka/messages/consumer-group-heartbeat-response.ts';
import type { DeleteGroupsRequest } from '../kafka/messages/delete-groups-request.ts';
import type { DeleteGroupsResponse } from '../kafka/messages/delete-groups-response.ts';
import type { DescribeGroupsRequest } from '../kafka/messages/describe-groups-request.ts';
import type { DescribeGroupsResponse } from '../kafka/messages/describe-groups-response.ts';
import type { HeartbeatRequest } from '../kafka/messages/heartbeat-request.ts';
import type { HeartbeatResponse } from '../kafka/messages/heartbeat-response.ts';
import type { JoinGroupRequest } from '../kafka/messages/join-group-request.ts';
import type { JoinGroupResponse } from '../kafka/messages/join-group-response.ts';
import type { LeaveGroupRequest, MemberIdentity } from '../kafka/messages/leave-group-request.ts';
import type { LeaveGroupResponse } from '../kafka/messages/leave-group-response.ts';
import type { ListGroupsRequest } from '../kafka/messages/list-groups-request.ts';
import type { ListGroupsResponse } from '../kafka/messages/list-groups-response.ts';
import type { OffsetCommitRequest } from '../kafka/messages/offset-commit-request.ts';
import type { OffsetCommitResponse } from '../kafka/messages/offset-commit-response.ts';
import type { OffsetDeleteRequest } from '../kafka/messages/offset-delete-request.ts';
import type { OffsetDeleteResponse } from '../kafka/messages/offset-delete-response.ts';
import type { OffsetFetchRequest } from '../kafka/messages/offset-fetch-request.ts';
import type { OffsetFetchResponse } from '../kafka/messages/offset-fetch-response.ts';
import type { SyncGroupRequest } from '../kafka/messages/sync-group-request.ts';
import type { SyncGroupResponse } from '../kafka/messages/sync-group-response.ts';
import type { TxnOffsetCommitRequest } from '../kafka/messages/txn-offset-commit-request.ts';
import type { TxnOffsetCommitResponse } from '../kafka/messages/txn-offset-commit-response.ts';
import { joinRefusal, syncRefusal } from './classic/classic-answers.ts';
import type { GroupConfigs } from './configs/group-configs.ts';
import type { GroupFilters } from './configs/group-filters.ts';
import {
  joinEpoch,
  type Refusal,
  refusalOfHeartbeat,
  refusedHeartbeat,
} from './consumer/heartbeat-checks.ts';
import { topicsToDescribe, type Who } from './consumer/subscriptions.ts';
import type { GroupContext, Reply, TopicsToDescribe } from './group-context.ts';
import type { Group, GroupHost } from './group-host.ts';
import type { GroupHosts } from './group-hosts.ts';
import { describeConsumerGroups, describeGroups, listGroups } from './group-listing.ts';
import type { GroupParts } from './group-parts.ts';
import { isTooLong } from './group-settings.ts';
import { commitOffsets, commitTransactionalOffsets } from './offset-commit.ts';
import { deleteOffsets } from './offset-delete.ts';
import { fetchOffsets } from './offset-fetch.ts';
import { InvalidRegexError } from './regex/parse-regex.ts';
import type { Upkeep } from './upkeep.ts';

export class GroupCoordinator {
  readonly #parts: GroupParts;
  readonly #hosts: GroupHosts;
  readonly #upkeep: Upkeep;
  /** Of each producer, its commits that are being stored. */
  readonly #transactional = new Map<number, Set<Promise<unknown>>>();

  readonly #stopListening: () => void;

  /** Made by `openGroupCoordinator`. */
  constructor(parts: GroupParts, upkeep: Upkeep, stopListening: () => void) {
    this.#stopListening = stopListening;
    this.#parts = parts;
    this.#hosts = parts.hosts;
    this.#upkeep = upkeep;
  }

  /** What is configured of groups. */
  get configs(): GroupConfigs {
    return this.#parts.configs;
  }

  /** What consumers are given of a topic. */
  get filters(): GroupFilters {
    return this.#parts.filters;
  }

  /** Answers when the rebalance that it begins, or takes part in, has all its members. */
  joinGroup(request: JoinGroupRequest, context: GroupContext): Promise<JoinGroupResponse> {
    const failed = (code: KafkaErrorCode) =>
      joinRefusal(code, { version: context.version, memberId: request.memberId });
    const invalid = this.#refusalOfJoin(request);
    if (invalid !== undefined) return Promise.resolve(failed(invalid));
    // Who has an id was in a group.
    const host =
      request.memberId === ''
        ? this.#hosts.findOrMake(request.groupId, 'classic')
        : this.#hosts.find(request.groupId);
    if (host === undefined)
      return Promise.resolve(
        failed(request.memberId === '' ? 'GROUP_MAX_SIZE_REACHED' : 'UNKNOWN_MEMBER_ID'),
      );
    return this.#ask(host, failed, (group, reply) =>
      group.join({ request, context, nowMs: this.#hosts.now().nowMs, reply }),
    );
  }

  /** Answers when the leader's assignment is stored. */
  syncGroup(request: SyncGroupRequest): Promise<SyncGroupResponse> {
    const host = this.#hosts.find(request.groupId);
    if (host === undefined) return Promise.resolve(syncRefusal('UNKNOWN_MEMBER_ID'));
    return this.#ask(host, syncRefusal, (group, reply) =>
      group.sync(request, { nowMs: this.#hosts.now().nowMs, reply }),
    );
  }

  heartbeat(request: HeartbeatRequest): Promise<HeartbeatResponse> {
    const answer = (code: KafkaErrorCode) => ({ errorCode: kafkaErrors[code].code });
    const host = this.#hosts.find(request.groupId);
    if (host === undefined) return Promise.resolve(answer('UNKNOWN_MEMBER_ID'));
    return this.#ask(host, answer, (group, reply) =>
      reply(answer(group.heartbeat(request, this.#hosts.now().nowMs))),
    );
  }

  leaveGroup(request: LeaveGroupRequest, { version }: GroupContext): Promise<LeaveGroupResponse> {
    const { groupId, memberId } = request;
    const members: readonly MemberIdentity[] =
      version >= 3 ? request.members : [{ memberId, groupInstanceId: null, reason: null }];
    const answer = (codes: readonly KafkaErrorCode[]) => leaveAnswer(members, codes, version);
    const failed = (code: KafkaErrorCode) => answer(members.map(() => code));
    const host = this.#hosts.find(groupId);
    if (host === undefined) return Promise.resolve(failed('UNKNOWN_MEMBER_ID'));
    return this.#ask(host, failed, (group, reply) => reply(answer(group.leave(members, this.#hosts.now()))));
  }

  consumerGroupHeartbeat(
    request: ConsumerGroupHeartbeatRequest,
    context: GroupContext,
  ): Promise<ConsumerGroupHeartbeatResponse> {
    const failed = (code: KafkaErrorCode) => refusedHeartbeat({ code, detail: kafkaErrors[code].message });
    const { groupId, memberId, instanceId, rackId, memberEpoch } = request;
    const invalid = refusalOfHeartbeat(request, context.version);
    if (invalid !== undefined) return Promise.resolve(refusedHeartbeat(invalid));
    if (groupId === '' || [groupId, memberId, instanceId, rackId].some(isTooLong))
      return Promise.resolve(failed('INVALID_REQUEST'));
    if (groupId.includes('\0')) return Promise.resolve(failed('INVALID_GROUP_ID'));
    const joins = memberEpoch === joinEpoch;
    const host = joins ? this.#hosts.findOrMake(groupId, 'consumer') : this.#hosts.find(groupId);
    if (host === undefined)
      return Promise.resolve(failed(joins ? 'GROUP_MAX_SIZE_REACHED' : 'GROUP_ID_NOT_FOUND'));
    return this.#ask(host, failed, (group, reply) => {
      const heartbeat = { request, context, ...this.#hosts.now() };
      if (group.type === 'consumer') return reply(group.consumerHeartbeat(heartbeat));
      const upgraded = joins ? this.#hosts.upgraded(groupId, group) : undefined;
      if (upgraded === undefined) return reply(refusedHeartbeat(isClassic(groupId)));
      const answer = upgraded.consumerHeartbeat(heartbeat);
      // Whom the group refuses leaves it as it was.
      if (answer.errorCode === kafkaErrors.NONE.code) host.replace(upgraded);
      reply(answer);
    });
  }

  /**
   * What is to be asked of the user, who is at an address, before its heartbeat is handed over: which topics it may describe, of those that the member's
   * expression matches. Undefined when nothing is; a refusal when the expression is none.
   */
  topicsToDescribe(
    request: ConsumerGroupHeartbeatRequest,
    who: Who,
  ): TopicsToDescribe | ConsumerGroupHeartbeatResponse | undefined {
    const group = this.#hosts.find(request.groupId)?.group;
    const { subscribedTopicRegex: expression, memberEpoch } = request;
    try {
      if (group?.type === 'consumer')
        return group.topicsToDescribe(request, { ...who, nowMs: this.#hosts.now().nowMs });
      if (!expression || memberEpoch !== joinEpoch) return undefined;
      return topicsToDescribe(this.#parts.topics, expression);
    } catch (error) {
      if (!(error instanceof InvalidRegexError)) throw error;
      return refusedHeartbeat({ code: 'INVALID_REGULAR_EXPRESSION', detail: error.message });
    }
  }

  /** Answers when the offsets are stored. */
  offsetCommit(request: OffsetCommitRequest, context: GroupContext): Promise<OffsetCommitResponse> {
    return commitOffsets(this.#parts, request, context);
  }

  /** Answers when the offsets are stored, as pending ones; whether the producer may is decided before. */
  txnOffsetCommit(request: TxnOffsetCommitRequest, context: GroupContext): Promise<TxnOffsetCommitResponse> {
    const { producerId } = request;
    const underWay = this.#transactional.getOrInsertComputed(producerId, () => new Set());
    const commit = commitTransactionalOffsets(this.#parts, request, context).finally(() => {
      underWay.delete(commit);
      if (underWay.size === 0 && this.#transactional.get(producerId) === underWay)
        this.#transactional.delete(producerId);
    });
    underWay.add(commit);
    return commit;
  }

  /**
   * Ends the transaction of a producer in all groups, durably: its pending offsets are committed, or gone. Repeating it
   * changes nothing. Commits that came before it are waited for. Rejects when it could not be stored.
   */
  async completeTransactionalOffsets(producerId: number, commit: boolean): Promise<void> {
    await Promise.allSettled(this.#transactional.get(producerId) ?? []);
    await this.#parts.sql.write('completeOffsets', { producerId, commit });
  }

  offsetFetch(request: OffsetFetchRequest, context: GroupContext): Promise<OffsetFetchResponse> {
    return fetchOffsets(this.#parts, request, context);
  }

  offsetDelete(request: OffsetDeleteRequest): Promise<OffsetDeleteResponse> {
    return deleteOffsets(this.#parts, request);
  }

  async deleteGroups({ groupsNames }: DeleteGroupsRequest): Promise<DeleteGroupsResponse> {
    const results = [];
    for (const groupId of groupsNames)
      results.push({ groupId, errorCode: kafkaErrors[await this.#delete(groupId)].code });
    return { throttleTimeMs: 0, results };
  }

  listGroups(request: ListGroupsRequest): ListGroupsResponse {
    return listGroups(this.#parts, request);
  }

  describeGroups({ groups }: DescribeGroupsRequest, context: GroupContext): DescribeGroupsResponse {
    return describeGroups(this.#parts, groups, context);
  }

  consumerGroupDescribe({ groupIds }: ConsumerGroupDescribeRequest): ConsumerGroupDescribeResponse {
    return describeConsumerGroups(this.#parts, groupIds);
  }

  /** Resolves when what was deleted until now is gone from the store, and one pass over all offsets was made. */
  clean(): Promise<void> {
    return this.#upkeep.run();
  }

  /** Answers whoever waits, and finishes what is being stored. */
  async close(): Promise<void> {
    this.#stopListening();
    await this.#upkeep.close();
    await this.#hosts.close();
  }

  #ask<Response>(
    host: GroupHost,
    failed: (code: KafkaErrorCode) => Response,
    work: (group: Group, reply: Reply<Response>) => void,
  ): Promise<Response> {
    const answer = host.ask(failed, work);
    this.#hosts.touched(host);
    return answer;
  }

  #refusalOfJoin(request: JoinGroupRequest): KafkaErrorCode | undefined {
    const { groupId, sessionTimeoutMs, memberId, groupInstanceId } = request;
    const { sessionTimeoutMsMin, sessionTimeoutMsMax } = this.#parts.settings;
    if (groupId === '' || groupId.includes('\0') || isTooLong(groupId)) return 'INVALID_GROUP_ID';
    if (isTooLong(memberId) || isTooLong(groupInstanceId)) return 'INVALID_REQUEST';
    const isWithin = sessionTimeoutMs >= sessionTimeoutMsMin && sessionTimeoutMs <= sessionTimeoutMsMax;
    return isWithin ? undefined : 'INVALID_SESSION_TIMEOUT';
  }

  async #delete(groupId: string): Promise<KafkaErrorCode> {
    const host = this.#hosts.find(groupId);
    if (host === undefined) return 'GROUP_ID_NOT_FOUND';
    try {
      const remove = () => host.delete({ ifWithoutOffsets: false });
      const isRemoved = (removed: boolean) => removed;
      const removed = await this.#parts.configs.removing(groupId, { remove, isRemoved });
      return removed ? 'NONE' : 'NON_EMPTY_GROUP';
    } catch {
      return 'COORDINATOR_NOT_AVAILABLE';
    }
  }
}

/** As in Kafka by its code; what it is about is in the detail. */
function isClassic(groupId: string): Refusal {
  const detail = `'${groupId}' is a group of the classic protocol, whose members say nothing of topics and partitions that the broker can read`;
  return { code: 'GROUP_ID_NOT_FOUND', detail };
}

/** Before version 3 one member leaves, and the answer is its own. */
function leaveAnswer(
  members: readonly MemberIdentity[],
  codes: readonly KafkaErrorCode[],
  version: number,
): LeaveGroupResponse {
  const numbers = codes.map((code) => kafkaErrors[code].code);
  if (version < 3) return { errorCode: numbers[0] ?? 0 };
  return {
    errorCode: 0,
    members: members.map(({ memberId, groupInstanceId }, index) => ({
      memberId,
      groupInstanceId,
      errorCode: numbers[index]!,
    })),
  };
}
