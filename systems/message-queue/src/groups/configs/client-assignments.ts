// What the members of a group that one client has (its client id, from one host) have of partitions. Made out when it is first
// asked for: most clients that are members never fetch what a filter is about.

import { assignedPartitions } from '../classic/subscribed-topics.ts';
import type { PartitionSet } from '../consumer/partition-set.ts';
import type { TopicsView } from '../group-context.ts';
import type { Group } from '../group-host.ts';

export type PartitionName = { readonly topic: string; readonly partition: number };

/** Undefined: what it says cannot be read, and may be anything. */
type Assigned = readonly { readonly topic: string; readonly partitions: Iterable<number> }[] | undefined;

export class ClientAssignments {
  readonly #members: readonly (() => Assigned)[];
  #partitions: ReadonlyMap<string, ReadonlySet<number>> | 'any' | undefined;

  constructor(members: readonly (() => Assigned)[]) {
    this.#members = members;
  }

  has({ topic, partition }: PartitionName): boolean {
    this.#partitions ??= this.#read();
    return this.#partitions === 'any' || (this.#partitions.get(topic)?.has(partition) ?? false);
  }

  #read(): ReadonlyMap<string, ReadonlySet<number>> | 'any' {
    const all = new Map<string, Set<number>>();
    for (const assigned of this.#members) {
      const topics = assigned();
      if (topics === undefined) return 'any';
      for (const { topic, partitions } of topics) {
        const numbers = all.getOrInsertComputed(topic, () => new Set());
        for (const partition of partitions) numbers.add(partition);
      }
    }
    return all;
  }
}

/** Of one client, as one text. */
export function clientKey(client: { readonly clientId: string; readonly clientHost: string }): string {
  return `${client.clientHost} ${client.clientId}`;
}

/** Of all clients of a group: of a classic one as its last rebalance left it. */
export function assignmentsOf(group: Group, topics: TopicsView): ReadonlyMap<string, ClientAssignments> {
  const members = group.type === 'classic' ? classicMembers(group) : consumerMembers(group, topics);
  const ofClients = Map.groupBy(members, ({ key }) => key);
  const entries = Array.from(ofClients, ([key, own]) => {
    return [key, new ClientAssignments(own.map(({ assigned }) => assigned))] as const;
  });
  return new Map(entries);
}

type Member = { readonly key: string; readonly assigned: () => Assigned };

function classicMembers(group: Group & { type: 'classic' }): readonly Member[] {
  const settled = group.stored();
  // Of other protocols, those of Connect, an assignment is not one of partitions.
  if (settled.protocolType !== 'consumer') return [];
  return settled.members.map((member) => ({
    key: clientKey(member),
    assigned: () => assignedPartitions(Buffer.from(member.assignment, 'base64')),
  }));
}

function consumerMembers(group: Group & { type: 'consumer' }, topics: TopicsView): readonly Member[] {
  const named = (set: PartitionSet) =>
    Array.from(set, ([topicId, partitions]) => ({ topic: topics.findById(topicId)?.name ?? '', partitions }));
  return Array.from(group.members(), (member) => ({
    key: clientKey(member),
    assigned: () => [...named(member.assigned), ...named(member.revoking)],
  }));
}
