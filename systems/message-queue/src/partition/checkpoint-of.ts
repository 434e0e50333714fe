// What is known of a partition now, as its checkpoint has it.

import { type RecordLocation, segmentHeaderBytes } from '@cairn/segment-log';
import type { Checkpoint } from './checkpoint.ts';
import type { PartitionState } from './partition-state.ts';

export function checkpointOf(state: PartitionState, segmentSinceMs: number): Checkpoint {
  const { segment } = state.log.end;
  const end = state.catalog.end();
  // What lies in a segment that the catalog has not met is not known yet either.
  const place: RecordLocation = end?.segment === segment ? end : { segment, position: segmentHeaderBytes };
  const undecided = state.producers.undecided();
  return {
    ...{ startOffset: state.startOffset, endOffset: state.endOffset },
    ...(state.emptyFrom !== undefined && { emptyFrom: state.emptyFrom }),
    ...place,
    segmentSinceMs,
    leaderEpochs: [...state.leaderEpochs],
    producers: state.producers.entries().map(({ transactionFirstOffset, ...entry }) => ({
      ...entry,
      batches: [...entry.batches],
      ...(transactionFirstOffset !== undefined && { transactionFirstOffset }),
    })),
    abortedTransactions: [...state.transactions.aborted()],
    ...(undecided.length > 0 && { undecided: [...undecided] }),
  };
}
