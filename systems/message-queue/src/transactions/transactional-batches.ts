// Whose transactions the batches of a produce request are of.

import { batchLengthAt, decodeBatchHeader } from '../batch/batch-header.ts';
import { batchHeaderBytes } from '../limits.ts';
import type { ProducerName } from './machine/transitions.ts';

/**
 * The producers of transactional batches, each once: one in a request of a sound client, and of others the first two, since
 * one of these is not the transaction's. What is cut off or has an impossible length ends it, since the partition refuses
 * all of it.
 */
export function transactionalProducers(records: Uint8Array): readonly ProducerName[] {
  const producers: ProducerName[] = [];
  for (let at = 0; at + batchHeaderBytes <= records.length && producers.length < 2; ) {
    const { isTransactional, producerId, producerEpoch } = decodeBatchHeader(records.subarray(at));
    const isKnown = producers.some(
      (known) => known.producerId === producerId && known.producerEpoch === producerEpoch,
    );
    if (isTransactional && !isKnown) producers.push({ producerId, producerEpoch });
    const length = batchLengthAt(records, at) ?? 0;
    if (length < batchHeaderBytes) break;
    at += length;
  }
  return producers;
}
