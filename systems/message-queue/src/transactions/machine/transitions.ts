// An open transaction: what is added to it, and its end. Decides like Kafka's coordinator, so that clients see the errors
// that they expect. The first rule that applies:
//
// | event | when | answer |
// | --- | --- | --- |
// | any | the transactional id is not known, or has another producer id | INVALID_PRODUCER_ID_MAPPING |
// | any | another epoch | PRODUCER_FENCED |
// | add | Prepare | CONCURRENT_TRANSACTIONS |
// | add | else | Ongoing with it |
// | end | Ongoing | Prepare |
// | end | Prepare of the same end | CONCURRENT_TRANSACTIONS |
// | end | Complete of the same end | done already |
// | end | else | INVALID_TXN_STATE |
//
// An end that raises the epoch (EndTxn 5, KIP-890) goes by its epoch instead: of the one before the current, it is the end
// that raised it, repeated; of the current one, it is a new end, and then an abort is right without a transaction too.

import type { KafkaErrorCode } from '../../errors.ts';
import { become, type Decision, keep, refuse } from './decision.ts';
import { fence } from './initialization.ts';
import {
  hasPartition,
  isEpochExhausted,
  isOfMarkers,
  isPrepared,
  noProducerId,
  type PartitionName,
  type TransactionState,
  withPartitions,
} from './transaction-state.ts';

export type ProducerName = { readonly producerId: number; readonly producerEpoch: number };

/** Undefined for the producer that may go on. */
export function refusalOf(
  known: TransactionState | undefined,
  { producerId, producerEpoch }: ProducerName,
): KafkaErrorCode | undefined {
  if (known === undefined || known.producerId !== producerId) return 'INVALID_PRODUCER_ID_MAPPING';
  if (known.producerEpoch !== producerEpoch || isOfMarkers(producerEpoch)) return 'PRODUCER_FENCED';
  return isPrepared(known) ? 'CONCURRENT_TRANSACTIONS' : undefined;
}

/** Whether a batch may be written now: the transaction is open and names the partition. */
export function verify(
  known: TransactionState | undefined,
  { producer, name }: { producer: ProducerName; name: PartitionName },
): KafkaErrorCode | undefined {
  const code = refusalOf(known, producer);
  if (code !== undefined) return code;
  return known?.status === 'Ongoing' && hasPartition(known.partitions, name)
    ? undefined
    : 'TRANSACTION_ABORTABLE';
}

export type Addition = ProducerName & {
  readonly partitions: readonly PartitionName[];
  readonly hasOffsets: boolean;
  readonly nowMs: number;
};

export function add(known: TransactionState | undefined, event: Addition): Decision {
  const code = refusalOf(known, event);
  if (known === undefined || code !== undefined) return refuse(code ?? 'INVALID_PRODUCER_ID_MAPPING');
  const { partitions, hasOffsets, nowMs } = event;
  if (known.status !== 'Ongoing')
    return become({
      ...known,
      ...{ status: 'Ongoing', partitions: withPartitions(new Map(), partitions), hasOffsets },
      ...{ startedMs: nowMs, updatedMs: nowMs },
    });
  const isThere = partitions.every((name) => hasPartition(known.partitions, name));
  if (isThere && (known.hasOffsets || !hasOffsets)) return keep(known);
  return become({
    ...known,
    partitions: withPartitions(known.partitions, partitions),
    hasOffsets: known.hasOffsets || hasOffsets,
    updatedMs: nowMs,
  });
}

export type End = ProducerName & {
  readonly commit: boolean;
  readonly raisesEpoch: boolean;
  readonly freshProducerId?: number | undefined;
  readonly nowMs: number;
};

export function end(known: TransactionState | undefined, event: End): Decision {
  if (known === undefined) return refuse('INVALID_PRODUCER_ID_MAPPING');
  return event.raisesEpoch ? endRaisingEpoch(known, event) : endInEpoch(known, event);
}

