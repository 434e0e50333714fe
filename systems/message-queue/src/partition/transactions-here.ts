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

  /** In the order of their markers. What was given only grows: who reads records may hold it until they are there. */
  aborted(): readonly AbortedTransaction[] {
    return this.#aborted;
  }

  /** Forgets those that ended with some markers, of which nothing is left. Says whether there were any. */
  forgetEnded(markerOffsets: ReadonlySet<Offset>): boolean {
    const left = this.#aborted.filter(({ markerOffset }) => !markerOffsets.has(markerOffset));
    const isChanged = left.length < this.#aborted.length;
    this.#aborted = left;
    return isChanged;
  }

  /** Forgets those whose records are all gone. */
  forgetBefore(startOffset: Offset): void {
    this.#aborted = this.#aborted.filter(({ markerOffset }) => markerOffset >= startOffset);
    this.#producers.forgetUndecidedBefore(startOffset);
  }
}

/** Of aborted ones those with records in a range of offsets, as readers are told. */
export function abortedWithin(
  aborted: readonly AbortedTransaction[],
  range: { from: Offset; to: Offset },
): readonly { producerId: number; firstOffset: Offset }[] {
  return aborted
    .filter(({ firstOffset, markerOffset }) => firstOffset < range.to && markerOffset >= range.from)
    .map(({ producerId, firstOffset }) => ({ producerId, firstOffset }));
}
