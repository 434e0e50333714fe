// What a coordinator knows of a transactional id: its producer and the transaction that is open, is being ended, or ended.
//
//             add           end                markers and offsets are there
//   Empty ---------> Ongoing ----> PrepareCommit ----------> CompleteCommit
//                       \--------> PrepareAbort  ----------> CompleteAbort
//
// A Complete state is like Empty with a memory: the next transaction begins in it, and a repeated end is told apart from a
// new one. Kafka's Dead is an id that was removed, and its PrepareEpochFence is passed within one turn: neither is stored.

export const transactionStatuses = [
  'Empty',
  'Ongoing',
  'PrepareCommit',
  'PrepareAbort',
  'CompleteCommit',
  'CompleteAbort',
] as const;
export type TransactionStatus = (typeof transactionStatuses)[number];

export const noProducerId = -1;
export const noProducerEpoch = -1;
const producerEpochMax = 0x7fff;

/** Numbers of partitions by topics' names. */
export type PartitionSet = ReadonlyMap<string, ReadonlySet<number>>;
export type PartitionName = { readonly topic: string; readonly partition: number };

export type TransactionState = {
  readonly transactionalId: string;
  readonly status: TransactionStatus;
  readonly producerId: number;
  /** -1 before it was given to anybody. Behind an end that raises the epoch, and a fencing, that of the markers. */
  readonly producerEpoch: number;
  /** Which had the transactional id before the epochs of that producer id were used up. */
  readonly previousProducerId: number;
  /** From which the producer itself came to its epoch: a repeated request names it. -1 when somebody else raised it. */
  readonly lastProducerEpoch: number;
  /** Takes over once the transaction that is being ended is complete. */
  readonly nextProducerId: number;
  readonly timeoutMs: number;
  readonly partitions: PartitionSet;
  /** Whether offsets of consumer groups belong to it. */
  readonly hasOffsets: boolean;
  /** Of the latest transaction, -1 before the first. */
  readonly startedMs: number;
  readonly updatedMs: number;
};

export function newTransactionalId(transactionalId: string, producerId: number): TransactionState {
  return {
    ...{ transactionalId, status: 'Empty', producerId, producerEpoch: noProducerEpoch },
    ...{ previousProducerId: noProducerId, lastProducerEpoch: noProducerEpoch, nextProducerId: noProducerId },
    ...{ timeoutMs: 0, partitions: new Map(), hasOffsets: false, startedMs: -1, updatedMs: -1 },
  };
}

/** Decided, and not yet in every partition. */
export function isPrepared({ status }: TransactionState): boolean {
  return status === 'PrepareCommit' || status === 'PrepareAbort';
}

/** One epoch is kept for the markers that fence the last one. */
export function isEpochExhausted(producerEpoch: number): boolean {
  return producerEpoch >= producerEpochMax - 1;
}

/** The last epoch: that of markers which fence the one before, and no producer's. */
export function isOfMarkers(producerEpoch: number): boolean {
  return producerEpoch >= producerEpochMax;
}

export function hasPartition(partitions: PartitionSet, { topic, partition }: PartitionName): boolean {
  return partitions.get(topic)?.has(partition) === true;
}

export function withPartitions(partitions: PartitionSet, added: readonly PartitionName[]): PartitionSet {
  const all = new Map(partitions);
  const topics = Map.groupBy(added, ({ topic }) => topic);
  for (const [topic, names] of topics)
    all.set(topic, new Set([...(all.get(topic) ?? []), ...names.map(({ partition }) => partition)]));
  return all;
}

export function namesOf(partitions: PartitionSet): readonly PartitionName[] {
  return [...partitions].flatMap(([topic, numbers]) =>
    [...numbers].map((partition) => ({ topic, partition })),
  );
}
