// One partition of a generation: reads on from an offset, hands its records over one after the other, and waits for more.
// What is read ahead is one read; nothing is read while a handler runs.

import { deliverRecord, type EngineSubscribe, type LogEngine } from '@cairn/engines';
import type { Log as EventLog } from '@cairn/telemetry';
import type { Clock } from '@cairn/world';
import type { OpenPartition } from '../../broker/topics/topic.ts';
import type { TagFilter } from '../../filter/tag-filter.ts';
import { libraryMember } from '../../limits.ts';
import type { Fetched } from '../../partition/partition.ts';
import type { LibraryTopics } from '../library-topics.ts';
import type { AssignedPartition } from './assignment.ts';
import { type RecordBatch, recordBatches } from './record-batches.ts';
import type { Turn } from './turn.ts';

export type PartitionConsumerOptions = {
  readonly request: EngineSubscribe;
  readonly topics: LibraryTopics;
  readonly clock: Clock;
  readonly log: EventLog;
  readonly turn: Turn;
  readonly produce: LogEngine['produce'];
  /** Of one read. */
  readonly bytesMax: number;
  /** Of the group, as it is now. */
  readonly filter?: (() => TagFilter | undefined) | undefined;
  readonly onDropped?: ((records: number) => void) | undefined;
  /** Called with the next offset, whenever one more was handled. */
  readonly onHandled: (place: AssignedPartition, offset: number) => void;
  readonly ending: AbortSignal;
  readonly lost: AbortSignal;
};

export class PartitionConsumer {
  readonly #place: AssignedPartition;
  readonly #options: PartitionConsumerOptions;
  #offset: number;

  constructor(place: AssignedPartition, offset: number, options: PartitionConsumerOptions) {
    this.#place = place;
    this.#offset = offset;
    this.#options = options;
  }

  /** Resolves when `ending` aborted and no handler runs. Rejects with LogError `handler-failed`. */
  async run(): Promise<void> {
    const { ending, clock, log } = this.#options;
    while (!ending.aborted) {
      const partition = await this.#open();
      if (partition === undefined) return;
      try {
        await this.#consume(partition);
      } catch (error) {
        if (!(error instanceof ReadFailure)) throw error;
        log.warn('a partition could not be read; it is tried again', {
          ...{ ...this.#place, offset: this.#offset, error: error.cause },
        });
        await clock.sleep(libraryMember.retryMs, ending).catch(() => {});
      }
    }
  }

  /** Undefined when the topic is gone: then so is what was to do. */
  async #open(): Promise<OpenPartition | undefined> {
    const { topics, clock, log, ending } = this.#options;
    while (!ending.aborted) {
      const topic = topics.all.find(this.#place.topic);
      if (topic === undefined || this.#place.partition >= topic.partitionCount) return undefined;
      try {
        return await topics.all.partition(topic, this.#place.partition);
      } catch (error) {
        log.warn('a partition could not be opened; it is tried again', { ...this.#place, error });
        await clock.sleep(libraryMember.retryMs, ending).catch(() => {});
      }
    }
    return undefined;
  }

  async #consume(partition: OpenPartition): Promise<void> {
    const { request, log, filter, onDropped } = this.#options;
    this.#stayWithin(partition);
    // One that failed meanwhile tells nobody: it is looked up again after a while.
    while (await this.#waitFor(partition)) {
      this.#stayWithin(partition);
      const offset = this.#offset;
      const fetched = await this.#read(partition);
      const abortedTransactions = request.uncommitted ? [] : fetched.abortedTransactions;
      const decoded = recordBatches(
        { ...fetched, abortedTransactions },
        { ...this.#place, offset, log, onDropped, filter: filter?.() },
      );
      for await (const batch of decoded) if (!(await this.#handle(batch))) return;
      // Compaction left nothing of what was there.
      if (fetched.sizeBytes === 0)
        this.#handled(request.uncommitted ? fetched.highWatermark : fetched.lastStableOffset);
    }
  }

  /** False when it was to end before all were handled. */
  async #handle({ records, nextOffset }: RecordBatch): Promise<boolean> {
    const { turn, ending } = this.#options;
    for (const record of records) {
      await turn.end();
      if (ending.aborted || (await deliverRecord(record, this.#options)) === 'stopped') return false;
      this.#handled(record.offset + 1);
    }
    this.#handled(nextOffset);
    return true;
  }

  #handled(offset: number): void {
    if (offset <= this.#offset) return;
    this.#offset = offset;
    if (!this.#options.lost.aborted) this.#options.onHandled(this.#place, offset);
  }

  async #read(partition: OpenPartition): Promise<Fetched> {
    const { request, bytesMax } = this.#options;
    const offset = this.#offset;
    try {
      return await partition.read({ offset, bytesMax, atLeastOne: true, committed: !request.uncommitted });
    } catch (cause) {
      throw new ReadFailure(cause);
    }
  }

  /** Whether there is something to read; false when there was nothing for a while, or `ending` aborted. */
  async #waitFor(partition: OpenPartition): Promise<boolean> {
    const { ending, request, clock } = this.#options;
    const isSome = () =>
      (request.uncommitted ? partition.highWatermark : partition.lastStableOffset) > this.#offset;
    if (isSome()) return !ending.aborted;
    const { promise: over, resolve: giveUp } = Promise.withResolvers<void>();
    const { promise: some, resolve: goOn } = Promise.withResolvers<void>();
    const stopListening = partition.onAdvance(() => isSome() && goOn());
    const timer = clock.setTimer(libraryMember.waitMsMax, giveUp);
    const onAbort = () => giveUp();
    ending.addEventListener('abort', onAbort);
    try {
      if (!ending.aborted) await Promise.race([some, over]);
      return isSome() && !ending.aborted;
    } finally {
      stopListening();
      timer.cancel();
      ending.removeEventListener('abort', onAbort);
    }
  }

  /** Retention took what was not handled, or a crash what was not synced: it goes on with what there is. */
  #stayWithin({ startOffset, highWatermark }: OpenPartition): void {
    const offset = Math.min(Math.max(this.#offset, startOffset), highWatermark);
    if (offset === this.#offset) return;
    this.#options.log.warn('the next record of a group is not there any more', {
      ...{ ...this.#place, group: this.#options.request.group, offset: this.#offset, goesOnAt: offset },
    });
    this.#offset = offset;
  }
}

class ReadFailure extends Error {
  constructor(cause: unknown) {
    super('the partition could not be read', { cause });
    this.name = 'ReadFailure';
  }
}

/** Where a group that has committed nothing begins. */
export function beginningOf(partition: OpenPartition, from: EngineSubscribe['from']): number {
  return from === 'earliest' ? partition.startOffset : partition.highWatermark;
}
