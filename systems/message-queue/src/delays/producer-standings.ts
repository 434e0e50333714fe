// Where a batch stands to what its partition knows of its producer, before the partition is asked: what it would refuse
// adds nothing to the store of delayed records.
//
// | batch | standing |
// | --- | --- |
// | at or below the last sequence that the partition has, or of an older epoch | known: the partition itself answers |
// | follows that, or what was let through in this gathering | new |
// | anything else | refused here, as the partition would |
//
// Known is never said by what is only under way: the partition may still refuse that, and take this.

import type { BatchHeader } from '../batch/batch-header.ts';
import { type Partition, PartitionError, type ProducerState } from '../partition/partition.ts';

/** Sequences begin again at 0 behind the largest. */
export const sequences = 2 ** 31;
export type LastSequence = { readonly epoch: number; readonly lastSequence: number };

export class ProducerStandings {
  readonly #states: ReadonlyMap<number, ProducerState>;
  /** Of what was let through. */
  readonly #under = new Map<number, LastSequence>();

  constructor(partition: Pick<Partition, 'producers'>) {
    this.#states = new Map(partition.producers().map((state) => [state.producerId, state]));
  }

  /** What the partition has of a producer. */
  lastOf(producerId: number): LastSequence | undefined {
    const state = this.#states.get(producerId);
    return state && { epoch: state.producerEpoch, lastSequence: state.lastSequence };
  }

  /** Throws PartitionError OUT_OF_ORDER_SEQUENCE_NUMBER, INVALID_TXN_STATE. */
  of(header: BatchHeader): 'known' | 'new' {
    const { producerId, producerEpoch: epoch, baseSequence, lastOffsetDelta } = header;
    if (producerId < 0) return 'new';
    const has = this.lastOf(producerId);
    if (has !== undefined && isKnown(has, header)) return 'known';
    if (this.#states.get(producerId)?.transactionFirstOffset !== undefined)
      throw new PartitionError('INVALID_TXN_STATE', 'the producer has a transaction open');
    const under = this.#under.get(producerId);
    const before = under?.epoch === epoch ? under : (has ?? under);
    if (before !== undefined && isGap(before, header))
      throw new PartitionError(
        'OUT_OF_ORDER_SEQUENCE_NUMBER',
        `producer ${producerId} sent sequence ${baseSequence} behind ${before.lastSequence}`,
      );
    const lastSequence = (baseSequence + lastOffsetDelta) % sequences;
    const isFurther = under?.epoch !== epoch || isAhead(lastSequence, under.lastSequence);
    if (isFurther) this.#under.set(producerId, { epoch, lastSequence });
    return 'new';
  }
}

function isKnown(has: LastSequence, { producerEpoch, baseSequence }: BatchHeader): boolean {
  if (producerEpoch !== has.epoch) return producerEpoch < has.epoch;
  return has.lastSequence >= 0 && !isAhead(baseSequence, has.lastSequence);
}

function isGap(before: LastSequence, { producerEpoch, baseSequence }: BatchHeader): boolean {
  const isSameEpoch = producerEpoch === before.epoch && before.lastSequence >= 0;
  const next = isSameEpoch ? (before.lastSequence + 1) % sequences : 0;
  return baseSequence !== next && isAhead(baseSequence, next);
}

/** A producer has far fewer under way than half of all sequences. */
export function isAhead(sequence: number, of: number): boolean {
  const distance = (sequence - of + sequences) % sequences;
  return distance > 0 && distance < sequences / 2;
}
