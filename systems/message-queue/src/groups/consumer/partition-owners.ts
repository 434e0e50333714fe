// Which member has a partition, or is still to give it up. The invariant of the protocol stands here: a partition has one
// owner at most.

import assert from 'node:assert/strict';
import type { Uuid } from '../../kafka/wire/values.ts';
import type { PartitionSet } from './partition-set.ts';

export class PartitionOwners {
  readonly #owners = new Map<Uuid, Map<number, string>>();

  of(topicId: Uuid, partition: number): string | undefined {
    return this.#owners.get(topicId)?.get(partition);
  }

  claim(memberId: string, partitions: PartitionSet): void {
    for (const [topicId, numbers] of partitions) {
      const owners = this.#owners.getOrInsertComputed(topicId, () => new Map());
      for (const partition of numbers) {
        const owner = owners.get(partition) ?? memberId;
        assert(owner === memberId, `partition ${partition} of ${topicId} is ${owner}'s, and ${memberId}'s`);
        owners.set(partition, memberId);
      }
    }
  }

  release(memberId: string, partitions: PartitionSet): void {
    for (const [topicId, numbers] of partitions) {
      const owners = this.#owners.get(topicId);
      for (const partition of numbers) if (owners?.get(partition) === memberId) owners.delete(partition);
      if (owners?.size === 0) this.#owners.delete(topicId);
    }
  }
}
