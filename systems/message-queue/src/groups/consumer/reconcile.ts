// What a member of a consumer group has, on its way from the target it had to the one that is wanted (KIP-848).
//
//   unrevoked    it was told to give partitions up and did not say yet that it has; its epoch stays
//   unreleased   it has what is free of its target, in the target's epoch; the rest is still another member's
//   stable       it has its target, in the target's epoch
//
// A member is first rid of what it has to give up, then gets what is new: so at no time two members have a partition.

import type { Uuid } from '../../kafka/wire/values.ts';
import {
  difference,
  filtered,
  intersection,
  isSameSet,
  noPartitions,
  type PartitionSet,
  union,
} from './partition-set.ts';

export type Standing = {
  readonly epoch: number;
  readonly previousEpoch: number;
  readonly state: 'stable' | 'unrevoked' | 'unreleased';
  /** What it may use. */
  readonly assigned: PartitionSet;
  /** What it was told to give up: nobody else gets it before it said that it did. */
  readonly revoking: PartitionSet;
};

export type Target = {
  readonly epoch: number;
  readonly partitions: PartitionSet;
  /** Nobody has it, and nobody is giving it up. */
  readonly isFree: (topicId: Uuid, partition: number) => boolean;
};

/** `owned`: what the member says it has; null when it does not say. */
export function reconcile(standing: Standing, target: Target, owned: PartitionSet | null): Standing {
  if (standing.state === 'stable' && standing.epoch === target.epoch) return standing;
  if (standing.state === 'unrevoked') {
    if (owned === null || intersection(standing.revoking, owned).size > 0) return standing;
  }
  return towards(standing, target, owned);
}

function towards(standing: Standing, target: Target, owned: PartitionSet | null): Standing {
  const kept = intersection(standing.assigned, target.partitions);
  const revoking = difference(standing.assigned, target.partitions);
  // What it never took into use it need not give up.
  const isToRevoke = owned === null ? revoking.size > 0 : intersection(revoking, owned).size > 0;
  if (isToRevoke) return { ...standing, state: 'unrevoked', assigned: kept, revoking };
  const wanted = difference(target.partitions, kept);
  const free = filtered(wanted, target.isFree);
  const isComplete = difference(wanted, free).size === 0;
  const assigned = union(kept, free);
  const state = isComplete ? 'stable' : 'unreleased';
  const { epoch } = target;
  const previousEpoch = epoch === standing.epoch ? standing.previousEpoch : standing.epoch;
  return { epoch, previousEpoch, state, assigned, revoking: noPartitions };
}

export function isSameStanding(a: Standing, b: Standing): boolean {
  const isSame = a.epoch === b.epoch && a.previousEpoch === b.previousEpoch && a.state === b.state;
  return isSame && isSameSet(a.assigned, b.assigned) && isSameSet(a.revoking, b.revoking);
}
