// A group of the consumer protocol (KIP-848): the broker assigns. A state machine that touches nothing but its arguments.
//
//   a member joins, leaves, falls silent, subscribes to    the group's epoch rises, and each member gets a target in it
//   something else; a topic that is subscribed to changes
//   a member's heartbeat                                   brings it towards its target: reconcile.ts
//
// Invariants: a partition has one owner; epochs only rise; a member that is not in its epoch, or in the one before with a
// part of what it was given, is fenced. `takeChange` says that there is something to store, and nothing that was answered
// since may leave before that is done.

import type { KafkaErrorCode } from '../../errors.ts';
import type { ConsumerGroupHeartbeatRequest } from '../../kafka/messages/consumer-group-heartbeat-request.ts';
import type { ConsumerGroupHeartbeatResponse } from '../../kafka/messages/consumer-group-heartbeat-response.ts';
import type { Uuid } from '../../kafka/wire/values.ts';
import { type AssignorName, assignorDefault, assignors, isAssignor } from '../assignors/assignors.ts';
import type { Committer, GroupContext, TopicsToDescribe, TopicsView } from '../group-context.ts';
import type { GroupSettings } from '../group-settings.ts';
import { InvalidRegexError } from '../regex/parse-regex.ts';
import type { StoredConsumerGroup } from '../stored-group.ts';
import {
  bytesOfMember,
  type ConsumerMember,
  described,
  hasSameSubscription,
  isSameMember,
  never,
  newMember,
  restoredConsumerMember,
  storedConsumerMember,
} from './consumer-member.ts';
import {
  joinEpoch,
  leaveEpoch,
  type Refusal,
  refusedHeartbeat,
  staticLeaveEpoch,
} from './heartbeat-checks.ts';
import { PartitionOwners } from './partition-owners.ts';
import { isEqual, isSubset, listed, noPartitions, type PartitionSet, partitionSet } from './partition-set.ts';
import { reconcile, type Standing } from './reconcile.ts';
import { Subscriptions, topicsToDescribe, type Who } from './subscriptions.ts';

export type ConsumerState = 'Empty' | 'Reconciling' | 'Stable' | 'Dead';

export type ConsumerGroupOptions = {
  readonly settings: GroupSettings;
  readonly topics: TopicsView;
  readonly newId: () => string;
  readonly nowMs: number;
  readonly wallMs: number;
  readonly stored?: StoredConsumerGroup | undefined;
};

type At = { readonly nowMs: number; readonly wallMs: number };
type Heartbeat = At & { readonly request: ConsumerGroupHeartbeatRequest; readonly context: GroupContext };

export class ConsumerGroup {
  readonly type = 'consumer';
  readonly protocolType = 'consumer';
  readonly #settings: GroupSettings;
  readonly #newId: () => string;
  readonly #members = new Map<string, ConsumerMember>();
  readonly #instances = new Map<string, string>();
  readonly #owners = new PartitionOwners();
  readonly #subscriptions: Subscriptions;
  readonly #topics: TopicsView;
  #epoch = 0;
  #assignmentEpoch = 0;
  #assignor: AssignorName = assignorDefault;
  /** What the target was made from. */
  #partitionCounts: ReadonlyMap<Uuid, number> = new Map();
  #emptySinceMs: number | null;
  #bytes = 0;
  #changed = false;
  #soonestMs = never;

  constructor({ settings, topics, newId, nowMs, wallMs, stored }: ConsumerGroupOptions) {
    this.#settings = settings;
    this.#newId = newId;
    this.#topics = topics;
    this.#subscriptions = new Subscriptions(topics);
    this.#emptySinceMs = wallMs;
    if (stored !== undefined) this.#restore(stored, nowMs);
  }

