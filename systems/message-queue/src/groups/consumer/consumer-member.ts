// A member of a consumer group: what its client said of itself, where it stands, and by when it must be heard of.

import type { ConsumerGroupHeartbeatRequest } from '../../kafka/messages/consumer-group-heartbeat-request.ts';
import { bytesOf, type Protocol } from '../classic/classic-member.ts';
import { restoredProtocols, storedProtocols } from '../classic/classic-rows.ts';
import type { GroupContext } from '../group-context.ts';
import type { StoredConsumerMember } from '../stored-group.ts';
import { noPartitions, type PartitionSet, restoredPartitions, storedPartitions } from './partition-set.ts';
import type { Standing } from './reconcile.ts';

export type ConsumerMember = Standing & {
  readonly memberId: string;
  readonly instanceId: string | null;
  readonly rackId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly rebalanceTimeoutMs: number;
  readonly serverAssignor: string | null;
  readonly topicNames: readonly string[];
  readonly topicRegex: string | null;
  /** Of what the expression matches it gets what this user may describe; null where nobody asks. */
  readonly user: string | null;
  /** Null: it speaks the consumer protocol. */
  readonly classic: ClassicSide | null;
  /** What it is to have in the end. */
  readonly target: PartitionSet;
  readonly sessionDeadlineMs: number;
  /**
   * By when it must have given up what it was told to; of a classic member, by when it must have joined again or asked for its
   * assignment. Infinite when it was told nothing.
   */
  readonly rebalanceDeadlineMs: number;
};

/** What a member of the classic protocol said that those of the consumer protocol do not. */
export type ClassicSide = {
  readonly sessionTimeoutMs: number;
  /** In the order of its preference; all with the same subscription. */
  readonly protocols: readonly Protocol[];
};

export const never = Number.POSITIVE_INFINITY;

export function newMember(memberId: string, instanceId: string | null): ConsumerMember {
  return {
    memberId,
    instanceId,
    rackId: null,
    clientId: '',
    clientHost: '',
    rebalanceTimeoutMs: 0,
    serverAssignor: null,
    topicNames: [],
    topicRegex: null,
    user: null,
    classic: null,
    epoch: 0,
    previousEpoch: 0,
    state: 'stable',
    assigned: noPartitions,
    revoking: noPartitions,
    target: noPartitions,
    sessionDeadlineMs: never,
    rebalanceDeadlineMs: never,
  };
}

/** What the request does not say stays. An empty expression takes the one that was there away. */
export function described(
  member: ConsumerMember,
  request: ConsumerGroupHeartbeatRequest,
  { clientId, clientHost, user }: GroupContext,
): ConsumerMember {
  const regex = request.subscribedTopicRegex ?? member.topicRegex;
  return {
    ...member,
    rackId: request.rackId ?? member.rackId,
    rebalanceTimeoutMs:
      request.rebalanceTimeoutMs === -1 ? member.rebalanceTimeoutMs : request.rebalanceTimeoutMs,
    serverAssignor: request.serverAssignor ?? member.serverAssignor,
    topicNames: request.subscribedTopicNames
      ? [...new Set(request.subscribedTopicNames)].sort()
      : member.topicNames,
    topicRegex: regex === '' ? null : regex,
    user: user ?? null,
    classic: null,
    clientId,
    clientHost,
  };
}

export function hasSameSubscription(a: ConsumerMember, b: ConsumerMember): boolean {
  return (
    a.topicRegex === b.topicRegex &&
    (a.topicRegex === null || (a.user === b.user && (a.user === null || a.clientHost === b.clientHost))) &&
    a.topicNames.length === b.topicNames.length &&
    a.topicNames.every((name, index) => name === b.topicNames[index])
  );
}

export function isSameMember(a: ConsumerMember, b: ConsumerMember): boolean {
  const keys = [
    'memberId',
    'rackId',
    'rebalanceTimeoutMs',
    'serverAssignor',
    'clientId',
    'clientHost',
    'classic',
  ] as const;
  return hasSameSubscription(a, b) && keys.every((key) => a[key] === b[key]);
}

/** In memory, besides its characters. */
const nameBytes = 32;

/** Of what it tells of itself. */
export function bytesOfMember({ topicNames, topicRegex, classic }: ConsumerMember): number {
  const ofNames = topicNames.reduce((sum, name) => sum + nameBytes + name.length, 0);
  return ofNames + (topicRegex?.length ?? 0) + (classic === null ? 0 : bytesOf(classic.protocols));
}

export function storedConsumerMember(member: ConsumerMember): StoredConsumerMember {
  const { sessionDeadlineMs, rebalanceDeadlineMs, assigned, revoking, target, classic, ...rest } = member;
  return {
    ...rest,
    classic: classic && { ...classic, protocols: storedProtocols(classic.protocols) },
    assigned: storedPartitions(assigned),
    revoking: storedPartitions(revoking),
    target: storedPartitions(target),
  };
}

export function restoredConsumerMember(row: StoredConsumerMember): ConsumerMember {
  const classic = row.classic ?? null;
  return {
    ...row,
    user: row.user ?? null,
    classic: classic && { ...classic, protocols: restoredProtocols(classic.protocols) },
    assigned: restoredPartitions(row.assigned),
    revoking: restoredPartitions(row.revoking),
    target: restoredPartitions(row.target),
    sessionDeadlineMs: never,
    rebalanceDeadlineMs: never,
  };
}
