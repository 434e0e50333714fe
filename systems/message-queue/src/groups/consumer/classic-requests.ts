// Requests of the classic protocol to a consumer group: classic-side.ts has what they mean there.

import type { KafkaErrorCode } from '../../errors.ts';
import type { HeartbeatRequest } from '../../kafka/messages/heartbeat-request.ts';
import type { MemberIdentity } from '../../kafka/messages/leave-group-request.ts';
import type { SyncGroupRequest } from '../../kafka/messages/sync-group-request.ts';
import type { SyncGroupResponse } from '../../kafka/messages/sync-group-response.ts';
import type { Uuid } from '../../kafka/wire/values.ts';
import { joinRefusal, syncRefusal } from '../classic/classic-answers.ts';
import type { Join } from '../classic/classic-member.ts';
import type { Reply } from '../group-context.ts';
import {
  describedAsClassic,
  encodedAssignment,
  isProtocolOf,
  joinedAsClassic,
  ownedOf,
  subscriptionToJoin,
} from './classic-side.ts';
import { type ClassicSide, type ConsumerMember, never, newMember } from './consumer-member.ts';
import { joinEpoch } from './heartbeat-checks.ts';
import type { At, Membership } from './membership.ts';
import { difference, filtered } from './partition-set.ts';

type ClassicMember = ConsumerMember & { readonly classic: ClassicSide };
type Identity = { readonly memberId: string; readonly groupInstanceId: string | null };

export class ClassicRequests {
  readonly #membership: Membership;
  readonly #newId: () => string;

  constructor(membership: Membership, newId: () => string) {
    this.#membership = membership;
    this.#newId = newId;
  }

