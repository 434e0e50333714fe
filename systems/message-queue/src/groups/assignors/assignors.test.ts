import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '@cairn/world/simulated';
import type { Uuid } from '../../kafka/wire/values.ts';
import { intersection, noPartitions, type PartitionSet } from '../consumer/partition-set.ts';
import type { AssignmentInput } from './assignor.ts';
import { assignors } from './assignors.ts';

const topic = (name: string) => name as Uuid;
const sizeOf = (set: PartitionSet) => [...set.values()].reduce((sum, partitions) => sum + partitions.size, 0);

function drawn(random: SeededRandom, isHomogeneous: boolean): AssignmentInput {
  const topics = new Map(
    Array.from({ length: random.between({ min: 1, max: 6 }) }, (_, index) => [
      topic(`t${index}`),
      random.integer(12),
    ]),
  );
  const members = Array.from({ length: random.between({ min: 1, max: 7 }) }, (_, index) => ({
    memberId: `m${index}`,
    instanceId: null,
    topics: new Set([...topics.keys()].filter(() => isHomogeneous || random.chance(1 / 2))),
    target: noPartitions,
  }));
  return { members, topics };
}

test('whatever members subscribe to, every partition has one owner, who subscribes to its topic', () => {
  for (let seed = 1; seed <= 300; seed++)
    for (const [name, assign] of Object.entries(assignors)) {
      const input = drawn(new SeededRandom(seed), false);
      const assigned = assign(input);
      for (const [topicId, count] of input.topics) {
        const subscribers = input.members.filter(({ topics }) => topics.has(topicId));
        for (let partition = 0; partition < count; partition++) {
          const owners = [...assigned]
            .filter(([, set]) => set.get(topicId)?.has(partition))
            .map(([id]) => id);
          assert.equal(owners.length, subscribers.length === 0 ? 0 : 1, `${name}, seed ${seed}`);
          assert(owners.every((id) => subscribers.some(({ memberId }) => memberId === id)));
        }
      }
    }
});

test('uniform: numbers differ by one at most, and nobody could give to one that has two less', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const same = [...assignors.uniform(drawn(new SeededRandom(seed), true)).values()].map(sizeOf);
    assert(Math.max(...same) - Math.min(...same) <= 1, `seed ${seed}`);
    const input = drawn(new SeededRandom(seed), false);
    const assigned = assignors.uniform(input);
    for (const from of input.members)
      for (const to of input.members) {
        const [has, less] = [assigned.get(from.memberId)!, sizeOf(assigned.get(to.memberId)!)];
        const shares = [...has.keys()].some((topicId) => to.topics.has(topicId));
        assert(!shares || sizeOf(has) - less < 2, `seed ${seed}`);
      }
  }
});

test('uniform: who stays keeps all that balance allows', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = new SeededRandom(seed);
    const input = drawn(random, true);
    const before = assignors.uniform(input);
    const stay = input.members.filter(() => random.chance(2 / 3));
    const newcomer = {
      memberId: 'new',
      instanceId: null,
      topics: new Set(input.topics.keys()),
      target: noPartitions,
    };
    const members = [
      ...stay.map((member) => ({ ...member, target: before.get(member.memberId)! })),
      newcomer,
    ];
    const after = assignors.uniform({ ...input, members });
    const least = Math.floor(
      [...input.topics.values()].reduce((sum, count) => sum + count, 0) / members.length,
    );
    for (const { memberId } of stay) {
      const kept = sizeOf(intersection(before.get(memberId)!, after.get(memberId)!));
      assert(kept >= Math.min(least, sizeOf(before.get(memberId)!)), `seed ${seed}`);
    }
  }
});

test('range: partitions in a row, the same numbers of each topic', () => {
  const members = ['a', 'b', 'c'].map((memberId) => ({
    memberId,
    instanceId: null,
    topics: new Set([topic('x'), topic('y')]),
    target: noPartitions,
  }));
  const assigned = assignors.range({
    members,
    topics: new Map([
      [topic('x'), 7],
      [topic('y'), 7],
    ]),
  });
  for (const name of ['x', 'y'])
    assert.deepEqual(
      ['a', 'b', 'c'].map((id) => [...assigned.get(id)!.get(topic(name))!]),
      [
        [0, 1, 2],
        [3, 4],
        [5, 6],
      ],
    );
});
