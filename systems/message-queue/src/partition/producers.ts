// What a partition knows of idempotent producers: whose batch may come next, which one is there already, and which
// transactions are open. Decides like Kafka's ProducerStateManager, so that its clients see the answers that they expect.
//
// | batch of a producer | answer |
// | --- | --- |
// | an epoch older than the one that is known | INVALID_PRODUCER_EPOCH |
// | first and last sequence of one of its last five batches | a duplicate: its offset |
// | a newer epoch, not beginning at sequence 0 | OUT_OF_ORDER_SEQUENCE_NUMBER |
// | the same epoch, not the sequence after the last | OUT_OF_ORDER_SEQUENCE_NUMBER |
// | of a producer that is not known | appended, whatever its sequence: what was known may have been removed by retention |
// | outside a transaction while the producer has one open | INVALID_TXN_STATE |
//
// A transaction that is open where the log is damaged is undecided from there on: its marker may be what was lost. What its producer does
// behind it belongs to another one, as two that were taken for one would have the end of the second.
//
// Batches are decided on a draft (`begin`), which counts only once they were written.

import type { BatchHeader } from '../batch/batch-header.ts';
import { noProducer } from '../batch/batch-header.ts';
import type { MarkerContent } from '../batch/control-records.ts';
import { type Offset, PartitionError, type ProducerState, type UndecidedTransaction } from './partition.ts';

/** As many requests as a client has under way at most, so that each may be repeated. */
const rememberedBatches = 5;
const sequenceMax = 0x7fff_ffff;
const noSequence = -1;

export type ProducerBatch = {
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly baseOffset: Offset;
  readonly timestampMs: number;
};

export type ProducerEntry = {
  readonly producerId: number;
  readonly producerEpoch: number;
  /** The last ones, oldest first; none behind a marker that raised the epoch. */
  readonly batches: readonly ProducerBatch[];
  readonly coordinatorEpoch: number;
  readonly lastTimestampMs: number;
  /** When the broker had something of it last, by the broker's clock: timestamps are what producers say. */
  readonly lastSeenMs: number;
  readonly transactionFirstOffset: Offset | undefined;
};

export type Placed = { readonly baseOffset: Offset; readonly nowMs: number };
/** A transaction that was ended by a marker. */
export type EndedTransaction = {
  readonly producerId: number;
  readonly firstOffset: Offset;
  readonly markerOffset: Offset;
  readonly commit: boolean;
};

type Entries = {
  get(producerId: number): ProducerEntry | undefined;
  isUndecided(producerId: number): boolean;
  set(producerId: number, entry: ProducerEntry): void;
};

export class Producers {
  readonly #entries = new Map<number, ProducerEntry>();
  /** First offsets of open transactions, by producer, in the order in which they were opened. */
  readonly #open = new Map<number, Offset>();

  /** In the order in which they were opened. */
  #undecided: readonly UndecidedTransaction[];

  constructor(entries: readonly ProducerEntry[] = [], undecided: readonly UndecidedTransaction[] = []) {
    this.#undecided = undecided;
    for (const entry of entries.toSorted(byTransaction)) this.#set(entry);
  }

  begin(): ProducerDraft {
    return new ProducerDraft({
      get: (producerId) => this.#entries.get(producerId),
      isUndecided: (producerId) => this.#isUndecided(producerId),
      set: (_, entry) => this.#set(entry),
    });
  }

