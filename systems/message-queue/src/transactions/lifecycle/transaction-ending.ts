// Carries out the end of a transaction that was decided: a marker in each of its partitions, then its offsets, then the
// row says that it is complete. Each step may be repeated, so a crash between any two is mended by beginning again.

import { namesOf, type PartitionName, type TransactionState } from '../machine/transaction-state.ts';
import type { TransactionGroups, TransactionPartitions } from '../transaction-parts.ts';

export type EndingOptions = {
  readonly partitions: TransactionPartitions;
  readonly groups: Pick<TransactionGroups, 'completeTransactionalOffsets'>;
  /** Raised at every start of the broker. */
  readonly coordinatorEpoch: number;
};

/** Rejects when some of it could not be done now. */
export async function carryOut(prepared: TransactionState, options: EndingOptions): Promise<void> {
  const { partitions, groups, coordinatorEpoch } = options;
  const { producerId, producerEpoch } = prepared;
  const commit = prepared.status === 'PrepareCommit';
  const mark = async (name: PartitionName): Promise<void> => {
    const partition = await partitions.find(name);
    await partition?.endTransaction({ producerId, producerEpoch, coordinatorEpoch, commit });
  };
  const outcomes = await Promise.allSettled(namesOf(prepared.partitions).map(mark));
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  if (prepared.hasOffsets) await groups.completeTransactionalOffsets(producerId, commit);
}
