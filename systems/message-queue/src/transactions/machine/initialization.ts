// A producer begins, or begins again: the part of the state machine that gives out producer ids and epochs, as Kafka does.
//
// | state | without an expected producer | with one (KIP-360) |
// | --- | --- | --- |
// | not known | a new producer id, epoch 0 | the same |
// | Empty, Complete | the next epoch | of the current epoch: the next one. Of the last one: it is a repeated request, the current one. Else PRODUCER_FENCED |
// | the same, epochs used up | a new producer id, epoch 0 | of the current epoch: the same. Of the last one: as above |
// | Ongoing | aborted under the next epoch, which nobody gets: the caller answers CONCURRENT_TRANSACTIONS | the same; PRODUCER_FENCED when it is neither of the current nor of the last epoch, where Kafka aborts first |
// | Prepare | CONCURRENT_TRANSACTIONS | the same |

import { become, type Decision, keep, refuse } from './decision.ts';
import {
  isEpochExhausted,
  isPrepared,
  newTransactionalId,
  noProducerEpoch,
  noProducerId,
  type TransactionState,
} from './transaction-state.ts';

export type Initialization = {
  readonly transactionalId: string;
  readonly timeoutMs: number;
  /** What the producer was before. */
  readonly expected?: { readonly producerId: number; readonly producerEpoch: number } | undefined;
  readonly freshProducerId?: number | undefined;
  readonly nowMs: number;
};

export function initialize(known: TransactionState | undefined, event: Initialization): Decision {
  const { expected, freshProducerId } = event;
  if (known === undefined) {
    if (freshProducerId === undefined) return { kind: 'needs producer id' };
    return nextEpoch(newTransactionalId(event.transactionalId, freshProducerId), event);
  }
  if (expected !== undefined && !isProducerOf(known, expected)) return refuse('PRODUCER_FENCED');
  if (isPrepared(known)) return refuse('CONCURRENT_TRANSACTIONS');
  if (known.status === 'Ongoing') {
    const epochs = [known.producerEpoch, known.lastProducerEpoch];
    if (expected !== undefined && !epochs.includes(expected.producerEpoch)) return refuse('PRODUCER_FENCED');
    return become(fence(known, event.nowMs));
  }
  const isCurrent = expected === undefined || expected.producerEpoch === known.producerEpoch;
  if (!isEpochExhausted(known.producerEpoch) || !isCurrent) return nextEpoch(known, event);
  return freshProducerId === undefined
    ? { kind: 'needs producer id' }
    : become(nextProducer(known, { ...event, freshProducerId }));
}

/** Aborts an open transaction under an epoch that its producer does not have. */
export function fence(open: TransactionState, nowMs: number): TransactionState {
  return {
    ...open,
    status: 'PrepareAbort',
    producerEpoch: open.producerEpoch + 1,
    lastProducerEpoch: noProducerEpoch,
    updatedMs: nowMs,
  };
}

/** The epoch itself is looked at later. */
function isProducerOf(
  known: TransactionState,
  { producerId, producerEpoch }: { producerId: number; producerEpoch: number },
): boolean {
  if (producerId === known.producerId) return true;
  return producerId === known.previousProducerId && isEpochExhausted(producerEpoch);
}

function nextEpoch(known: TransactionState, { expected, timeoutMs, nowMs }: Initialization): Decision {
  const { producerEpoch, lastProducerEpoch } = known;
  const raised = { ...emptied(known), producerEpoch: producerEpoch + 1, timeoutMs, updatedMs: nowMs };
  if (expected === undefined) return become({ ...raised, lastProducerEpoch: noProducerEpoch });
  if (producerEpoch === noProducerEpoch || expected.producerEpoch === producerEpoch)
    return become({ ...raised, lastProducerEpoch: producerEpoch });
  // Nobody else began meanwhile: that would have made the last epoch -1.
  return expected.producerEpoch === lastProducerEpoch ? keep(known) : refuse('PRODUCER_FENCED');
}

function nextProducer(
  known: TransactionState,
  { expected, freshProducerId, timeoutMs, nowMs }: Initialization & { freshProducerId: number },
): TransactionState {
  return {
    ...emptied(known),
    producerId: freshProducerId,
    producerEpoch: 0,
    previousProducerId: known.producerId,
    lastProducerEpoch: expected === undefined ? noProducerEpoch : known.producerEpoch,
    nextProducerId: noProducerId,
    timeoutMs,
    updatedMs: nowMs,
  };
}

/** What ended belongs to the epoch before. */
function emptied(known: TransactionState): TransactionState {
  return { ...known, status: 'Empty', partitions: new Map(), hasOffsets: false, startedMs: -1 };
}
