// Sets of partitions of several topics. Immutable: every operation makes a new one. A topic without partitions is left out,
// so that equal sets have equal topics.

import type { Uuid } from '../../kafka/wire/values.ts';
import type { StoredPartitions } from '../stored-group.ts';

export type PartitionSet = ReadonlyMap<Uuid, ReadonlySet<number>>;

export const noPartitions: PartitionSet = new Map();

type Listed = { readonly topicId: Uuid; readonly partitions: readonly number[] };

export function partitionSet(topics: readonly Listed[]): PartitionSet {
  const set = new Map<Uuid, Set<number>>();
  for (const { topicId, partitions } of topics)
    for (const partition of partitions) set.getOrInsertComputed(topicId, () => new Set()).add(partition);
  return set;
}

export function listed(set: PartitionSet): Listed[] {
  return Array.from(set, ([topicId, partitions]) => ({
    topicId,
    partitions: [...partitions].sort((a, b) => a - b),
  }));
}

export function filtered(
  set: PartitionSet,
  keep: (topicId: Uuid, partition: number) => boolean,
): PartitionSet {
  const result = new Map<Uuid, ReadonlySet<number>>();
  for (const [topicId, partitions] of set) {
    const kept = [...partitions].filter((partition) => keep(topicId, partition));
    if (kept.length > 0) result.set(topicId, new Set(kept));
  }
  return result;
}

export function has(set: PartitionSet, topicId: Uuid, partition: number): boolean {
  return set.get(topicId)?.has(partition) ?? false;
}

export function intersection(a: PartitionSet, b: PartitionSet): PartitionSet {
  return filtered(a, (topicId, partition) => has(b, topicId, partition));
}

export function difference(a: PartitionSet, b: PartitionSet): PartitionSet {
  return filtered(a, (topicId, partition) => !has(b, topicId, partition));
}

export function union(a: PartitionSet, b: PartitionSet): PartitionSet {
  const result = new Map(a);
  for (const [topicId, partitions] of b) result.set(topicId, partitions.union(a.get(topicId) ?? new Set()));
  return result;
}

export function isSubset(a: PartitionSet, b: PartitionSet): boolean {
  return difference(a, b).size === 0;
}

export function isSameSet(a: PartitionSet, b: PartitionSet): boolean {
  return a === b || (isSubset(a, b) && isSubset(b, a));
}

export function storedPartitions(set: PartitionSet): StoredPartitions {
  return listed(set).map(({ topicId, partitions }) => [topicId, partitions]);
}

export function restoredPartitions(stored: StoredPartitions): PartitionSet {
  return partitionSet(stored.map(([topicId, partitions]) => ({ topicId, partitions })));
}
