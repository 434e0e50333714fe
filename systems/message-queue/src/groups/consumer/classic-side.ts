// Members of the classic protocol in a consumer group, as while the clients of a group are replaced one after the other
// (KIP-848). They join, sync and send heartbeats as they always did; the broker assigns, and nobody leads.
//
//   JoinGroup   is a heartbeat that says everything: the subscription of the first protocol is its topics, its rack and what it
//               still owns. Answered at once, with the member's epoch for a generation
//   SyncGroup   gives what the member has in that epoch
//   Heartbeat   says REBALANCE_IN_PROGRESS when there is a newer epoch, when it has to give something up, and when all that it
//               waits for is free; from then on it has its rebalance timeout to join again, and after that to sync

import { kafkaErrors } from '../../errors.ts';
import { encodeConsumerProtocolAssignment } from '../../kafka/messages/consumer-protocol-assignment.ts';
import type { JoinGroupRequest } from '../../kafka/messages/join-group-request.ts';
import type { JoinGroupResponse } from '../../kafka/messages/join-group-response.ts';
import type { SyncGroupRequest } from '../../kafka/messages/sync-group-request.ts';
import { Writer } from '../../kafka/wire/writer.ts';
import { kept, timeoutsOf } from '../classic/classic-member.ts';
import { type Subscription, subscriptionOf } from '../classic/subscribed-topics.ts';
import type { GroupContext, TopicsView } from '../group-context.ts';
import type { ClassicSide, ConsumerMember } from './consumer-member.ts';
import { listed, type PartitionSet, partitionSet } from './partition-set.ts';

/** The type of the classic groups whose assignments are partitions. */
export const consumerProtocolType = 'consumer';

/** Of who joins: undefined when the broker cannot read what it consumes, or when it speaks no protocol that all the others do. */
export function subscriptionToJoin(
  others: Iterable<ConsumerMember>,
  { protocolType, protocols }: JoinGroupRequest,
): Subscription | undefined {
  const [first] = protocols;
  if (protocolType !== consumerProtocolType || first === undefined) return undefined;
  const isSpoken = (wanted: string, { protocols: spoken }: ClassicSide) =>
    spoken.some(({ name }) => name === wanted);
  const sides = [...others].flatMap(({ classic }) => classic ?? []);
  const isCommon = protocols.some(({ name }) => sides.every((side) => isSpoken(name, side)));
  return isCommon ? subscriptionOf(first.metadata) : undefined;
}

/** As it says of itself. */
export function describedAsClassic(
  member: ConsumerMember,
  request: JoinGroupRequest,
  { subscription, context }: { subscription: Subscription; context: GroupContext },
): ConsumerMember & { readonly classic: ClassicSide } {
  const { sessionTimeoutMs, rebalanceTimeoutMs } = timeoutsOf(request);
  return {
    ...member,
    rackId: subscription.rackId ?? member.rackId,
    rebalanceTimeoutMs,
    topicNames: [...new Set(subscription.topics)].sort(),
    topicRegex: null,
    user: null,
    classic: { sessionTimeoutMs, protocols: kept(request.protocols) },
    clientId: context.clientId,
    clientHost: context.clientHost,
  };
}

export function ownedOf({ ownedPartitions }: Subscription, topics: TopicsView): PartitionSet {
  return partitionSet(
    ownedPartitions.flatMap(({ topic, partitions }) => {
      const topicId = topics.find(topic)?.topicId;
      return topicId === undefined ? [] : [{ topicId, partitions }];
    }),
  );
}

export function joinedAsClassic(
  { memberId, epoch }: ConsumerMember,
  { protocols }: ClassicSide,
  version: number,
): JoinGroupResponse {
  return {
    errorCode: kafkaErrors.NONE.code,
    generationId: epoch,
    protocolType: version >= 7 ? consumerProtocolType : null,
    protocolName: protocols[0]!.name,
    leader: '',
    memberId,
    members: [],
  };
}

/** What a request says of the protocol is what its member was told when it joined. */
export function isProtocolOf(
  { protocols }: ClassicSide,
  { protocolType, protocolName }: SyncGroupRequest,
): boolean {
  const isSameType = protocolType === null || protocolType === consumerProtocolType;
  return isSameType && (protocolName === null || protocolName === protocols[0]!.name);
}

/** In the version in which the member says what it consumes. */
export function encodedAssignment(
  partitions: PartitionSet,
  { protocols }: Pick<ClassicSide, 'protocols'>,
  topics: TopicsView,
): Uint8Array {
  const version = subscriptionOf(protocols[0]!.metadata)?.version ?? 0;
  const assignedPartitions = listed(partitions).flatMap(({ topicId, partitions: numbers }) => {
    const topic = topics.findById(topicId)?.name;
    return topic === undefined ? [] : [{ topic, partitions: numbers }];
  });
  const writer = new Writer();
  writer.int16(version);
  encodeConsumerProtocolAssignment(writer, { assignedPartitions, userData: null }, version);
  return Buffer.concat(writer.finish());
}