function endInEpoch(known: TransactionState, event: End): Decision {
  const code = refusalOf(known, event);
  if (code !== undefined && code !== 'CONCURRENT_TRANSACTIONS') return refuse(code);
  if (known.status === 'Ongoing') return become(prepare(known, event));
  return alreadyEnding(known, event);
}

/** The answer to an end that was asked for before, and may be this one. */
function alreadyEnding(known: TransactionState, { commit }: End): Decision {
  switch (known.status) {
    case commit ? 'PrepareCommit' : 'PrepareAbort':
      return refuse('CONCURRENT_TRANSACTIONS');
    case commit ? 'CompleteCommit' : 'CompleteAbort':
      return keep(known);
    default:
      return refuse('INVALID_TXN_STATE');
  }
}

function endRaisingEpoch(known: TransactionState, event: End): Decision {
  const isOfNextProducer = event.producerId === known.previousProducerId && known.producerEpoch === 0;
  if (event.producerId !== known.producerId && !isOfNextProducer)
    return refuse('INVALID_PRODUCER_ID_MAPPING');
  // Who came to its epoch by itself is not taken for somebody who raised it for another.
  const isRepeated =
    known.lastProducerEpoch === event.producerEpoch &&
    (isOfNextProducer || known.producerEpoch === event.producerEpoch + 1);
  if (known.status !== 'Ongoing' && known.status !== 'Empty' && isRepeated)
    return alreadyEnding(known, event);
  const isCurrent = known.producerEpoch === event.producerEpoch && !isOfMarkers(event.producerEpoch);
  if (isPrepared(known) || !isCurrent) return refuse('PRODUCER_FENCED');
  const isOpen = known.status === 'Ongoing';
  if (!isOpen && event.commit) return refuse('INVALID_TXN_STATE');
  const { freshProducerId = noProducerId } = event;
  const isExhausted = isEpochExhausted(known.producerEpoch);
  if (isExhausted && freshProducerId === noProducerId) return { kind: 'needs producer id' };
  const raised = {
    ...prepare(known, event),
    producerEpoch: known.producerEpoch + 1,
    lastProducerEpoch: known.producerEpoch,
    nextProducerId: isExhausted ? freshProducerId : noProducerId,
  };
  // There is nothing to mark.
  return become(isOpen ? raised : complete(raised, event.nowMs));
}

function prepare(open: TransactionState, { commit, nowMs }: End): TransactionState {
  return { ...open, status: commit ? 'PrepareCommit' : 'PrepareAbort', updatedMs: nowMs };
}

/**
 * The producer took too long. Nobody took its place: where Kafka fences it for good, it may go on when it comes back,
 * once it has aborted or begun again (KIP-588). Not in the last epoch, of which nobody could be fenced any more.
 */
export function timeOut(known: TransactionState, nowMs: number): Decision {
  if (known.status !== 'Ongoing') return keep(known);
  const fenced = fence(known, nowMs);
  const goesOn = !isOfMarkers(fenced.producerEpoch);
  return become(goesOn ? { ...fenced, lastProducerEpoch: known.producerEpoch } : fenced);
}

/** Of a prepared transaction whose markers and offsets are all there. */
export function complete(prepared: TransactionState, nowMs: number): TransactionState {
  return {
    ...prepared,
    ...producerAfter(prepared),
    status: prepared.status === 'PrepareCommit' ? 'CompleteCommit' : 'CompleteAbort',
    partitions: new Map(),
    hasOffsets: false,
    updatedMs: nowMs,
  };
}

/** The producer that goes on when a transaction has ended, as it is told. */
export function producerAfter(
  state: TransactionState,
): Pick<TransactionState, 'producerId' | 'producerEpoch' | 'previousProducerId' | 'nextProducerId'> {
  const { producerId, producerEpoch, previousProducerId, nextProducerId } = state;
  if (nextProducerId === noProducerId)
    return { producerId, producerEpoch, previousProducerId, nextProducerId };
  return {
    producerId: nextProducerId,
    producerEpoch: 0,
    previousProducerId: producerId,
    nextProducerId: noProducerId,
  };
}
