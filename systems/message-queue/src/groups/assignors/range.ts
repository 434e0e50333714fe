// The assignor `range`: of every topic each subscriber gets partitions in a row, the first ones one more where they cannot
// have equally many. Members that subscribe to the same topics get the same numbers of each: so records that were
// partitioned by one key in two topics meet at one member.

import type { Uuid } from '../../kafka/wire/values.ts';
import type { PartitionSet } from '../consumer/partition-set.ts';
import { type AssignedMember, type Assignor, subscribersOf } from './assignor.ts';

export const assignRange: Assignor = (input) => {
  const members = [...input.members].sort(byPlace);
  const given = new Map(members.map(({ memberId }) => [memberId, new Map<Uuid, ReadonlySet<number>>()]));
  for (const [topicId, subscribers] of subscribersOf({ ...input, members })) {
    const partitions = input.topics.get(topicId)!;
    const [each, more] = [Math.floor(partitions / subscribers.length), partitions % subscribers.length];
    subscribers.forEach(({ memberId }, index) => {
      const start = index * each + Math.min(index, more);
      const count = each + (index < more ? 1 : 0);
      if (count > 0) given.get(memberId)!.set(topicId, rangeOf(start, count));
    });
  }
  return given satisfies ReadonlyMap<string, PartitionSet>;
};

/** Static members keep their place when they come back under another id. */
function byPlace(a: AssignedMember, b: AssignedMember): number {
  const [placeA, placeB] = [a.instanceId ?? a.memberId, b.instanceId ?? b.memberId];
  return placeA < placeB ? -1 : Number(placeA > placeB);
}

function rangeOf(start: number, count: number): ReadonlySet<number> {
  return new Set(Array.from({ length: count }, (_, index) => start + index));
}
