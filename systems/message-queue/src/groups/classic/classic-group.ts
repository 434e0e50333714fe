// A group of the classic protocol: a state machine that touches nothing but its arguments.
//
//   state                 until                                          then
//   Empty                 a member joins                                 PreparingRebalance, for the initial delay at least
//   PreparingRebalance    all members joined again, or were left behind  CompletingRebalance, in a new generation
//                         nobody is left                                 Empty, in a new generation
//   CompletingRebalance   the leader's assignment came                   Stable
//   Stable                a member joins, leaves, changes or falls silent  PreparingRebalance
//
// Invariant: a generation is never used twice, whatever crashes: the highest is stored before a member hears of it. Members
// and assignments are stored when the group is stable. `takeChange` says that there is something to store, and nothing that
// was answered since may leave before that is done.
//
// https://kafka.apache.org/protocol, KIP-62 (rebalance timeout), 134 (initial delay), 345 (static members), 394 (member id
// before joining), 814 (skipping the assignment).

import assert from 'node:assert/strict';
import { type KafkaErrorCode, kafkaErrors } from '../../errors.ts';
import type { HeartbeatRequest } from '../../kafka/messages/heartbeat-request.ts';
import type { JoinGroupRequest } from '../../kafka/messages/join-group-request.ts';
import type { JoinGroupResponse } from '../../kafka/messages/join-group-response.ts';
import type { MemberIdentity } from '../../kafka/messages/leave-group-request.ts';
import type { SyncGroupRequest } from '../../kafka/messages/sync-group-request.ts';
import type { SyncGroupResponse } from '../../kafka/messages/sync-group-response.ts';
import { noBytes } from '../../kafka/wire/values.ts';
import type { Committer, Reply } from '../group-context.ts';
import type { GroupSettings } from '../group-settings.ts';
import type { StoredClassicGroup } from '../stored-group.ts';
import { joinAnswer, joinRefusal, syncRefusal } from './classic-answers.ts';
import {
  hasRoom,
  isInconsistent,
  refusalOfCommit,
  refusalOfMember,
  refusalOfSync,
} from './classic-checks.ts';
import {
  type ClassicMember,
  isSame,
  isSilent,
  type Join,
  kept,
  newClassicMember,
  timeoutsOf,
} from './classic-member.ts';
import { ClassicMembers } from './classic-members.ts';
import { restoredMember, storedMember } from './classic-rows.ts';
import { JoinWindow } from './join-window.ts';
import { topicsOf, topicsOfAll } from './subscribed-topics.ts';

export type ClassicState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable' | 'Dead';

export type ClassicGroupOptions = {
  readonly settings: GroupSettings;
  /** Ids that no other member ever has. */
  readonly newId: () => string;
  readonly nowMs: number;
  readonly wallMs: number;
  readonly stored?: StoredClassicGroup | undefined;
};

type At = { readonly nowMs: number; readonly wallMs: number };
const never = Number.POSITIVE_INFINITY;

export class ClassicGroup {
  readonly type = 'classic';
  readonly #settings: GroupSettings;
  readonly #newId: () => string;
  readonly #members = new ClassicMembers();
  /** Ids that were given out and did not join with them yet: by when they must. */
  readonly #pending = new Map<string, number>();
  /** Members of the generation that did not ask for their assignment yet. */
  readonly #unsynced = new Set<string>();
  #state: ClassicState = 'Empty';
  #generation = 0;
  #highestGeneration = 0;
  #protocolType: string | null = null;
  #protocolName: string | null = null;
  #emptySinceMs: number | null;
  /** As of the last rebalance that ended. */
  #settled: Omit<StoredClassicGroup, 'highestGeneration'>;
  #changed = false;
  /** A member is gone that the assignment counts on. */
  #hasLost = false;
  readonly #window: JoinWindow;
  #syncDeadlineMs = never;
  #soonestMs = never;

  constructor({ settings, newId, nowMs, wallMs, stored }: ClassicGroupOptions) {
    this.#settings = settings;
    this.#window = new JoinWindow(settings.initialRebalanceDelayMs);
    this.#newId = newId;
    this.#emptySinceMs = wallMs;
    if (stored !== undefined) this.#restore(stored, nowMs);
    this.#settled = { ...this.#snapshot(), ...(stored?.isRebalanceDue && { isRebalanceDue: true }) };
  }

