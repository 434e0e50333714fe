// How partitions are given to the members of a consumer group by the broker. Pure: the same input, the same assignment.

import type { Uuid } from '../../kafka/wire/values.ts';
import type { PartitionSet } from '../consumer/partition-set.ts';

export type AssignedMember = {
  readonly memberId: string;
  readonly instanceId: string | null;
  readonly topics: ReadonlySet<Uuid>;
  /** What it was to have before. */
  readonly target: PartitionSet;
};

export type AssignmentInput = {
  readonly members: readonly AssignedMember[];
  /** How many partitions each topic has; every topic that a member subscribes to is here. */
  readonly topics: ReadonlyMap<Uuid, number>;
};

/** By member id; each partition of a topic that anybody subscribes to is given to exactly one of its subscribers. */
export type Assignor = (input: AssignmentInput) => ReadonlyMap<string, PartitionSet>;

/** Who subscribes to what: members in the order of `members`. */
export function subscribersOf({ members, topics }: AssignmentInput): Map<Uuid, AssignedMember[]> {
  const subscribers = new Map<Uuid, AssignedMember[]>();
  for (const topicId of [...topics.keys()].sort()) subscribers.set(topicId, []);
  for (const member of members) for (const topicId of member.topics) subscribers.get(topicId)?.push(member);
  return subscribers;
}
