// Who is in a consumer group, what each is to have and what it has: the state behind the requests of both protocols.
//
// Invariants: a partition has one owner; epochs only rise. Whatever is to be stored sets `changed`.

import type { Uuid } from '../../kafka/wire/values.ts';
import { type AssignorName, assignorDefault, assignors, isAssignor } from '../assignors/assignors.ts';
import type { TopicsView } from '../group-context.ts';
import type { GroupSettings } from '../group-settings.ts';
import type { StoredConsumerGroup } from '../stored-group.ts';
import {
  bytesOfMember,
  type ConsumerMember,
  hasSameSubscription,
  isSameMember,
  never,
  restoredConsumerMember,
  storedConsumerMember,
} from './consumer-member.ts';
import { ConsumerMembers } from './consumer-members.ts';
import { joinEpoch } from './heartbeat-checks.ts';
import { noPartitions, type PartitionSet } from './partition-set.ts';
import { isSameStanding, reconcile } from './reconcile.ts';
import { Subscriptions } from './subscriptions.ts';

export type At = { readonly nowMs: number; readonly wallMs: number };

export type MembershipOptions = At & {
  readonly settings: GroupSettings;
  readonly topics: TopicsView;
  readonly stored?: StoredConsumerGroup | undefined;
};

export class Membership {
  readonly settings: GroupSettings;
  readonly topics: TopicsView;
  readonly members = new ConsumerMembers();
  readonly subscriptions: Subscriptions;
  changed = false;
  /** No deadline is before it. */
  soonestMs = never;
  #epoch = 0;
  #assignmentEpoch = 0;
  #assignor: AssignorName = assignorDefault;
  /** What the target was made from. */
  #partitionCounts: ReadonlyMap<Uuid, number> = new Map();
  #emptySinceMs: number | null;