  get state(): ConsumerState {
    if (this.isEmpty) return 'Empty';
    for (const { state, epoch } of this.#members.values())
      if (state !== 'stable' || epoch !== this.#assignmentEpoch) return 'Reconciling';
    return 'Stable';
  }

  get epoch(): number {
    return this.#epoch;
  }

  get assignmentEpoch(): number {
    return this.#assignmentEpoch;
  }

  get assignor(): AssignorName {
    return this.#assignor;
  }

  get isEmpty(): boolean {
    return this.#members.size === 0;
  }

  get isUnused(): boolean {
    return this.isEmpty;
  }

  get emptySinceMs(): number | null {
    return this.#emptySinceMs;
  }

  /** No deadline is before it. */
  get soonestMs(): number {
    return this.#soonestMs;
  }

  members(): Iterable<ConsumerMember> {
    return this.#members.values();
  }

  takeChange(): boolean {
    const changed = this.#changed;
    this.#changed = false;
    return changed;
  }

  stored(): StoredConsumerGroup {
    return {
      type: 'consumer',
      epoch: this.#epoch,
      assignmentEpoch: this.#assignmentEpoch,
      assignor: this.#assignor,
      topics: [...this.#partitionCounts],
      emptySinceMs: this.#emptySinceMs,
      described: this.#subscriptions.stored(),
      members: Array.from(this.#members.values(), storedConsumerMember),
    };
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
    if (this.#subscriptions.isDescribed({ user, clientHost, expression }, nowMs)) return undefined;
    return topicsToDescribe(this.#topics, expression);
  }

  /** The request passed `refusalOfHeartbeat`. */
  heartbeat(heartbeat: Heartbeat): ConsumerGroupHeartbeatResponse {
    const { request } = heartbeat;
    if (request.memberEpoch < joinEpoch) return this.#leave(heartbeat);
    this.#lookAtTopics();
    const before = this.#find(request);
    if ('code' in before) return refusedHeartbeat(before);
    const after = described(before, request, heartbeat.context);
    const refusal = this.#refusalOfDescription(before, after, heartbeat.context);
    if (refusal !== undefined) return refusedHeartbeat(refusal);
    this.#take(before, after, heartbeat);
    return this.#reconciled(heartbeat, { memberId: after.memberId, before });
  }

  checkCommit({ generation, memberId, instanceId, isTransactional, version }: Committer): KafkaErrorCode {
    if (generation < 0 && this.isEmpty) return 'NONE';
    if (isTransactional && generation < 0 && memberId === '' && instanceId === null) return 'NONE';
    const member = this.#members.get(memberId);
    if (member === undefined) return 'UNKNOWN_MEMBER_ID';
    // Before it, clients do not know what a stale epoch is.
    if (!isTransactional && version < 9) return 'UNSUPPORTED_VERSION';
    if (generation === member.epoch) return 'NONE';
    return isTransactional ? 'ILLEGAL_GENERATION' : 'STALE_MEMBER_EPOCH';
  }

  checkFetch({ memberId, memberEpoch }: { memberId: string | null; memberEpoch: number }): KafkaErrorCode {
    if (memberId === null && memberEpoch < 0) return 'NONE';
    const member = this.#members.get(memberId ?? '');
    if (member === undefined) return 'UNKNOWN_MEMBER_ID';
    return memberEpoch === member.epoch ? 'NONE' : 'STALE_MEMBER_EPOCH';
  }

  subscribedIds(): ReadonlySet<Uuid> {
    const ids = new Set<Uuid>();
    for (const member of this.#members.values())
      for (const id of this.#subscriptions.topicsOf(member)) ids.add(id);
    return ids;
  }

  /** Does what is due. */
  tick({ nowMs, wallMs }: At): void {
    if (nowMs < this.#soonestMs) return;
    const lost = [...this.#members.values()].filter(
      ({ sessionDeadlineMs, revocationDeadlineMs }) =>
        Math.min(sessionDeadlineMs, revocationDeadlineMs) <= nowMs,
    );
    for (const member of lost) this.#remove(member, wallMs);
    if (lost.length > 0) this.#assign();
    this.#soonestMs = never;
    for (const { sessionDeadlineMs, revocationDeadlineMs } of this.#members.values())
      this.#due(Math.min(sessionDeadlineMs, revocationDeadlineMs));
  }

  /** Nothing waits in a group of this kind. */
  abandon(): void {}

  #leave({ request, wallMs }: Heartbeat): ConsumerGroupHeartbeatResponse {
    const { memberId, memberEpoch, instanceId } = request;
    const holder = instanceId === null ? memberId : this.#instances.get(instanceId);
    const member = holder === undefined ? undefined : this.#members.get(holder);
    if (member === undefined) return refusedHeartbeat(unknownMember(memberId));
    if (member.memberId !== memberId) return refusedHeartbeat(fencedInstance(instanceId!));
    if (memberEpoch === leaveEpoch) {
      this.#remove(member, wallMs);
      this.#assign();
    }
    // Its partitions stay its own until it is back, or its session ends; it has closed what it was to give up.
    else
      this.#put(member, {
        ...member,
        epoch: staticLeaveEpoch,
        previousEpoch: staticLeaveEpoch,
        revoking: noPartitions,
        revocationDeadlineMs: never,
      });
    this.#changed = true;
    return { ...this.#answer(memberId, memberEpoch), heartbeatIntervalMs: 0 };
  }

  #find(request: ConsumerGroupHeartbeatRequest): ConsumerMember | Refusal {
    const { memberEpoch, instanceId } = request;
    const memberId = request.memberId === '' ? this.#newId() : request.memberId;
    const holder = instanceId === null ? undefined : this.#instances.get(instanceId);
    const known = this.#members.get(instanceId === null ? memberId : (holder ?? ''));
    if (memberEpoch === joinEpoch) return this.#findToJoin({ memberId, instanceId, known });
    if (known === undefined) return unknownMember(memberId);
    if (known.memberId !== memberId) return fencedInstance(instanceId!);
    return fencing(known, request) ?? known;
  }

  #findToJoin(options: {
    memberId: string;
    instanceId: string | null;
    known: ConsumerMember | undefined;
  }): ConsumerMember | Refusal {
    const { memberId, instanceId, known } = options;
    if (known === undefined) {
      if (this.#members.size >= this.#settings.membersMax)
        return { code: 'GROUP_MAX_SIZE_REACHED', detail: `the group has ${this.#members.size} members` };
      // An id without its instance, or with another one, is somebody else's.
      if (this.#members.has(memberId)) return unknownMember(memberId);
      return newMember(memberId, instanceId);
    }
    if (instanceId === null) return known.instanceId === null ? known : fencedInstance(known.instanceId);
    if (known.epoch !== staticLeaveEpoch)
      return { code: 'UNRELEASED_INSTANCE_ID', detail: `the instance '${instanceId}' is in use` };
    return { ...known, memberId, epoch: joinEpoch, previousEpoch: joinEpoch };
  }

  /** True when members of the user get something else by the expression than before. */
  #describe({ user, clientHost, topicRegex }: ConsumerMember, { context, nowMs }: Heartbeat): boolean {
    const { described } = context;
    if (user === null || topicRegex === null || described?.expression !== topicRegex) return false;
    return this.#subscriptions.describe({ user, clientHost }, described, nowMs);
  }

  #refusalOfDescription(
    before: ConsumerMember,
    after: ConsumerMember,
    { user, clientHost, described }: GroupContext,
  ): Refusal | undefined {
    const isDescribed = user !== undefined && described !== undefined;
    const ofTopics = isDescribed ? this.#subscriptions.bytesWith({ user, clientHost }, described) : 0;
    const bytes =
      ofTopics + this.#bytes + bytesOfMember(after) - (this.#isIn(before) ? bytesOfMember(before) : 0);
    if (bytes > this.#settings.groupBytesMax)
      return { code: 'GROUP_MAX_SIZE_REACHED', detail: 'the members subscribe to too many topics' };
    // With a user its expression was looked at when it was asked what that may describe.
    if (after.topicRegex === null || after.user !== null) return undefined;
    try {
      this.#subscriptions.requireValid(after.topicRegex);
      return undefined;
    } catch (error) {
      if (!(error instanceof InvalidRegexError)) throw error;
      return { code: 'INVALID_REGULAR_EXPRESSION', detail: error.message };
    }
  }

  /** By its instance too: a static member that came back has another id. */
  #isIn({ memberId, instanceId }: ConsumerMember): boolean {
    return this.#members.has(memberId) || (instanceId !== null && this.#instances.has(instanceId));
  }

  #take(before: ConsumerMember, after: ConsumerMember, heartbeat: Heartbeat): void {
    const isNew = !this.#isIn(before);
    const holder = after.instanceId === null ? undefined : this.#instances.get(after.instanceId);
    const predecessor = holder === undefined ? undefined : this.#members.get(holder);
    const replaces = predecessor !== undefined && predecessor.memberId !== after.memberId;
    if (replaces) this.#drop(predecessor);
    if (isNew || replaces || !isSameMember(before, after) || before.epoch === joinEpoch) this.#changed = true;
    this.#put(replaces || isNew ? undefined : this.#members.get(after.memberId), after);
    const isOther = this.#describe(after, heartbeat);
    if (isNew || isOther || !hasSameSubscription(before, after)) {
      this.#emptySinceMs = null;
      this.#subscriptions.keepOnly(this.#members.values());
      this.#assign();
    }
  }

  #lookAtTopics(): void {
    if (!this.#subscriptions.refresh()) return;
    const counts = this.#subscriptions.partitionCounts(this.#members.values());
    const isSame =
      counts.size === this.#partitionCounts.size &&
      counts.entries().every(([topicId, count]) => this.#partitionCounts.get(topicId) === count);
    if (!isSame) this.#assign();
  }

  /** A new epoch, and a target in it for every member. */
  #assign(): void {
    this.#changed = true;
    this.#epoch += 1;
    this.#assignmentEpoch = this.#epoch;
    this.#assignor = this.#preferredAssignor();
    this.#partitionCounts = this.#subscriptions.partitionCounts(this.#members.values());
    const members = Array.from(this.#members.values(), (member) => ({
      memberId: member.memberId,
      instanceId: member.instanceId,
      topics: this.#subscriptions.topicsOf(member),
      target: member.target,
    }));
    const targets = assignors[this.#assignor]({ members, topics: this.#partitionCounts });
    for (const member of this.#members.values())
      this.#members.set(member.memberId, { ...member, target: targets.get(member.memberId) ?? noPartitions });
  }

  /** Each member has a vote, the default wins a tie. */
  #preferredAssignor(): AssignorName {
    const votes = new Map<AssignorName, number>([[assignorDefault, 0]]);
    for (const { serverAssignor } of this.#members.values())
      if (serverAssignor !== null && isAssignor(serverAssignor))
        votes.set(serverAssignor, (votes.get(serverAssignor) ?? 0) + 1);
    const [winner] = [...votes].reduce((best, next) => (next[1] > best[1] ? next : best));
    return winner;
  }

  #reconciled(
    { request, nowMs }: Heartbeat,
    { memberId, before }: { memberId: string; before: ConsumerMember },
  ): ConsumerGroupHeartbeatResponse {
    const member = this.#members.get(memberId)!;
    const owned = request.topicPartitions === null ? null : partitionSet(request.topicPartitions);
    const isFree = (topicId: Uuid, partition: number) =>
      (this.#owners.of(topicId, partition) ?? memberId) === memberId;
    const target = { epoch: this.#assignmentEpoch, partitions: member.target, isFree };
    const standing = reconcile(member, target, owned);
    const isMoved = !isSameStanding(standing, member);
    if (isMoved) this.#changed = true;
    const deadlines = this.#deadlines(member, standing.state, nowMs);
    const after = { ...member, ...(isMoved && standing), ...deadlines };
    this.#put(member, after);
    const isTold = request.memberEpoch !== joinEpoch && !isFull(request);
    const hasNews = !isTold || !isSameSet(after.assigned, before.assigned);
    return {
      ...this.#answer(memberId, after.epoch),
      assignment: hasNews ? { topicPartitions: listed(after.assigned) } : null,
    };
  }

  #deadlines(member: ConsumerMember, state: ConsumerMember['state'], nowMs: number) {
    const sessionDeadlineMs = nowMs + this.#settings.consumerSessionTimeoutMs;
    const firstMs = Math.min(member.revocationDeadlineMs, nowMs + member.rebalanceTimeoutMs);
    const revocationDeadlineMs = state === 'unrevoked' ? firstMs : never;
    this.#due(Math.min(sessionDeadlineMs, revocationDeadlineMs));
    return { sessionDeadlineMs, revocationDeadlineMs };
  }

  #answer(memberId: string, memberEpoch: number): ConsumerGroupHeartbeatResponse {
    const heartbeatIntervalMs = this.#settings.consumerHeartbeatIntervalMs;
    return { throttleTimeMs: 0, errorCode: 0, memberId, memberEpoch, heartbeatIntervalMs, assignment: null };
  }

  #remove(member: ConsumerMember, wallMs: number): void {
    this.#drop(member);
    if (this.isEmpty) this.#emptySinceMs = wallMs;
  }

  #drop(member: ConsumerMember): void {
    this.#members.delete(member.memberId);
    if (member.instanceId !== null) this.#instances.delete(member.instanceId);
    this.#owners.release(member.memberId, member.assigned);
    this.#owners.release(member.memberId, member.revoking);
    this.#bytes -= bytesOfMember(member);
  }

  #put(before: ConsumerMember | undefined, after: ConsumerMember): void {
    if (before === undefined || before.assigned !== after.assigned || before.revoking !== after.revoking) {
      if (before !== undefined) {
        this.#owners.release(before.memberId, before.assigned);
        this.#owners.release(before.memberId, before.revoking);
      }
      this.#owners.claim(after.memberId, after.assigned);
      this.#owners.claim(after.memberId, after.revoking);
    }
    this.#bytes += bytesOfMember(after) - (before === undefined ? 0 : bytesOfMember(before));
    this.#members.set(after.memberId, after);
    if (after.instanceId !== null) this.#instances.set(after.instanceId, after.memberId);
  }

