// One partition: an append-only sequence of record batches with dense offsets, as its readers and writers see it.
//
// Offsets are given in the order of calls. What is below the high watermark is durable as its topic asks (synced, or with
// `durability=os` with the operating system), is never taken back and never changed; readers see nothing above it.

import type { KafkaErrorCode } from '../errors.ts';
import type { Records } from '../kafka/wire/values.ts';

export type Offset = number & { readonly __brand?: 'Offset' };

export type Partition = {
  readonly leaderEpoch: number;
  /** Of the oldest record that is there or would be next. Rises by retention and DeleteRecords. */
  readonly startOffset: Offset;
  readonly highWatermark: Offset;
  /** The first offset of the oldest open or undecided transaction, or the high watermark. */
  readonly lastStableOffset: Offset;
  /** Of the next batch. */
  readonly endOffset: Offset;

  /**
   * Validates, numbers and appends batches (format 2, whole, one after the other in `records`, which changes in place and
   * must not be used meanwhile). Resolves with the first offset once the batches are durable as the topic asks. A batch of
   * an idempotent producer that is there already is not appended again: the answer has its offset. Throws PartitionError.
   */
  append(request: AppendRequest): Promise<Appended>;
  /**
   * The same before it returns where nothing has to be waited for: for a request behind which no other is at hand that could share its
   * write. Throws PartitionError.
   */
  appendNow(request: AppendRequest): Appended | Promise<Appended>;
  /**
   * The batches from the one that holds `offset` on: whole ones up to `bytesMax`, the first always when `atLeastOne`. With
   * `committed` nothing from the last stable offset on, and the aborted transactions that lie in what is given. Throws
   * PartitionError OFFSET_OUT_OF_RANGE.
   */
  read(request: ReadRequest): Promise<Fetched>;
  /** The first record whose timestamp is at or after it, undefined when there is none below the high watermark. */
  offsetOfTime(timestampMs: number): Promise<{ offset: Offset; timestampMs: number } | undefined>;
  /** The record with the largest timestamp. */
  maxTimestamp(): Promise<{ offset: Offset; timestampMs: number } | undefined>;
  /** The end of what was written in leader epochs up to this one: undefined when none is known. */
  endOffsetOfEpoch(leaderEpoch: number): { leaderEpoch: number; endOffset: Offset } | undefined;
  /** Ends a transaction of a producer here, durably. Repeating it changes nothing. */
  endTransaction(request: {
    producerId: number;
    producerEpoch: number;
    coordinatorEpoch: number;
    commit: boolean;
  }): Promise<void>;
  /** Idempotent producers that are known here. */
  producers(): readonly ProducerState[];
  /** Transactions that may have ended in what is damaged: from the first of them on nothing is stable until a repair. */
  undecided(): readonly UndecidedTransaction[];
  /** Removes records below an offset, durably as far as readers see; their space comes back by whole segments. */
  deleteRecordsBefore(offset: Offset): Promise<void>;
  /** Calls `listener` after every move of the high watermark or the last stable offset, until the returned function is called. */
  onAdvance(listener: () => void): () => void;
  /** Bytes in its files. */
  sizeBytes(): number;
  close(): Promise<void>;
};

export type AppendRequest = {
  readonly records: Uint8Array;
  /** Of the request that brings them, when it has one: transactional batches need it. */
  readonly transactionalId?: string | null | undefined;
  /** The broker made the batches: they may have gaps or no record, and the topic's bounds for producers do not count. */
  readonly isOwn?: boolean;
};

export type Appended = {
  readonly baseOffset: Offset;
  readonly logAppendTimeMs: number;
  readonly startOffset: Offset;
};

export type ReadRequest = {
  readonly offset: Offset;
  readonly bytesMax: number;
  readonly atLeastOne: boolean;
  readonly committed: boolean;
  /** Where to read to: a buffer of at least so many bytes. By default one of its own. */
  readonly take?: ((bytes: number) => Buffer) | undefined;
};

export type Fetched = {
  /** Views that stay as they are, for as long as what `take` gave does. */
  readonly records: Records;
  readonly sizeBytes: number;
  readonly highWatermark: Offset;
  readonly lastStableOffset: Offset;
  readonly startOffset: Offset;
  readonly abortedTransactions: readonly { readonly producerId: number; readonly firstOffset: Offset }[];
};

export type ProducerState = {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly lastSequence: number;
  readonly lastTimestampMs: number;
  readonly coordinatorEpoch: number;
  /** Of its open transaction. */
  readonly transactionFirstOffset: Offset | undefined;
};

/** A transaction that was open where the log is damaged: a marker that was there, and nobody knows of, may have ended it. */
export type UndecidedTransaction = {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly firstOffset: Offset;
  /** Of the first offset that is damaged: what it has lies before. */
  readonly lostFrom: Offset;
};

/** A record that its batch is refused for: of how many it comes behind in what was appended. */
export type RecordFault = { readonly index: number; readonly detail: string };

/** An answer that Kafka has a code for; `retriable` is what clients make of it. */
export class PartitionError extends Error {
  readonly code: KafkaErrorCode;
  /** Where only some records are at fault: clients send the others again. */
  readonly recordFaults: readonly RecordFault[];

  constructor(
    code: KafkaErrorCode,
    detail: string,
    { recordFaults = [], ...options }: ErrorOptions & { readonly recordFaults?: readonly RecordFault[] } = {},
  ) {
    super(`${code}: ${detail}`, options);
    this.name = 'PartitionError';
    this.code = code;
    this.recordFaults = recordFaults;
  }
}
