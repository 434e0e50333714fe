// A group of the consumer protocol (KIP-848): the broker assigns. A state machine that touches nothing but its arguments.
//
//   a member joins, leaves, falls silent, subscribes to    the group's epoch rises, and each member gets a target in it
//   something else; a topic that is subscribed to changes
//   a member's heartbeat                                   brings it towards its target: reconcile.ts
//
// Some of its members may speak the classic protocol: classic-side.ts. A group in which all do is to go on as a classic one.
//
// Invariants: a partition has one owner; epochs only rise; a member that is not in its epoch, or in the one before with a
// part of what it was given, is fenced. `takeChange` says that there is something to store, and nothing that was answered
// since may leave before that is done.

import type { KafkaErrorCode } from '../../errors.ts';
import type { ConsumerGroupHeartbeatRequest } from '../../kafka/messages/consumer-group-heartbeat-request.ts';
import type { ConsumerGroupHeartbeatResponse } from '../../kafka/messages/consumer-group-heartbeat-response.ts';
import type { Uuid } from '../../kafka/wire/values.ts';
import type { AssignorName } from '../assignors/assignors.ts';
import type { Committer, GroupContext, TopicsToDescribe } from '../group-context.ts';
import { InvalidRegexError } from '../regex/parse-regex.ts';
import type { StoredConsumerGroup } from '../stored-group.ts';
import { ClassicRequests } from './classic-requests.ts';
import { type ConsumerMember, described, never, newMember } from './consumer-member.ts';
import {
  fencedInstance,
  fencing,
  isFull,
  joinEpoch,
  leaveEpoch,
  type Refusal,
  refusedHeartbeat,
  staticLeaveEpoch,
  unknownMember,
} from './heartbeat-checks.ts';
import { type At, Membership, type MembershipOptions } from './membership.ts';
import { isSameSet, listed, noPartitions, partitionSet } from './partition-set.ts';
import { topicsToDescribe, type Who } from './subscriptions.ts';

export type ConsumerState = 'Empty' | 'Reconciling' | 'Stable' | 'Dead';

export type ConsumerGroupOptions = MembershipOptions & { readonly newId: () => string };

type Heartbeat = At & { readonly request: ConsumerGroupHeartbeatRequest; readonly context: GroupContext };

export class ConsumerGroup {
  readonly type = 'consumer';
  readonly protocolType = 'consumer';
  readonly #newId: () => string;
  readonly #membership: Membership;
  /** What members of the classic protocol ask for. */
  readonly #classic: ClassicRequests;

  constructor({ newId, ...options }: ConsumerGroupOptions) {
    this.#newId = newId;
    this.#membership = new Membership(options);
    this.#classic = new ClassicRequests(this.#membership, newId);
  }

  get state(): ConsumerState {
    if (this.isEmpty) return 'Empty';
    for (const { state, epoch } of this.#members.all())
      if (state !== 'stable' || epoch !== this.assignmentEpoch) return 'Reconciling';
    return 'Stable';
  }

  get epoch(): number {
    return this.#membership.epoch;
  }

  get assignmentEpoch(): number {
    return this.#membership.assignmentEpoch;
  }

  get assignor(): AssignorName {
    return this.#membership.assignor;
  }

  get isEmpty(): boolean {
    return this.#members.size === 0;
  }

  get isUnused(): boolean {
    return this.isEmpty;
  }

  get emptySinceMs(): number | null {
    return this.#membership.emptySinceMs;
  }

  /** No deadline is before it. */
  get soonestMs(): number {
    return this.#membership.soonestMs;
  }

  get #members() {
    return this.#membership.members;
  }

  members(): Iterable<ConsumerMember> {
    return this.#members.all();
  }

  /** It has members, and all of them speak the classic protocol. */
  get isForClassic(): boolean {
    return this.#members.areClassic;
  }

  takeChange(): boolean {
    const { changed } = this.#membership;
    this.#membership.changed = false;
    return changed;
  }

  stored(): StoredConsumerGroup {
    return this.#membership.stored();
  }