  entries(): readonly ProducerEntry[] {
    return [...this.#entries.values()];
  }

  states(): readonly ProducerState[] {
    return this.entries().map((entry) => ({
      producerId: entry.producerId,
      producerEpoch: entry.producerEpoch,
      lastSequence: entry.batches.at(-1)?.lastSequence ?? noSequence,
      lastTimestampMs: entry.lastTimestampMs,
      coordinatorEpoch: entry.coordinatorEpoch,
      transactionFirstOffset: entry.transactionFirstOffset,
    }));
  }

  /** Whether what is known of its producer rests on this batch: its last one, or the marker that brought its epoch. */
  restsOn(batch: Pick<BatchHeader, 'producerId' | 'producerEpoch' | 'baseOffset' | 'isControl'>): boolean {
    const entry = this.#entries.get(batch.producerId);
    const last = entry?.batches.at(-1);
    if (entry === undefined || !batch.isControl) return last?.baseOffset === batch.baseOffset;
    return last === undefined && entry.producerEpoch === batch.producerEpoch;
  }

  /** The first offset of the oldest transaction that is open or undecided. */
  firstOpenOffset(): Offset | undefined {
    // What is undecided was open before all that is open now.
    return this.#undecided[0]?.firstOffset ?? this.#open.values().next().value;
  }

  undecided(): readonly UndecidedTransaction[] {
    return this.#undecided;
  }

  /** From this offset on something is lost that may have ended what is open. */
  loseEnds(lostFrom: Offset): void {
    for (const [producerId, firstOffset] of [...this.#open]) {
      const entry = this.#entries.get(producerId)!;
      const { producerEpoch } = entry;
      this.#undecided = [...this.#undecided, { producerId, producerEpoch, firstOffset, lostFrom }];
      this.#set({ ...entry, transactionFirstOffset: undefined });
    }
  }

  /** Forgets undecided transactions whose records are all gone. */
  forgetUndecidedBefore(startOffset: Offset): void {
    this.#undecided = this.#undecided.filter(({ lostFrom }) => lostFrom > startOffset);
  }

  /** Forgets who wrote nothing since a time and has no transaction open. */
  expire(beforeMs: number): void {
    for (const { producerId, lastSeenMs, transactionFirstOffset } of this.#entries.values())
      if (lastSeenMs < beforeMs && transactionFirstOffset === undefined && !this.#isUndecided(producerId))
        this.#entries.delete(producerId);
  }

  #isUndecided(producerId: number): boolean {
    return this.#undecided.some((one) => one.producerId === producerId);
  }

  #set(entry: ProducerEntry): void {
    const { producerId, transactionFirstOffset } = entry;
    this.#entries.set(producerId, entry);
    if (this.#open.get(producerId) === transactionFirstOffset) return;
    this.#open.delete(producerId);
    if (transactionFirstOffset !== undefined) this.#open.set(producerId, transactionFirstOffset);
  }
}

export class ProducerDraft {
  readonly #known: Entries;
  /** None of most: batches of producers without an id change nothing. */
  #changed: Map<number, ProducerEntry> | undefined;

  constructor(known: Entries) {
    this.#known = known;
  }

  /** A draft that counts for this one once it is committed. */
  begin(): ProducerDraft {
    return new ProducerDraft({
      get: (producerId) => this.#entryOf(producerId),
      isUndecided: (producerId) => this.#known.isUndecided(producerId),
      set: (producerId, entry) => this.#change(producerId, entry),
    });
  }

  /** Throws PartitionError for a batch that may not be appended; gives the one that is there already. */
  check(batch: BatchHeader): ProducerBatch | undefined {
    if (batch.producerId === noProducer) return undefined;
    const entry = this.#entryOf(batch.producerId);
    if (entry === undefined) return undefined;
    if (batch.producerEpoch < entry.producerEpoch) {
      throw new PartitionError(
        'INVALID_PRODUCER_EPOCH',
        `epoch ${batch.producerEpoch} after ${entry.producerEpoch}`,
      );
    }
    if (batch.producerEpoch === entry.producerEpoch) {
      const lastSequence = lastSequenceOf(batch);
      const duplicate = entry.batches.find(
        (known) => known.firstSequence === batch.baseSequence && known.lastSequence === lastSequence,
      );
      if (duplicate !== undefined) return duplicate;
    }
    checkSequence(batch, entry);
    if (!batch.isTransactional && entry.transactionFirstOffset !== undefined) {
      throw new PartitionError('INVALID_TXN_STATE', 'the producer has a transaction open');
    }
    return undefined;
  }

  /** Takes a batch that was checked, or that is in the log. */
  add(batch: BatchHeader, placed: Placed): void {
    if (batch.producerId === noProducer || batch.isControl) return;
    const entry = this.#entryOf(batch.producerId);
    const isSameEpoch = entry?.producerEpoch === batch.producerEpoch;
    const added = {
      firstSequence: batch.baseSequence,
      lastSequence: lastSequenceOf(batch),
      baseOffset: placed.baseOffset,
      timestampMs: batch.maxTimestampMs,
    };
    this.#change(batch.producerId, {
      producerId: batch.producerId,
      producerEpoch: batch.producerEpoch,
      batches: [...(isSameEpoch ? entry.batches.slice(1 - rememberedBatches) : []), added],
      coordinatorEpoch: entry?.coordinatorEpoch ?? -1,
      lastTimestampMs: batch.maxTimestampMs,
      lastSeenMs: placed.nowMs,
      transactionFirstOffset:
        entry?.transactionFirstOffset ?? (batch.isTransactional ? placed.baseOffset : undefined),
    });
  }

  /** Whether a marker changes anything, or says how something ended that is undecided. Throws PartitionError for one of a producer or coordinator that was fenced. */
  checkMarker(marker: { producerId: number; producerEpoch: number; coordinatorEpoch: number }): boolean {
    const entry = this.#entryOf(marker.producerId);
    if (entry === undefined) return false;
    if (marker.producerEpoch < entry.producerEpoch) {
      throw new PartitionError(
        'INVALID_PRODUCER_EPOCH',
        `a marker of epoch ${marker.producerEpoch} after ${entry.producerEpoch}`,
      );
    }
    if (marker.coordinatorEpoch < entry.coordinatorEpoch) {
      throw new PartitionError('INVALID_TXN_STATE', 'a marker of an older coordinator');
    }
    if (entry.transactionFirstOffset !== undefined || this.#known.isUndecided(marker.producerId)) return true;
    return marker.producerEpoch > entry.producerEpoch;
  }

  /** Takes a marker; gives the transaction that it ends, undefined when none was open. */
  addMarker(
    batch: BatchHeader,
    marker: MarkerContent & { readonly offset: Offset; readonly nowMs: number },
  ): EndedTransaction | undefined {
    const { producerId, producerEpoch } = batch;
    const entry = this.#entryOf(producerId);
    this.#change(producerId, {
      ...{ producerId, producerEpoch, coordinatorEpoch: marker.coordinatorEpoch },
      batches: entry?.producerEpoch === producerEpoch ? entry.batches : [],
      lastTimestampMs: batch.maxTimestampMs,
      lastSeenMs: marker.nowMs,
      transactionFirstOffset: undefined,
    });
    const firstOffset = entry?.transactionFirstOffset;
    if (firstOffset === undefined) return undefined;
    return { producerId, firstOffset, markerOffset: marker.offset, commit: marker.commit };
  }

