// What the members of a classic group tell each other: what each subscribes to, and, by the leader, who gets what. The names
// of assignors are those of clients that may be members beside us; what a name means is the leader's affair.

import { assignors } from '../../groups/assignors/assignors.ts';
import { subscribedTopics } from '../../groups/classic/subscribed-topics.ts';
import type { GroupTopic } from '../../groups/group-context.ts';
import {
  decodeConsumerProtocolAssignment,
  encodeConsumerProtocolAssignment,
} from '../../kafka/messages/consumer-protocol-assignment.ts';
import { encodeConsumerProtocolSubscription } from '../../kafka/messages/consumer-protocol-subscription.ts';
import type { JoinGroupRequestProtocol } from '../../kafka/messages/join-group-request.ts';
import type { JoinGroupResponse } from '../../kafka/messages/join-group-response.ts';
import type { SyncGroupRequestAssignment } from '../../kafka/messages/sync-group-request.ts';
import { Reader } from '../../kafka/wire/reader.ts';
import { Writer } from '../../kafka/wire/writer.ts';

export type AssignedPartition = { readonly topic: string; readonly partition: number };

/** What we offer, the first that all members have is taken: that of Java and librdkafka, and those of JavaScript's clients. */
const offered = {
  range: assignors.range,
  roundrobin: assignors.uniform,
  RoundRobinAssigner: assignors.uniform,
} as const;

const version = 0;

export function subscriptionProtocols(topics: readonly string[]): readonly JoinGroupRequestProtocol[] {
  const writer = new Writer();
  writer.int16(version);
  const subscription = { topics, userData: null, ownedPartitions: [], generationId: -1, rackId: null };
  encodeConsumerProtocolSubscription(writer, subscription, version);
  const metadata = Buffer.concat(writer.finish());
  return Object.keys(offered).map((name) => ({ name, metadata }));
}

/** Made by the leader: every partition of every topic that somebody subscribes to has one member. */
export function assignAll(
  { members, protocolName }: Pick<JoinGroupResponse, 'members' | 'protocolName'>,
  find: (topic: string) => GroupTopic | undefined,
): readonly SyncGroupRequestAssignment[] {
  const names = new Map<string, string>();
  const counts = new Map<GroupTopic['topicId'], number>();
  const known = members.map(({ memberId, groupInstanceId = null, metadata }) => {
    const topics = (subscribedTopics(metadata) ?? []).map(find).filter((topic) => topic !== undefined);
    for (const { name, topicId, partitionCount } of topics) {
      names.set(topicId, name);
      counts.set(topicId, partitionCount);
    }
    const topicIds = new Set(topics.map(({ topicId }) => topicId));
    return { memberId, instanceId: groupInstanceId, topics: topicIds, target: new Map() };
  });
  const assign = offered[protocolName as keyof typeof offered];
  const assigned = assign({ members: known, topics: counts });
  return known.map(({ memberId }) => {
    const partitions = Array.from(assigned.get(memberId) ?? [], ([topicId, numbers]) => ({
      topic: names.get(topicId)!,
      partitions: [...numbers].sort((left, right) => left - right),
    }));
    return { memberId, assignment: encodeAssignment(partitions) };
  });
}

/** Throws MalformedMessageError when the leader made nonsense. */
export function decodeAssignment(assignment: Uint8Array): readonly AssignedPartition[] {
  // Who came too late to be thought of gets nothing.
  if (assignment.length === 0) return [];
  const reader = new Reader(assignment);
  const { assignedPartitions } = decodeConsumerProtocolAssignment(reader, Math.max(reader.int16(), 0));
  return assignedPartitions.flatMap(({ topic, partitions }) =>
    partitions.map((partition) => ({ topic, partition })),
  );
}

function encodeAssignment(
  assignedPartitions: readonly { readonly topic: string; readonly partitions: readonly number[] }[],
): Uint8Array {
  const writer = new Writer();
  writer.int16(version);
  encodeConsumerProtocolAssignment(writer, { assignedPartitions, userData: null }, version);
  return Buffer.concat(writer.finish());
}
