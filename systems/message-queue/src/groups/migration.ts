// A group under the other protocol (KIP-848's online migration): from the row of one machine that of the other is made.
//
//   classic -> consumer   when a member of the consumer protocol joins. The others keep what they have, in the generation that
//                         they are in, and are told to join again, since the newcomer makes a new epoch
//   consumer -> classic   when the last member of the consumer protocol is gone. The others keep what they have until the
//                         rebalance that is due, as what was its own is nobody's
//
// Generations and epochs go on counting: none that was told under one protocol is used under the other.

import type { Uuid } from '../kafka/wire/values.ts';
import { base64, restoredProtocols } from './classic/classic-rows.ts';
import { assignedPartitions, type Subscription, subscriptionOf } from './classic/subscribed-topics.ts';
import { consumerProtocolType, encodedAssignment } from './consumer/classic-side.ts';
import {
  filtered,
  type PartitionSet,
  partitionSet,
  restoredPartitions,
  storedPartitions,
  union,
} from './consumer/partition-set.ts';
import type { TopicsView } from './group-context.ts';
import type {
  StoredClassicGroup,
  StoredClassicMember,
  StoredConsumerGroup,
  StoredConsumerMember,
} from './stored-group.ts';

/** Undefined when it has members of which the broker cannot tell what they consume, or what they have. */
export function consumerRowOf(row: StoredClassicGroup, topics: TopicsView): StoredConsumerGroup | undefined {
  if (row.members.length > 0 && row.protocolType !== consumerProtocolType) return undefined;
  const { highestGeneration: epoch, emptySinceMs } = row;
  const read: ReadMember[] = [];
  for (const member of row.members) {
    const one = readMember(member, row);
    if (one === undefined) return undefined;
    read.push(one);
  }
  const given = new Map<Uuid, Set<number>>();
  const assigned = read.map(({ has }) => notGivenTwice(knownPartitions(has, topics), given));
  // What its leader took away from a cooperative member is its own until it joins again.
  const kept = read.map(({ subscription }) =>
    notGivenTwice(knownPartitions(subscription.ownedPartitions, topics), given),
  );
  const members = read.map((one, index) => consumerMemberOf(one, row, union(assigned[index]!, kept[index]!)));
  return {
    type: 'consumer',
    ...{ epoch, assignmentEpoch: epoch, assignor: 'uniform', topics: [], emptySinceMs, members },
  };
}

type ReadMember = {
  readonly member: StoredClassicMember;
  readonly subscription: Subscription;
  readonly has: Assigned;
};

function readMember(
  member: StoredClassicMember,
  { protocolName }: StoredClassicGroup,
): ReadMember | undefined {
  const protocols = restoredProtocols(member.protocols);
  const protocol = protocols.find(({ name }) => name === protocolName) ?? protocols[0];
  const subscription = protocol && subscriptionOf(protocol.metadata);
  const has = assignedPartitions(Buffer.from(member.assignment, 'base64'));
  return subscription && has && { member, subscription, has };
}

function consumerMemberOf(
  { member, subscription }: ReadMember,
  { generation: epoch }: StoredClassicGroup,
  partitions: PartitionSet,
): StoredConsumerMember {
  const { memberId, instanceId, clientId, clientHost, sessionTimeoutMs, rebalanceTimeoutMs } = member;
  const assigned = storedPartitions(partitions);
  return {
    ...{ memberId, instanceId, rackId: subscription.rackId, clientId, clientHost, rebalanceTimeoutMs },
    ...{ serverAssignor: null, topicNames: [...new Set(subscription.topics)].sort(), topicRegex: null },
    ...{ user: null, classic: { sessionTimeoutMs, protocols: member.protocols } },
    ...{ epoch, previousEpoch: epoch, state: 'stable', assigned, revoking: [], target: assigned },
  };
}

type Assigned = readonly { readonly topic: string; readonly partitions: readonly number[] }[];

function knownPartitions(assigned: Assigned, topics: TopicsView): PartitionSet {
  return partitionSet(
    assigned.flatMap(({ topic, partitions }) => {
      const known = topics.find(topic);
      if (known === undefined) return [];
      const isThere = (partition: number) => partition >= 0 && partition < known.partitionCount;
      return [{ topicId: known.topicId, partitions: partitions.filter(isThere) }];
    }),
  );
}

/** What a leader gave to two of them stays with the first. */
function notGivenTwice(partitions: PartitionSet, given: Map<Uuid, Set<number>>): PartitionSet {
  return filtered(partitions, (topicId, partition) => {
    const numbers = given.getOrInsertComputed(topicId, () => new Set());
    const isFirst = !numbers.has(partition);
    numbers.add(partition);
    return isFirst;
  });
}

/** All its members, if it has any, speak the classic protocol. */
export function classicRowOf(row: StoredConsumerGroup, topics: TopicsView): StoredClassicGroup {
  const { epoch: highestGeneration, emptySinceMs } = row;
  const members = row.members.map((member) => classicMemberOf(member, topics));
  const [first] = members;
  if (first === undefined) {
    const names = { protocolType: null, protocolName: null, leader: null };
    return {
      type: 'classic',
      highestGeneration,
      generation: highestGeneration,
      ...names,
      emptySinceMs,
      members,
    };
  }
  return {
    type: 'classic',
    ...{ highestGeneration, generation: Math.max(...row.members.map(({ epoch }) => epoch)) },
    ...{ protocolType: consumerProtocolType, protocolName: commonProtocol(members), leader: first.memberId },
    ...{ emptySinceMs, members, isRebalanceDue: true },
  };
}

/** Who joins speaks one that all the others do. */
function commonProtocol(members: readonly StoredClassicMember[]): string | null {
  const [first, ...others] = members.map(({ protocols }) => protocols.map(([name]) => name));
  return first?.find((name) => others.every((names) => names.includes(name))) ?? null;
}

function classicMemberOf(member: StoredConsumerMember, topics: TopicsView): StoredClassicMember {
  const { memberId, instanceId, clientId, clientHost, rebalanceTimeoutMs } = member;
  const { sessionTimeoutMs, protocols } = member.classic!;
  const side = { protocols: restoredProtocols(protocols) };
  // Also what it was told to give up: its client has that until it joins again, and another may join before it.
  const has = union(restoredPartitions(member.assigned), restoredPartitions(member.revoking));
  const assignment = base64(encodedAssignment(has, side, topics));
  return {
    ...{ memberId, instanceId, clientId, clientHost, sessionTimeoutMs, rebalanceTimeoutMs },
    ...{ protocols, assignment },
  };
}
