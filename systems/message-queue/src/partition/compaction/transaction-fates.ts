// What became of the transactions of a part of the log in which all are decided: whose records go, and whose marker ends nothing
// any more.

import type { BatchHeader } from '../../batch/batch-header.ts';
import type { AbortedTransaction } from '../checkpoint.ts';

export class TransactionFates {
  /** By producer, in the order of their markers. */
  readonly #aborted = new Map<number, AbortedTransaction[]>();
  /** Producers of which batches were met since their last marker. */
  readonly #met = new Set<number>();

  constructor(aborted: readonly AbortedTransaction[]) {
    for (const transaction of aborted)
      this.#aborted.getOrInsertComputed(transaction.producerId, () => []).push(transaction);
  }

  isAborted({ isTransactional, producerId, baseOffset }: BatchHeader): boolean {
    const aborted = isTransactional ? this.#aborted.get(producerId) : undefined;
    if (aborted === undefined) return false;
    let low = 0;
    let high = aborted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (aborted[middle]!.markerOffset <= baseOffset) low = middle + 1;
      else high = middle;
    }
    const next = aborted[low];
    return next !== undefined && next.firstOffset <= baseOffset;
  }

  /** To be told of every batch with records, in their order. */
  meet({ isTransactional, producerId }: BatchHeader): void {
    if (isTransactional) this.#met.add(producerId);
  }

  /** To be told of every marker: whether nothing is left of the transaction that it ends. */
  endsNothing({ producerId }: BatchHeader): boolean {
    return !this.#met.delete(producerId);
  }
}
