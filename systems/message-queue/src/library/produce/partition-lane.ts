// What is on its way to one partition. Records of all calls of a turn leave together, in the order of the calls, as few
// batches; while the partition is being opened they wait.

import type { Partition } from '../../partition/partition.ts';
import { batchesOf, encodeOutgoing, type OutgoingRecord } from './outgoing-batches.ts';

export type LaneEnd = Pick<Partition, 'append'>;

export type PartitionLaneOptions = {
  /** Throws when the topic has no such partition any more. */
  readonly open: () => LaneEnd | Promise<LaneEnd>;
  readonly batchBytesMax: () => number;
  /** Everything that was there has left. */
  readonly onEmpty: () => void;
};

type Waiting = {
  readonly record: OutgoingRecord;
  readonly resolve: (offset: number) => void;
  readonly reject: (error: unknown) => void;
};

export class PartitionLane {
  readonly #options: PartitionLaneOptions;
  #waiting: Waiting[] = [];
  #isLeaving = false;

  constructor(options: PartitionLaneOptions) {
    this.#options = options;
  }

  /** Resolves with its offset when it is durable. */
  add(record: OutgoingRecord): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.#waiting.push({ record, resolve, reject });
    if (!this.#isLeaving) {
      this.#isLeaving = true;
      queueMicrotask(() => void this.#leave());
    }
    return promise;
  }

  async #leave(): Promise<void> {
    try {
      const opening = this.#options.open();
      const partition = opening instanceof Promise ? await opening : opening;
      const bytesMax = this.#options.batchBytesMax();
      // In this turn the partition is asked: who comes later is behind.
      const batches = batchesOf(this.#take(), { recordOf: ({ record }) => record, bytesMax });
      for (const batch of batches) append(partition, batch);
    } catch (error) {
      for (const { reject } of this.#take()) reject(error);
    }
  }

  #take(): Waiting[] {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#isLeaving = false;
    this.#options.onEmpty();
    return waiting;
  }
}

function append(partition: LaneEnd, batch: readonly Waiting[]): void {
  const records = encodeOutgoing(batch.map(({ record }) => record));
  partition.append({ records }).then(
    ({ baseOffset }) => {
      for (const [index, { resolve }] of batch.entries()) resolve(baseOffset + index);
    },
    (error: unknown) => {
      for (const { reject } of batch) reject(error);
    },
  );
}