  /** From now on it counts. */
  commit(): void {
    if (this.#changed === undefined) return;
    // In the order in which their transactions began: that in which producers came first may be another.
    const inOrder = [...this.#changed.values()].sort(byTransaction);
    for (const entry of inOrder) this.#known.set(entry.producerId, entry);
  }

  #change(producerId: number, entry: ProducerEntry): void {
    this.#changed ??= new Map();
    this.#changed.set(producerId, entry);
  }

  #entryOf(producerId: number): ProducerEntry | undefined {
    return this.#changed?.get(producerId) ?? this.#known.get(producerId);
  }
}

function byTransaction(left: ProducerEntry, right: ProducerEntry): number {
  return (left.transactionFirstOffset ?? 0) - (right.transactionFirstOffset ?? 0);
}

function checkSequence(batch: BatchHeader, entry: ProducerEntry): void {
  const isSameEpoch = batch.producerEpoch === entry.producerEpoch;
  const last = isSameEpoch ? (entry.batches.at(-1)?.lastSequence ?? noSequence) : noSequence;
  const next = last === sequenceMax ? 0 : last + 1;
  if (batch.baseSequence === next) return;
  const detail = `producer ${batch.producerId} sent sequence ${batch.baseSequence}, ${next} comes next`;
  throw new PartitionError('OUT_OF_ORDER_SEQUENCE_NUMBER', detail);
}

/** Sequences begin again at 0 behind the largest. */
function lastSequenceOf(batch: BatchHeader): number {
  const last = batch.baseSequence + batch.lastOffsetDelta;
  return last > sequenceMax ? last - sequenceMax - 1 : last;
}