  /** The members get their session's time again, and the time to give partitions up: nobody could be heard meanwhile. */
  #restore(stored: StoredConsumerGroup, nowMs: number): void {
    this.#epoch = stored.epoch;
    this.#assignmentEpoch = stored.assignmentEpoch;
    this.#assignor = isAssignor(stored.assignor) ? stored.assignor : assignorDefault;
    this.#partitionCounts = new Map(stored.topics);
    this.#subscriptions.restore(stored.described ?? []);
    this.#emptySinceMs = stored.emptySinceMs;
    for (const row of stored.members) {
      const member = restoredConsumerMember(row);
      this.#put(undefined, { ...member, ...this.#deadlines(member, member.state, nowMs) });
    }
  }

  #due(atMs: number): void {
    this.#soonestMs = Math.min(this.#soonestMs, atMs);
  }
}

function isSameStanding(a: Standing, b: Standing): boolean {
  const isSame = a.epoch === b.epoch && a.previousEpoch === b.previousEpoch && a.state === b.state;
  return isSame && isSameSet(a.assigned, b.assigned) && isSameSet(a.revoking, b.revoking);
}

function isSameSet(a: PartitionSet, b: PartitionSet): boolean {
  return a === b || isEqual(a, b);
}

/** Says everything, so its client may have missed what it was told before. */
function isFull(request: ConsumerGroupHeartbeatRequest): boolean {
  const { rebalanceTimeoutMs, subscribedTopicNames, subscribedTopicRegex, topicPartitions } = request;
  const subscribes = subscribedTopicNames !== null || subscribedTopicRegex !== null;
  return rebalanceTimeoutMs !== -1 && subscribes && topicPartitions !== null;
}

/** The epoch before will do when the answer with the new one got lost. */
function fencing(member: ConsumerMember, request: ConsumerGroupHeartbeatRequest): Refusal | undefined {
  const { memberEpoch, topicPartitions } = request;
  if (memberEpoch === member.epoch) return undefined;
  const missedOne = memberEpoch === member.previousEpoch && topicPartitions !== null;
  if (memberEpoch < member.epoch && missedOne && isSubset(partitionSet(topicPartitions), member.assigned))
    return undefined;
  const detail = `the member is in epoch ${member.epoch}, not ${memberEpoch}`;
  return { code: 'FENCED_MEMBER_EPOCH', detail };
}

function unknownMember(memberId: string): Refusal {
  return { code: 'UNKNOWN_MEMBER_ID', detail: `the group has no member '${memberId}'` };
}

function fencedInstance(instanceId: string): Refusal {
  return { code: 'FENCED_INSTANCE_ID', detail: `the instance '${instanceId}' is another member's` };
}
