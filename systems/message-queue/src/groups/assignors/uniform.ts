// The assignor `uniform`: members get equally many partitions, as far as their subscriptions allow, and keep what they have
// where that costs no balance.
//
//   1. each member keeps what it has and still subscribes to
//   2. what is left goes to the subscriber that has least; topics with the fewest subscribers first
//   3. while a partition can go from a member to a subscriber of its topic that has at least two less, it does
//
// Step 3 ends: each move lowers the sum of the squares of the members' numbers. When all subscribe to the same, their
// numbers differ by one at most afterwards. Cost: a gift takes the logarithm of the subscribers of its topic, a move looks at
// all of those of the topics that its member has.

import { Heap } from '../../heap.ts';
import type { Uuid } from '../../kafka/wire/values.ts';
import { type AssignedMember, type AssignmentInput, type Assignor, subscribersOf } from './assignor.ts';

type Load = {
  readonly memberId: string;
  /** Among equals the first gets more. */
  readonly place: number;
  readonly topics: Map<Uuid, Set<number>>;
  count: number;
};

export const assignUniform: Assignor = (input) => {
  const members = [...input.members].sort((a, b) => (a.memberId < b.memberId ? -1 : 1));
  const loads = new Map<string, Load>();
  for (const [place, { memberId }] of members.entries())
    loads.set(memberId, { memberId, place, topics: new Map(), count: 0 });
  const subscribers = new Map(
    Array.from(subscribersOf({ ...input, members }), ([topicId, ofTopic]) => [
      topicId,
      ofTopic.map(({ memberId }) => loads.get(memberId)!),
    ]),
  );
  const left = keep(members, input, loads);
  const scarcestFirst = [...left].sort(
    ([a], [b]) => subscribers.get(a)!.length - subscribers.get(b)!.length || (a < b ? -1 : 1),
  );
  for (const [topicId, partitions] of scarcestFirst) giveAll(topicId, partitions, subscribers.get(topicId)!);
  balance(subscribers, [...loads.values()]);
  return new Map(Array.from(loads.values(), ({ memberId, topics }) => [memberId, topics]));
};

/** Gives what is left, by topic. */
function keep(
  members: readonly AssignedMember[],
  { topics }: AssignmentInput,
  loads: ReadonlyMap<string, Load>,
): Map<Uuid, Set<number>> {
  const left = new Map<Uuid, Set<number>>();
  for (const [topicId, count] of topics)
    left.set(topicId, new Set(Array.from({ length: count }, (_, n) => n)));
  for (const member of members)
    for (const [topicId, partitions] of member.target) {
      if (!member.topics.has(topicId)) continue;
      for (const partition of partitions)
        if (left.get(topicId)?.delete(partition)) give(loads.get(member.memberId)!, topicId, partition);
    }
  return left;
}

/** Each to who has least by then. */
function giveAll(topicId: Uuid, partitions: ReadonlySet<number>, subscribers: readonly Load[]): void {
  if (subscribers.length === 0 || partitions.size === 0) return;
  const leastFirst = new Heap<Load>(
    (a, b) => a.count < b.count || (a.count === b.count && a.place < b.place),
  );
  for (const load of subscribers) leastFirst.push(load);
  for (const partition of partitions) {
    const load = leastFirst.pop()!;
    give(load, topicId, partition);
    leastFirst.push(load);
  }
}

/** Who has most gives first, and one at a time: so nobody gives more than it gets fewer in the end. */
function balance(subscribers: ReadonlyMap<Uuid, readonly Load[]>, loads: readonly Load[]): void {
  for (let moved = loads.length > 1; moved; ) {
    moved = false;
    const fewest = least(loads).count;
    // Until something moves, who has least of a topic stays the same.
    const leastOf = new Map<Uuid, Load>();
    for (const from of [...loads].sort((a, b) => b.count - a.count)) {
      if (from.count - fewest < 2) break;
      if (
        !moveOne(from, (topicId) =>
          leastOf.getOrInsertComputed(topicId, () => least(subscribers.get(topicId)!)),
        )
      )
        continue;
      moved = true;
      leastOf.clear();
    }
  }
}

function moveOne(from: Load, leastOf: (topicId: Uuid) => Load): boolean {
  for (const [topicId, partitions] of from.topics) {
    const to = leastOf(topicId);
    if (from.count - to.count < 2) continue;
    const partition = [...partitions].at(-1)!;
    take(from, topicId, partition);
    give(to, topicId, partition);
    return true;
  }
  return false;
}

function least(loads: readonly Load[]): Load {
  return loads.reduce((best, load) => (load.count < best.count ? load : best));
}

function give(load: Load, topicId: Uuid, partition: number): void {
  load.topics.getOrInsertComputed(topicId, () => new Set()).add(partition);
  load.count += 1;
}

function take(load: Load, topicId: Uuid, partition: number): void {
  const partitions = load.topics.get(topicId)!;
  partitions.delete(partition);
  if (partitions.size === 0) load.topics.delete(topicId);
  load.count -= 1;
}