  join({ request, context, nowMs, reply }: Join) {
    const { version, clientId } = context;
    const { groupInstanceId } = request;
    const membership = this.#membership;
    const refused = (code: KafkaErrorCode, memberId = request.memberId) =>
      reply(joinRefusal(code, { version, memberId }));
    const isNew = request.memberId === '';
    const memberId = isNew ? `${groupInstanceId ?? clientId}-${this.#newId()}` : request.memberId;
    const identity = { memberId, groupInstanceId };
    membership.lookAtTopics();
    const subscription = subscriptionToJoin(this.#others(identity), request);
    if (subscription === undefined) return refused('INCONSISTENT_GROUP_PROTOCOL');
    if (isNew && groupInstanceId === null && version >= 4) return refused('MEMBER_ID_REQUIRED', memberId);
    const before = this.#findToJoin(identity, isNew);
    if (typeof before === 'string') return refused(before);
    const after = describedAsClassic(before, request, { subscription, context });
    if (membership.bytesWith(before, after) > membership.settings.groupBytesMax)
      return refused('GROUP_MAX_SIZE_REACHED', '');
    membership.take(before, after, () => false);
    const member = membership.move(memberId, ownedOf(subscription, membership.topics), nowMs);
    membership.heard(member, { nowMs, rebalanceDeadlineMs: nowMs + member.rebalanceTimeoutMs });
    reply(joinedAsClassic(member, after.classic, version));
  }

  sync(request: SyncGroupRequest, { nowMs, reply }: { nowMs: number; reply: Reply<SyncGroupResponse> }) {
    const membership = this.#membership;
    const member = this.#find(request);
    if (typeof member === 'string') return reply(syncRefusal(member));
    if (request.generationId !== member.epoch) return reply(syncRefusal('ILLEGAL_GENERATION'));
    // While it gives partitions up it has joined already, and joins again when it has.
    if (member.epoch < membership.epoch && member.state !== 'unrevoked') {
      this.#tellToJoin(member, nowMs);
      return reply(syncRefusal('REBALANCE_IN_PROGRESS'));
    }
    // Only now: who joined a classic group was told the protocol of that, and a client takes it for the end to be inconsistent.
    if (!isProtocolOf(member.classic, request)) return reply(syncRefusal('INCONSISTENT_GROUP_PROTOCOL'));
    membership.heard(member, { nowMs, rebalanceDeadlineMs: never });
    const { protocolType, protocolName } = request;
    const assignment = encodedAssignment(member.assigned, member.classic, membership.topics);
    reply({ errorCode: 0, protocolType, protocolName, assignment });
  }

  heartbeat(request: HeartbeatRequest, nowMs: number): KafkaErrorCode {
    this.#membership.lookAtTopics();
    const member = this.#find(request);
    if (typeof member === 'string') return member;
    if (request.generationId !== member.epoch) return 'ILLEGAL_GENERATION';
    if (this.#isToJoin(member)) {
      this.#tellToJoin(member, nowMs);
      return 'REBALANCE_IN_PROGRESS';
    }
    this.#membership.heard(member, { nowMs, rebalanceDeadlineMs: member.rebalanceDeadlineMs });
    return 'NONE';
  }

  leave(leaving: readonly MemberIdentity[], { wallMs }: At): readonly KafkaErrorCode[] {
    const codes = leaving.map((identity): KafkaErrorCode => {
      const member = this.#find(identity);
      if (typeof member === 'string') return member;
      this.#membership.remove(member, wallMs);
      return 'NONE';
    });
    if (codes.includes('NONE')) this.#membership.assign();
    return codes;
  }

  #others({ memberId, groupInstanceId }: Identity): readonly ConsumerMember[] {
    const isSame = (member: ConsumerMember) =>
      member.memberId === memberId || (groupInstanceId !== null && member.instanceId === groupInstanceId);
    return [...this.#membership.members.all()].filter((member) => !isSame(member));
  }

  /** `isNew`: it comes without an id, and takes the place of who has its instance. */
  #findToJoin(identity: Identity, isNew: boolean): ConsumerMember | KafkaErrorCode {
    const { members, settings } = this.#membership;
    const { memberId, groupInstanceId } = identity;
    const known = groupInstanceId === null ? members.get(memberId) : members.ofInstance(groupInstanceId);
    if (known !== undefined)
      return isNew
        ? { ...known, memberId, epoch: joinEpoch, previousEpoch: joinEpoch }
        : this.#find(identity);
    // An instance that is gone, or a group. Else clients may bring an id that they were given: before they join, or by the classic
    // group that this one was.
    if (members.size === 0 || (groupInstanceId !== null && !isNew)) return 'UNKNOWN_MEMBER_ID';
    if (members.size >= settings.membersMax) return 'GROUP_MAX_SIZE_REACHED';
    return newMember(memberId, groupInstanceId);
  }

  #find({ memberId, groupInstanceId }: Identity): ClassicMember | KafkaErrorCode {
    const { members } = this.#membership;
    const member = groupInstanceId === null ? members.get(memberId) : members.ofInstance(groupInstanceId);
    if (member === undefined) return 'UNKNOWN_MEMBER_ID';
    // An operator removes a static member, whose id it does not know.
    if (memberId !== '' && memberId !== member.memberId) return 'FENCED_INSTANCE_ID';
    const { classic } = member;
    return classic === null ? 'UNKNOWN_MEMBER_ID' : { ...member, classic };
  }

  #isToJoin(member: ConsumerMember): boolean {
    const { epoch, state, assigned, target } = member;
    if (epoch < this.#membership.epoch || state === 'unrevoked') return true;
    if (state === 'stable') return false;
    const membership = this.#membership;
    const isTaken = (topicId: Uuid, partition: number) => !membership.isFree(member, topicId, partition);
    return filtered(difference(target, assigned), isTaken).size === 0;
  }

  #tellToJoin(member: ConsumerMember, nowMs: number): void {
    const rebalanceDeadlineMs = Math.min(member.rebalanceDeadlineMs, nowMs + member.rebalanceTimeoutMs);
    this.#membership.heard(member, { nowMs, rebalanceDeadlineMs });
  }
}
