// The transactions of a partition as readers need them: up to where everything is decided, and what was aborted.

import type { AbortedTransaction } from './checkpoint.ts';
import type { Offset } from './partition.ts';
import type { EndedTransaction, Producers } from './producers.ts';

export class TransactionsHere {
  readonly #producers: Producers;
  /** Ended by markers that readers may not see yet, in the order of their markers. */
  #ending: EndedTransaction[] = [];
  /** In the order of their markers. */
  #aborted: AbortedTransaction[];

  constructor(producers: Producers, aborted: readonly AbortedTransaction[]) {
    this.#producers = producers;
    this.#aborted = [...aborted];
  }

  end(ended: EndedTransaction): void {
    this.#ending.push(ended);
    const { producerId, firstOffset, markerOffset } = ended;
    if (!ended.commit) this.#aborted.push({ producerId, firstOffset, markerOffset });
  }

  /** The first offset that may belong to an undecided transaction, for readers who see up to the high watermark. */
  lastStableOffset(highWatermark: Offset): Offset {
    this.#ending = this.#ending.filter(({ markerOffset }) => markerOffset >= highWatermark);
    const offsets = this.#ending.map(({ firstOffset }) => firstOffset);
    return Math.min(highWatermark, this.#producers.firstOpenOffset() ?? highWatermark, ...offsets);
  }

  /** Aborted ones with records in a range of offsets. */
  abortedWithin(range: { from: Offset; to: Offset }): readonly { producerId: number; firstOffset: Offset }[] {
    return this.#aborted
      .filter(({ firstOffset, markerOffset }) => firstOffset < range.to && markerOffset >= range.from)
      .map(({ producerId, firstOffset }) => ({ producerId, firstOffset }));
  }

  aborted(): readonly AbortedTransaction[] {
    return this.#aborted;
  }

  /** Forgets those whose records are all gone. */
  forgetBefore(startOffset: Offset): void {
    this.#aborted = this.#aborted.filter(({ markerOffset }) => markerOffset >= startOffset);
  }
}