  /**
   * Of which topics the edge is to find out whether the user may describe them, before it hands the heartbeat over; undefined when
   * that is known, or needs not be. Throws InvalidRegexError.
   */
  topicsToDescribe(
    { memberId, memberEpoch, subscribedTopicRegex }: ConsumerGroupHeartbeatRequest,
    { user, clientHost, nowMs }: Who & { nowMs: number },
  ): TopicsToDescribe | undefined {
    const member = this.#members.get(memberId);
    const expression = subscribedTopicRegex ?? member?.topicRegex;
    const isLeaving = memberEpoch < joinEpoch;
    if (!expression || isLeaving || (member === undefined && memberEpoch !== joinEpoch)) return undefined;
    if (this.#membership.subscriptions.isDescribed({ user, clientHost, expression }, nowMs)) return undefined;
    return topicsToDescribe(this.#membership.topics, expression);
  }

  /** The request passed `refusalOfHeartbeat`. */
  consumerHeartbeat(heartbeat: Heartbeat): ConsumerGroupHeartbeatResponse {
    const { request } = heartbeat;
    if (request.memberEpoch < joinEpoch) return this.#leave(heartbeat);
    this.#membership.lookAtTopics();
    const before = this.#find(request);
    if ('code' in before) return refusedHeartbeat(before);
    const after = described(before, request, heartbeat.context);
    const refusal = this.#refusalOfDescription(before, after, heartbeat.context);
    if (refusal !== undefined) return refusedHeartbeat(refusal);
    this.#membership.take(before, after, () => this.#describe(after, heartbeat));
    return this.#reconciled(heartbeat, { memberId: after.memberId, before });
  }

  checkCommit({ generation, memberId, instanceId, isTransactional, version }: Committer): KafkaErrorCode {
    if (generation < 0 && this.isEmpty) return 'NONE';
    if (isTransactional && generation < 0 && memberId === '' && instanceId === null) return 'NONE';
    const member = this.#members.get(memberId);
    if (member === undefined) return 'UNKNOWN_MEMBER_ID';
    const isClassic = member.classic !== null;
    // Before it, clients do not know what a stale epoch is.
    if (!isTransactional && !isClassic && version < 9) return 'UNSUPPORTED_VERSION';
    if (generation === member.epoch) return 'NONE';
    return isTransactional || isClassic ? 'ILLEGAL_GENERATION' : 'STALE_MEMBER_EPOCH';
  }

  checkFetch({ memberId, memberEpoch }: { memberId: string | null; memberEpoch: number }): KafkaErrorCode {
    if (memberId === null && memberEpoch < 0) return 'NONE';
    const member = this.#members.get(memberId ?? '');
    if (member === undefined) return 'UNKNOWN_MEMBER_ID';
    if (memberEpoch === member.epoch) return 'NONE';
    return member.classic === null ? 'STALE_MEMBER_EPOCH' : 'ILLEGAL_GENERATION';
  }

  subscribedIds(): ReadonlySet<Uuid> {
    const ids = new Set<Uuid>();
    for (const member of this.#members.all())
      for (const id of this.#membership.subscriptions.topicsOf(member)) ids.add(id);
    return ids;
  }

  join(...join: Parameters<ClassicRequests['join']>): void {
    this.#classic.join(...join);
  }

  sync(...sync: Parameters<ClassicRequests['sync']>): void {
    this.#classic.sync(...sync);
  }

  heartbeat(...heartbeat: Parameters<ClassicRequests['heartbeat']>): KafkaErrorCode {
    return this.#classic.heartbeat(...heartbeat);
  }

  leave(...leave: Parameters<ClassicRequests['leave']>): readonly KafkaErrorCode[] {
    return this.#classic.leave(...leave);
  }

  /** Does what is due. */
  tick(at: At): void {
    this.#membership.tick(at);
  }

  /** Nothing waits in a group of this kind. */
  abandon(_code: KafkaErrorCode): void {}

  #leave({ request, wallMs }: Heartbeat): ConsumerGroupHeartbeatResponse {
    const { memberId, memberEpoch, instanceId } = request;
    const member = instanceId === null ? this.#members.get(memberId) : this.#members.ofInstance(instanceId);
    if (member === undefined) return refusedHeartbeat(unknownMember(memberId));
    if (member.memberId !== memberId) return refusedHeartbeat(fencedInstance(instanceId!));
    if (member.classic !== null) return refusedHeartbeat(unknownMember(memberId));
    if (memberEpoch === leaveEpoch) {
      this.#membership.remove(member, wallMs);
      this.#membership.assign();
    }
    // Its partitions stay its own until it is back, or its session ends; it has closed what it was to give up.
    else
      this.#members.put({
        ...member,
        epoch: staticLeaveEpoch,
        previousEpoch: staticLeaveEpoch,
        revoking: noPartitions,
        rebalanceDeadlineMs: never,
      });
    this.#membership.changed = true;
    return { ...this.#answer(memberId, memberEpoch), heartbeatIntervalMs: 0 };
  }

  #find(request: ConsumerGroupHeartbeatRequest): ConsumerMember | Refusal {
    const { memberEpoch, instanceId } = request;
    const memberId = request.memberId === '' ? this.#newId() : request.memberId;
    const known = instanceId === null ? this.#members.get(memberId) : this.#members.ofInstance(instanceId);
    if (memberEpoch === joinEpoch) return this.#findToJoin({ memberId, instanceId, known });
    if (known === undefined) return unknownMember(memberId);
    if (known.memberId !== memberId) return fencedInstance(instanceId!);
    if (known.classic !== null) return unknownMember(memberId);
    return fencing(known, request) ?? known;
  }

  #findToJoin(options: {
    memberId: string;
    instanceId: string | null;
    known: ConsumerMember | undefined;
  }): ConsumerMember | Refusal {
    const { memberId, instanceId, known } = options;
    if (known === undefined) {
      if (this.#members.size >= this.#membership.settings.membersMax)
        return { code: 'GROUP_MAX_SIZE_REACHED', detail: `the group has ${this.#members.size} members` };
      // An id without its instance, or with another one, is somebody else's.
      if (this.#members.has(memberId)) return unknownMember(memberId);
      return newMember(memberId, instanceId);
    }
    if (instanceId === null) {
      if (known.instanceId !== null) return fencedInstance(known.instanceId);
      return known.classic === null ? known : unknownMember(memberId);
    }
    // A classic client says nothing when it closes to come back under the other protocol.
    if (known.epoch !== staticLeaveEpoch && known.classic === null)
      return { code: 'UNRELEASED_INSTANCE_ID', detail: `the instance '${instanceId}' is in use` };
    return { ...known, memberId, epoch: joinEpoch, previousEpoch: joinEpoch };
  }

  /** True when members of the user get something else by the expression than before. */
  #describe({ user, clientHost, topicRegex }: ConsumerMember, { context, nowMs }: Heartbeat): boolean {
    const { described } = context;
    if (user === null || topicRegex === null || described?.expression !== topicRegex) return false;
    return this.#membership.subscriptions.describe({ user, clientHost }, described, nowMs);
  }

  #refusalOfDescription(
    before: ConsumerMember,
    after: ConsumerMember,
    { user, clientHost, described }: GroupContext,
  ): Refusal | undefined {
    const isDescribed = user !== undefined && described !== undefined;
    const ofTopics = isDescribed
      ? this.#membership.subscriptions.bytesWith({ user, clientHost }, described)
      : 0;
    if (ofTopics + this.#membership.bytesWith(before, after) > this.#membership.settings.groupBytesMax)
      return { code: 'GROUP_MAX_SIZE_REACHED', detail: 'the members subscribe to too many topics' };
    // With a user its expression was looked at when it was asked what that may describe.
    if (after.topicRegex === null || after.user !== null) return undefined;
    try {
      this.#membership.subscriptions.requireValid(after.topicRegex);
      return undefined;
    } catch (error) {
      if (!(error instanceof InvalidRegexError)) throw error;
      return { code: 'INVALID_REGULAR_EXPRESSION', detail: error.message };
    }
  }

  #reconciled(
    { request, nowMs }: Heartbeat,
    { memberId, before }: { memberId: string; before: ConsumerMember },
  ): ConsumerGroupHeartbeatResponse {
    const owned = request.topicPartitions === null ? null : partitionSet(request.topicPartitions);
    const after = this.#membership.move(memberId, owned, nowMs);
    const isTold = request.memberEpoch !== joinEpoch && !isFull(request);
    const hasNews = !isTold || !isSameSet(after.assigned, before.assigned);
    return {
      ...this.#answer(memberId, after.epoch),
      assignment: hasNews ? { topicPartitions: listed(after.assigned) } : null,
    };
  }

  #answer(memberId: string, memberEpoch: number): ConsumerGroupHeartbeatResponse {
    const heartbeatIntervalMs = this.#membership.settings.consumerHeartbeatIntervalMs;
    return { throttleTimeMs: 0, errorCode: 0, memberId, memberEpoch, heartbeatIntervalMs, assignment: null };
  }
}