  constructor({ settings, topics, nowMs, wallMs, stored }: MembershipOptions) {
    this.settings = settings;
    this.topics = topics;
    this.subscriptions = new Subscriptions(topics);
    this.#emptySinceMs = wallMs;
    if (stored !== undefined) this.#restore(stored, nowMs);
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

  get emptySinceMs(): number | null {
    return this.#emptySinceMs;
  }

  stored(): StoredConsumerGroup {
    return {
      type: 'consumer',
      epoch: this.#epoch,
      assignmentEpoch: this.#assignmentEpoch,
      assignor: this.#assignor,
      topics: [...this.#partitionCounts],
      emptySinceMs: this.#emptySinceMs,
      described: this.subscriptions.stored(),
      members: Array.from(this.members.all(), storedConsumerMember),
    };
  }

  /** `isOther`: members get something else than before, although they say the same. */
  take(before: ConsumerMember, after: ConsumerMember, isOther: () => boolean): void {
    const predecessor = this.members.heldBy(before);
    const isNew = predecessor === undefined;
    const replaces = !isNew && predecessor.memberId !== after.memberId;
    if (replaces) this.members.drop(predecessor);
    if (isNew || replaces || !isSameMember(before, after) || before.epoch === joinEpoch) this.changed = true;
    this.members.put(after);
    if (isOther() || isNew || !hasSameSubscription(before, after)) {
      this.#emptySinceMs = null;
      this.subscriptions.keepOnly(this.members.all());
      this.assign();
    }
  }

  /** `assign` is to follow. */
  remove(member: ConsumerMember, wallMs: number): void {
    this.members.drop(member);
    if (this.members.size === 0) this.#emptySinceMs = wallMs;
  }

  /** A new target when topics are not what the last one was made from. */
  lookAtTopics(): void {
    if (!this.subscriptions.refresh()) return;
    const counts = this.subscriptions.partitionCounts(this.members.all());
    const isSame =
      counts.size === this.#partitionCounts.size &&
      counts.entries().every(([topicId, count]) => this.#partitionCounts.get(topicId) === count);
    if (!isSame) this.assign();
  }

  /** A new epoch, and a target in it for every member. */
  assign(): void {
    this.changed = true;
    this.#epoch += 1;
    this.#assignmentEpoch = this.#epoch;
    this.#assignor = this.#preferredAssignor();
    this.#partitionCounts = this.subscriptions.partitionCounts(this.members.all());
    const members = Array.from(this.members.all(), (member) => ({
      memberId: member.memberId,
      instanceId: member.instanceId,
      topics: this.subscriptions.topicsOf(member),
      target: member.target,
    }));
    const targets = assignors[this.#assignor]({ members, topics: this.#partitionCounts });
    for (const member of [...this.members.all()])
      this.members.put({ ...member, target: targets.get(member.memberId) ?? noPartitions });
  }

  /** The member, heard of and brought towards its target; `owned`: what it says it has, null when it does not say. */
  move(memberId: string, owned: PartitionSet | null, nowMs: number): ConsumerMember {
    const member = this.members.get(memberId)!;
    const isFree = (topicId: Uuid, partition: number) => this.isFree(member, topicId, partition);
    const target = { epoch: this.#assignmentEpoch, partitions: member.target, isFree };
    const standing = reconcile(member, target, owned);
    const isMoved = !isSameStanding(standing, member);
    if (isMoved) this.changed = true;
    const moved = { ...member, ...(isMoved && standing) };
    const after = { ...moved, ...this.#deadlines(moved, nowMs) };
    this.members.put(after);
    return after;
  }

  /** Of a classic member, which does not move when it is heard of. */
  heard(
    member: ConsumerMember,
    { nowMs, rebalanceDeadlineMs }: { nowMs: number; rebalanceDeadlineMs: number },
  ) {
    const sessionDeadlineMs = nowMs + this.#sessionMs(member);
    this.members.put({ ...member, sessionDeadlineMs, rebalanceDeadlineMs });
    this.#due(Math.min(sessionDeadlineMs, rebalanceDeadlineMs));
  }

  isFree({ memberId }: ConsumerMember, topicId: Uuid, partition: number): boolean {
    return (this.members.owners.of(topicId, partition) ?? memberId) === memberId;
  }

  /** Of what members tell of themselves, with one of them as it is to be. */
  bytesWith(before: ConsumerMember, after: ConsumerMember): number {
    const known = this.members.heldBy(before);
    return this.members.bytes + bytesOfMember(after) - (known === undefined ? 0 : bytesOfMember(known));
  }

  /** Does what is due. */
  tick({ nowMs, wallMs }: At): void {
    if (nowMs < this.soonestMs) return;
    const lost = [...this.members.all()].filter(
      ({ sessionDeadlineMs, rebalanceDeadlineMs }) =>
        Math.min(sessionDeadlineMs, rebalanceDeadlineMs) <= nowMs,
    );
    for (const member of lost) this.remove(member, wallMs);
    if (lost.length > 0) this.assign();
    this.soonestMs = never;
    for (const { sessionDeadlineMs, rebalanceDeadlineMs } of this.members.all())
      this.#due(Math.min(sessionDeadlineMs, rebalanceDeadlineMs));
  }

  /** Each member has a vote, the default wins a tie. */
  #preferredAssignor(): AssignorName {
    const votes = new Map<AssignorName, number>([[assignorDefault, 0]]);
    for (const { serverAssignor } of this.members.all())
      if (serverAssignor !== null && isAssignor(serverAssignor))
        votes.set(serverAssignor, (votes.get(serverAssignor) ?? 0) + 1);
    const [winner] = [...votes].reduce((best, next) => (next[1] > best[1] ? next : best));
    return winner;
  }

  /** Of who was heard of now. What a classic member still has to do is counted where it is told. */
  #deadlines(member: ConsumerMember, nowMs: number) {
    const { classic, state, rebalanceTimeoutMs } = member;
    const sessionDeadlineMs = nowMs + this.#sessionMs(member);
    const firstMs = Math.min(member.rebalanceDeadlineMs, nowMs + rebalanceTimeoutMs);
    const rebalanceDeadlineMs = state === 'unrevoked' && classic === null ? firstMs : never;
    this.#due(Math.min(sessionDeadlineMs, rebalanceDeadlineMs));
    return { sessionDeadlineMs, rebalanceDeadlineMs };
  }

  #sessionMs({ classic }: ConsumerMember): number {
    return classic?.sessionTimeoutMs ?? this.settings.consumerSessionTimeoutMs;
  }

  /** The members get their session's time again, and the time to give partitions up: nobody could be heard meanwhile. */
  #restore(stored: StoredConsumerGroup, nowMs: number): void {
    this.#epoch = stored.epoch;
    this.#assignmentEpoch = stored.assignmentEpoch;
    this.#assignor = isAssignor(stored.assignor) ? stored.assignor : assignorDefault;
    this.#partitionCounts = new Map(stored.topics);
    this.subscriptions.restore(stored.described ?? []);
    this.#emptySinceMs = stored.emptySinceMs;
    for (const row of stored.members) {
      const member = restoredConsumerMember(row);
      this.members.put({ ...member, ...this.#deadlines(member, nowMs) });
    }
  }

  #due(atMs: number): void {
    this.soonestMs = Math.min(this.soonestMs, atMs);
  }
}
