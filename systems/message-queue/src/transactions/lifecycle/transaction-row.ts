// A transactional id as its row in the metadata.

import type { TransactionRow } from '../../metadata/transactions.ts';
import { type TransactionState, transactionStatuses } from '../machine/transaction-state.ts';

export function rowOf(state: TransactionState): TransactionRow {
  return {
    id: state.transactionalId,
    status: state.status,
    producer_id: state.producerId,
    producer_epoch: state.producerEpoch,
    previous_producer_id: state.previousProducerId,
    last_producer_epoch: state.lastProducerEpoch,
    next_producer_id: state.nextProducerId,
    timeout_ms: state.timeoutMs,
    partitions: JSON.stringify([...state.partitions].map(([topic, numbers]) => [topic, [...numbers]])),
    has_offsets: state.hasOffsets ? 1 : 0,
    started_ms: state.startedMs,
    updated_ms: state.updatedMs,
  };
}

/** Of a row whose checksum is right; undefined for a status that this version does not know. */
export function stateOf(row: TransactionRow): TransactionState | undefined {
  const status = transactionStatuses.find((known) => known === row.status);
  if (status === undefined) return undefined;
  const topics = JSON.parse(row.partitions) as [string, number[]][];
  return {
    transactionalId: row.id,
    status,
    producerId: row.producer_id,
    producerEpoch: row.producer_epoch,
    previousProducerId: row.previous_producer_id,
    lastProducerEpoch: row.last_producer_epoch,
    nextProducerId: row.next_producer_id,
    timeoutMs: row.timeout_ms,
    partitions: new Map(topics.map(([topic, numbers]) => [topic, new Set(numbers)])),
    hasOffsets: row.has_offsets === 1,
    startedMs: row.started_ms,
    updatedMs: row.updated_ms,
  };
}