  get state(): ClassicState {
    return this.#state;
  }

  get protocolType(): string {
    return this.#protocolType ?? '';
  }

  get protocolName(): string {
    return this.#protocolName ?? '';
  }

  get isEmpty(): boolean {
    return this.#members.size === 0 && this.#state === 'Empty';
  }

  /** It holds nothing that is worth remembering. */
  get isUnused(): boolean {
    return this.isEmpty && this.#pending.size === 0;
  }

  get emptySinceMs(): number | null {
    return this.#emptySinceMs;
  }

  /** No deadline is before it. */
  get soonestMs(): number {
    return this.#soonestMs;
  }

  members(): Iterable<Readonly<ClassicMember>> {
    return this.#members.all();
  }

  takeChange(): boolean {
    const changed = this.#changed;
    this.#changed = false;
    return changed;
  }

  stored(): StoredClassicGroup {
    return { ...this.#settled, highestGeneration: this.#highestGeneration };
  }

  /** Not of the last rebalance that ended, but with the members of now: what goes on under the other protocol. */
  storedNow(): StoredClassicGroup {
    return { ...this.#snapshot(), highestGeneration: this.#highestGeneration };
  }

  join(join: Join) {
    const { request, context, reply } = join;
    const code = this.#refusalOfJoin(request);
    const memberId = code === 'GROUP_MAX_SIZE_REACHED' ? '' : request.memberId;
    if (code !== undefined) return reply(joinRefusal(code, { ...context, memberId }));
    if (request.memberId === '') this.#joinAsNewcomer(join);
    else this.#joinAgain(join);
  }

  sync(request: SyncGroupRequest, { nowMs, reply }: { nowMs: number; reply: Reply<SyncGroupResponse> }) {
    const code = this.#refusalOfSync(request);
    if (code !== undefined) return reply(syncRefusal(code));
    const member = this.#members.get(request.memberId)!;
    this.#unsynced.delete(member.memberId);
    if (this.#state === 'Stable') return this.#answerSync(member, nowMs, reply);
    member.sync?.(syncRefusal('REBALANCE_IN_PROGRESS'));
    member.sync = reply;
    if (member.memberId === this.#members.leader) this.#assign(request, nowMs);
  }

  heartbeat(request: HeartbeatRequest, nowMs: number): KafkaErrorCode {
    const code = refusalOfMember(this.#members, request.memberId, request.groupInstanceId);
    if (code !== undefined) return code;
    if (request.generationId !== this.#generation) return 'ILLEGAL_GENERATION';
    this.#heard(this.#members.get(request.memberId)!, nowMs);
    return this.#state === 'PreparingRebalance' ? 'REBALANCE_IN_PROGRESS' : 'NONE';
  }

  leave(leaving: readonly MemberIdentity[], at: At): readonly KafkaErrorCode[] {
    const codes = leaving.map((identity) => this.#leave(identity));
    this.#rebalance(at.nowMs);
    this.#settle(at);
    return codes;
  }

  /** A member that commits is alive. */
  checkCommit(committer: Committer, nowMs: number): KafkaErrorCode {
    const group = { state: this.#state, generation: this.#generation };
    const code = refusalOfCommit(this.#members, committer, group);
    const member = this.#members.get(committer.memberId);
    if (code === undefined && member !== undefined) this.#heard(member, nowMs);
    return code ?? 'NONE';
  }

  /** Undefined: of some member it is not known. */
  subscribed(): ReadonlySet<string> | undefined {
    if (this.isEmpty) return new Set();
    return this.#protocolType === 'consumer'
      ? topicsOfAll(this.#members.all(), this.#protocolName)
      : undefined;
  }

  /** Does what is due. */
  tick(at: At) {
    const { nowMs } = at;
    if (nowMs < this.#soonestMs) return;
    for (const [memberId, deadlineMs] of this.#pending)
      if (deadlineMs <= nowMs) this.#pending.delete(memberId);
    for (const member of [...this.#members.all()])
      if (isSilent(member, nowMs)) this.#remove(member, 'UNKNOWN_MEMBER_ID');
    if (this.#syncDeadlineMs <= nowMs) this.#removeUnsynced();
    this.#rebalance(nowMs);
    if (this.#window.endMs <= nowMs) this.#joinsEnd(nowMs);
    this.#settle(at);
    this.#findSoonest();
  }

  /** Answers all that waits, since the group is given up. */
  abandon(code: KafkaErrorCode) {
    for (const member of this.#members.all()) this.#members.refuse(member, code);
    this.#state = 'Dead';
  }

  #refusalOfJoin(request: JoinGroupRequest): KafkaErrorCode | undefined {
    const { memberId, groupInstanceId } = request;
    if (!hasRoom(this.#members, request, this.#settings)) {
      this.#pending.delete(memberId);
      return 'GROUP_MAX_SIZE_REACHED';
    }
    if (isInconsistent(this.#members, request, this.#protocolType)) return 'INCONSISTENT_GROUP_PROTOCOL';
    const isNew = memberId === '' || this.#pending.has(memberId);
    return isNew ? undefined : refusalOfMember(this.#members, memberId, groupInstanceId);
  }

  #refusalOfSync(request: SyncGroupRequest): KafkaErrorCode | undefined {
    const code = refusalOfSync(this.#members, request, this.#agreed());
    if (code !== undefined) return code;
    if (this.#state === 'PreparingRebalance') return 'REBALANCE_IN_PROGRESS';
    const bytes = request.assignments.reduce((sum, { assignment }) => sum + assignment.length, 0);
    return bytes > this.#settings.groupBytesMax ? 'UNKNOWN_SERVER_ERROR' : undefined;
  }

  #joinAsNewcomer(join: Join) {
    const { request, context, nowMs, reply } = join;
    const { groupInstanceId } = request;
    const memberId = `${groupInstanceId ?? context.clientId}-${this.#newId()}`;
    const predecessor = groupInstanceId === null ? undefined : this.#members.ofInstance(groupInstanceId);
    if (predecessor !== undefined) return this.#replace(predecessor, memberId, join);
    if (groupInstanceId === null && context.version >= 4) {
      // A client that gives up and tries again must not leave a member behind each time.
      if (this.#pending.size >= this.#settings.membersMax)
        return reply(joinRefusal('GROUP_MAX_SIZE_REACHED', { ...context, memberId: '' }));
      this.#pending.set(memberId, nowMs + request.sessionTimeoutMs);
      this.#due(nowMs + request.sessionTimeoutMs);
      return reply(joinRefusal('MEMBER_ID_REQUIRED', { ...context, memberId }));
    }
    this.#add(memberId, join);
  }

  #joinAgain(join: Join) {
    const { request, context, nowMs, reply } = join;
    const member = this.#members.get(request.memberId);
    if (member === undefined) return this.#add(request.memberId, join);
    const isLeader = member.memberId === this.#members.leader;
    const isUnchanged = isSame(member.protocols, request.protocols);
    // Its client did not get the answer to its last join.
    const repeats = this.#state === 'CompletingRebalance' && isUnchanged;
    if (repeats || (this.#state === 'Stable' && isUnchanged && !isLeader)) {
      this.#heard(member, nowMs);
      return reply(this.#joined(member, { listsMembers: isLeader, version: context.version }));
    }
    this.#update(member, join);
    this.#prepare(nowMs);
  }

  #add(memberId: string, join: Join): void {
    this.#pending.delete(memberId);
    if (this.#members.size === 0) this.#protocolType = join.request.protocolType;
    this.#window.newcomer();
    const deadlineMs = join.nowMs + this.#settings.newMemberTimeoutMs;
    this.#members.add(newClassicMember(memberId, join, deadlineMs));
    this.#due(deadlineMs);
    this.#prepare(join.nowMs);
  }

  /** A static member came back without its id: it takes its predecessor's place, whose requests are fenced from now on. */
  #replace(member: ClassicMember, memberId: string, join: Join) {
    const { context, nowMs, reply } = join;
    const leaderBefore = this.#members.leader!;
    const topicsBefore = topicsOf(member.protocols, this.#protocolName);
    this.#members.refuse(member, 'FENCED_INSTANCE_ID');
    if (this.#unsynced.delete(member.memberId)) this.#unsynced.add(memberId);
    this.#members.rename(member, memberId);
    this.#update(member, join);
    this.#heard(member, nowMs);
    const isSettled = this.#state === 'Stable' && this.#members.electProtocol() === this.#protocolName;
    const isSameSubscription = topicsBefore === topicsOf(member.protocols, this.#protocolName);
    if (!isSettled || !isSameSubscription) return this.#prepare(nowMs);
    this.#members.setJoin(member, undefined);
    this.#keepSettled();
    const isLeader = this.#members.leader === memberId;
    const skips = isLeader && context.version >= 9;
    const joined = this.#joined(member, { listsMembers: skips, version: context.version });
    // Before version 9 a leader could not be told to leave the assignment alone: it is told that another one leads.
    reply({ ...joined, skipAssignment: skips, leader: skips ? memberId : leaderBefore });
  }

  #update(member: ClassicMember, { request, context, nowMs, reply }: Join): void {
    member.join?.reply(joinRefusal('REBALANCE_IN_PROGRESS', { ...member.join, memberId: member.memberId }));
    Object.assign(member, timeoutsOf(request));
    this.#members.setProtocols(member, kept(request.protocols));
    this.#members.setJoin(member, { version: context.version, reply });
    this.#heard(member, nowMs);
  }

  #heard(member: ClassicMember, nowMs: number): void {
    if (member.isNew) return;
    member.sessionDeadlineMs = nowMs + member.sessionTimeoutMs;
    this.#due(member.sessionDeadlineMs);
  }

  /** Begins a rebalance, or goes on with the one under way. */
  #prepare(nowMs: number): void {
    if (this.#state !== 'PreparingRebalance') {
      for (const member of this.#members.all()) {
        // Its session did not count while it waited.
        if (member.sync !== undefined) this.#heard(member, nowMs);
        this.#members.refuseSync(member, 'REBALANCE_IN_PROGRESS');
      }
      this.#unsynced.clear();
      this.#syncDeadlineMs = never;
      this.#openWindow(nowMs, { isFirst: this.#state === 'Empty' });
      this.#state = 'PreparingRebalance';
    }
    if (!this.#window.isInitial && this.#pending.size === 0 && this.#members.joining === this.#members.size)
      this.#joinsEnd(nowMs);
  }

  #openWindow(nowMs: number, { isFirst }: { isFirst: boolean }): void {
    this.#window.open(nowMs, { isFirst, rebalanceTimeoutMs: this.#members.rebalanceTimeoutMs() });
    this.#due(this.#window.endMs);
  }

  #joinsEnd(nowMs: number) {
    if (this.#window.extend(nowMs)) return this.#due(this.#window.endMs);
    for (const member of [...this.#members.all()])
      if (member.join === undefined && member.instanceId === null) this.#remove(member, 'UNKNOWN_MEMBER_ID');
    if (this.#members.size > 0 && !this.#members.electLeader()) {
      // Static members only, and none of them here: their sessions decide.
      return this.#openWindow(nowMs, { isFirst: false });
    }
    this.#window.close();
    this.#beginGeneration(nowMs);
  }

  #beginGeneration(nowMs: number): void {
    this.#highestGeneration += 1;
    this.#generation = this.#highestGeneration;
    this.#changed = true;
    this.#hasLost = false;
    // What an empty group is, `#settle` finds out.
    if (this.#members.size === 0) return;
    this.#protocolName = this.#members.electProtocol();
    this.#state = 'CompletingRebalance';
    this.#emptySinceMs = null;
    this.#syncDeadlineMs = nowMs + this.#members.rebalanceTimeoutMs();
    this.#due(this.#syncDeadlineMs);
    for (const member of this.#members.all()) {
      this.#unsynced.add(member.memberId);
      member.isNew = false;
      this.#heard(member, nowMs);
    }
    for (const member of this.#members.all()) this.#answerJoin(member);
  }

  #answerJoin(member: ClassicMember): void {
    const { join } = member;
    if (join === undefined) return;
    this.#members.setJoin(member, undefined);
    const listsMembers = member.memberId === this.#members.leader;
    join.reply(this.#joined(member, { listsMembers, version: join.version }));
  }

  #joined(member: ClassicMember, how: { listsMembers: boolean; version: number }): JoinGroupResponse {
    return joinAnswer({ members: this.#members, ...this.#agreed() }, member, how);
  }

  /** What the members of a generation share. */
  #agreed() {
    return {
      generation: this.#generation,
      protocolType: this.#protocolType,
      protocolName: this.#protocolName,
    };
  }

  #assign({ assignments }: SyncGroupRequest, nowMs: number): void {
    const byMember = new Map(assignments.map(({ memberId, assignment }) => [memberId, assignment]));
    for (const member of this.#members.all())
      member.assignment = Uint8Array.from(byMember.get(member.memberId) ?? noBytes);
    this.#state = 'Stable';
    this.#keepSettled();
    for (const member of this.#members.all()) {
      const { sync } = member;
      member.sync = undefined;
      if (sync !== undefined) this.#answerSync(member, nowMs, sync);
    }
  }

  #answerSync(member: ClassicMember, nowMs: number, reply: Reply<SyncGroupResponse>): void {
    this.#heard(member, nowMs);
    const { protocolType, protocolName } = this.#agreed();
    reply({ errorCode: kafkaErrors.NONE.code, protocolType, protocolName, assignment: member.assignment });
  }

  #leave({ memberId, groupInstanceId }: MemberIdentity): KafkaErrorCode {
    if (memberId === '') {
      // An operator removes a static member, whose id it does not know.
      const member = groupInstanceId === null ? undefined : this.#members.ofInstance(groupInstanceId);
      if (member === undefined) return 'UNKNOWN_MEMBER_ID';
      this.#remove(member, 'UNKNOWN_MEMBER_ID');
      return 'NONE';
    }
    if (this.#pending.delete(memberId)) return 'NONE';
    const code = refusalOfMember(this.#members, memberId, groupInstanceId);
    if (code === undefined) this.#remove(this.#members.get(memberId)!, 'UNKNOWN_MEMBER_ID');
    return code ?? 'NONE';
  }

  #removeUnsynced(): void {
    this.#syncDeadlineMs = never;
    for (const memberId of this.#unsynced) {
      const member = this.#members.get(memberId);
      if (member !== undefined) this.#remove(member, 'UNKNOWN_MEMBER_ID');
    }
    this.#unsynced.clear();
  }

  #remove(member: ClassicMember, code: KafkaErrorCode): void {
    this.#members.refuse(member, code);
    this.#members.remove(member);
    this.#unsynced.delete(member.memberId);
    this.#hasLost = true;
  }

  #rebalance(nowMs: number): void {
    const goesOn = this.#state === 'PreparingRebalance';
    if ((this.#hasLost && this.#state !== 'Empty') || goesOn) this.#prepare(nowMs);
    this.#hasLost = false;
  }

  #settle({ wallMs }: { wallMs: number }): void {
    if (this.#members.size > 0 || this.#state !== 'PreparingRebalance' || this.#window.isOpen) return;
    this.#state = 'Empty';
    this.#protocolName = null;
    this.#emptySinceMs = wallMs;
    this.#keepSettled();
  }

  #keepSettled(): void {
    this.#settled = this.#snapshot();
    this.#changed = true;
  }

  #snapshot(): Omit<StoredClassicGroup, 'highestGeneration'> {
    return {
      type: 'classic',
      ...this.#agreed(),
      leader: this.#members.leader,
      emptySinceMs: this.#emptySinceMs,
      members: Array.from(this.#members.all(), storedMember),
    };
  }

  /** The members get their session's time again: nobody could be heard meanwhile. */
  #restore(stored: StoredClassicGroup, nowMs: number): void {
    assert(stored.highestGeneration >= stored.generation, 'a generation above the highest');
    this.#generation = stored.generation;
    this.#highestGeneration = stored.highestGeneration;
    this.#protocolType = stored.protocolType;
    this.#protocolName = stored.protocolName;
    this.#emptySinceMs = stored.emptySinceMs;
    for (const row of stored.members) {
      const member = restoredMember(row);
      this.#members.add(member);
      this.#heard(member, nowMs);
    }
    this.#members.setLeader(stored.leader);
    this.#state = this.#members.size === 0 ? 'Empty' : 'Stable';
    if (stored.isRebalanceDue) this.#prepare(nowMs);
  }

  #due(atMs: number) {
    this.#soonestMs = Math.min(this.#soonestMs, atMs);
  }

  #findSoonest() {
    this.#soonestMs = Math.min(this.#window.endMs, this.#syncDeadlineMs);
    for (const deadlineMs of this.#pending.values()) this.#due(deadlineMs);
    for (const member of this.#members.all())
      if (isSilent(member, never)) this.#due(member.sessionDeadlineMs);
  }
}
