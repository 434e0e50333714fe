// Who gets what, where this member leads the group: of every topic each subscriber gets partitions in a row. The client's own
// assigner gives members topics that they do not subscribe to.

import type { GroupPartitionsAssigner } from '@platformatic/kafka';

export const assignRanges: GroupPartitionsAssigner = (_self, members, _topics, { topics }) => {
  const ids = [...members.keys()].sort();
  const given = ids.map((memberId) => ({
    memberId,
    assignments: new Map<string, { topic: string; partitions: number[] }>(),
  }));
  for (const [topic, { partitionsCount }] of topics) {
    const subscribers = given.filter(({ memberId }) => members.get(memberId)!.topics?.includes(topic));
    for (let partition = 0; partition < partitionsCount && subscribers.length > 0; partition++) {
      const owner = subscribers[Math.floor((partition * subscribers.length) / partitionsCount)]!;
      const known = owner.assignments.get(topic) ?? { topic, partitions: [] };
      known.partitions.push(partition);
      owner.assignments.set(topic, known);
    }
  }
  return given;
};
