// A hanging transaction (KIP-664): open in a partition, while no transactional id has it open there. Its marker was written and
// lost, so nobody writes it again, and readers of committed records wait at its first record for ever.
//
// What became of it nobody can say for certain: a row tells how the last transaction of an id ended, and there may have been
// others in the same epoch since, which this partition was not in. So none is ended by what a row says.

import { hasPartition, isPrepared, type PartitionName, type TransactionState } from './transaction-state.ts';

export type OpenHere = { readonly producerId: number; readonly name: PartitionName };

/** Whether a marker is still to come. */
export function isUnderWay({ producerId, name }: OpenHere, states: Iterable<TransactionState>): boolean {
  for (const state of states)
    if (
      state.producerId === producerId &&
      (state.status === 'Ongoing' || isPrepared(state)) &&
      hasPartition(state.partitions, name)
    )
      return true;
  return false;
}
