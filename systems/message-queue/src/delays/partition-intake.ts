// Takes in what is produced to one partition of a topic with delays: delayed records into the store, then the rest into the
// partition (DESIGN.md, steps a to c). In the order of calls; what waits is taken in together, under one commit of the store.

import type { Topic } from '../broker/topics/topic.ts';
import type { DelaySettings } from '../broker/topics/topic-settings.ts';
import { delayedBatchBytesMax, takenInBytesMax } from '../limits.ts';
import { incomingBatches, requireNoTransaction } from '../partition/incoming-batches.ts';
import { type Appended, type Partition, PartitionError } from '../partition/partition.ts';
import type { DeadLetters } from './dead-letters.ts';
import { type DelayParts, partitionKey } from './delay-parts.ts';
import { encodeDelayedRecord } from './delayed-record.ts';
import { ProducerStandings } from './producer-standings.ts';
import { type SplitBatch, splitBatch } from './split-batch.ts';
import type { DelayedBatch, NewDelayedRecord } from './store/taking-in.ts';
import type { Turns } from './turns.ts';

export type IntakeParts = Pick<DelayParts, 'sql' | 'clock' | 'metrics' | 'space'> & {
  readonly topicId: Topic['topicId'];
  readonly index: number;
  readonly deadLetters: DeadLetters;
  /** Runs few at a time, of all partitions. */
  readonly bounded: <T>(work: () => Promise<T>) => Promise<T>;
  readonly newTurns: () => Turns;
  /** There is something new to deliver: the first of it, for each partition. */
  readonly onTaken: (record: NewDelayedRecord) => void;
};

/** The topic as it is when the records come. */
type Produced = { readonly records: Uint8Array; readonly partition: Partition; readonly topic: Topic };
type Waiting = { readonly produced: Produced; readonly answer: PromiseWithResolvers<Appended> };
/** A produce as it goes on: its batches without what was taken out of them. */
type Prepared = {
  readonly waiting: Waiting;
  readonly rest: readonly Uint8Array[];
  readonly delayed: readonly DelayedBatch[];
};

export class PartitionIntake {
  readonly #parts: IntakeParts;
  readonly #queue: Waiting[] = [];
  #working: Promise<void> | undefined;

  constructor(parts: IntakeParts) {
    this.#parts = parts;
  }

  append(produced: Produced): Promise<Appended> {
    const waiting = { produced, answer: Promise.withResolvers<Appended>() };
    this.#queue.push(waiting);
    this.#working ??= this.#work();
    return waiting.answer.promise;
  }

  /** Resolves when everything that was asked for was answered. */
  async settle(): Promise<void> {
    while (this.#working !== undefined) await this.#working;
  }

  async #work(): Promise<void> {
    // Those of the same turn are taken in together.
    await Promise.resolve();
    while (this.#queue.length > 0) await this.#parts.bounded(() => this.#takeIn());
    this.#working = undefined;
  }

  async #takeIn(): Promise<void> {
    const gathering: Prepared[] = [];
    const { partition } = this.#queue[0]!.produced;
    const standings = new ProducerStandings(partition);
    for (let bytes = 0; this.#queue.length > 0 && bytes < takenInBytesMax; ) {
      // Opened again meanwhile: it is asked for its producers anew.
      if (this.#queue[0]!.produced.partition !== partition) break;
      const waiting = this.#queue.shift()!;
      try {
        const prepared = await this.#prepare(waiting, standings);
        gathering.push(prepared);
        bytes += sizeOf(prepared);
      } catch (error) {
        waiting.answer.reject(error);
      }
    }
    if (await this.#store(gathering)) await this.#appendAll(gathering);
  }

  async #prepare(waiting: Waiting, standings: ProducerStandings): Promise<Prepared> {
    const { records, topic } = waiting.produced;
    const { index: partition, clock, newTurns } = this.#parts;
    const settings = topic.settings.delays!;
    const { isCompacted } = topic.settings;
    const turns = newTurns();
    const nowMs = clock.nowMs();
    const rest: Uint8Array[] = [];
    const delayed: DelayedBatch[] = [];
    let delayedBytes = 0;
    const batches = incomingBatches(records, { config: topic.settings, nowMs });
    requireNoTransaction(batches);
    for (const batch of batches) {
      const isIdempotent = batch.header.producerId >= 0;
      const place = { settings, topic: topic.name, partition, nowMs, isIdempotent };
      const parted = await splitBatch(batch, { place, isCompacted, turns });
      if (parted.rest !== undefined) rest.push(parted.rest);
      // Asked of every batch: the next is held against it.
      const isNew = standings.of(batch.header) === 'new';
      if (!isNew || parted.taken.length === 0) continue;
      const taken = await this.#delayedOf(parted, { settings, standings });
      delayed.push(taken);
      delayedBytes += bytesOf(taken);
      requireRoom(delayedBytes);
    }
    return { waiting, rest, delayed };
  }

  async #delayedOf(
    { header, taken }: SplitBatch,
    { settings, standings }: { settings: DelaySettings; standings: ProducerStandings },
  ): Promise<DelayedBatch> {
    const { topicId, index, deadLetters } = this.#parts;
    const own = { topicId, partition: index };
    const letters = taken.filter(({ isDeadLetter }) => isDeadLetter);
    const haveKeys = letters.every(({ record }) => record.key !== null);
    const place = { partition: index, haveKeys };
    const elsewhere = letters.length > 0 ? await deadLetters.placeOf(settings, place) : own;
    const records = taken.map(({ isDeadLetter, dueMs, record }) => ({
      ...(isDeadLetter ? elsewhere : own),
      ...{ dueMs, record: encodeDelayedRecord(record) },
    }));
    const { producerId: id, producerEpoch: epoch, baseSequence } = header;
    if (id < 0) return { records };
    return { records, producer: { id, epoch, baseSequence, has: standings.lastOf(id) } };
  }

  /** False when it failed: then everybody was told. */
  async #store(gathering: readonly Prepared[]): Promise<boolean> {
    const { sql, topicId, index: partition, clock } = this.#parts;
    const batches = gathering.flatMap(({ delayed }) => delayed);
    if (batches.length === 0) return true;
    try {
      await this.#parts.space?.take(gathering.reduce((sum, prepared) => sum + sizeOf(prepared), 0));
      const outcomes = await sql.write('takeIn', {
        origin: { topicId, partition },
        batches,
        nowMs: clock.nowMs(),
      });
      const taken = batches.filter((_, at) => outcomes[at]).flatMap(({ records }) => records);
      this.#tell(taken);
      return true;
    } catch (cause) {
      const error = new PartitionError('KAFKA_STORAGE_ERROR', 'delayed records could not be kept', { cause });
      for (const { waiting } of gathering) waiting.answer.reject(error);
      return false;
    }
  }

  #tell(taken: readonly NewDelayedRecord[]): void {
    const { metrics, onTaken } = this.#parts;
    metrics.waiting(taken.length);
    metrics.deadLettered(taken.filter(({ topicId }) => topicId !== this.#parts.topicId).length);
    const first = new Map<string, NewDelayedRecord>();
    for (const record of taken) {
      const key = partitionKey(record);
      if (record.dueMs < (first.get(key)?.dueMs ?? Number.POSITIVE_INFINITY)) first.set(key, record);
    }
    for (const record of first.values()) onTaken(record);
  }

  /** All in one turn, so in their order; the next gathering is held against what the partition knows then. */
  async #appendAll(gathering: readonly Prepared[]): Promise<void> {
    await Promise.all(
      gathering.map(async ({ waiting, rest }) => {
        const { partition } = waiting.produced;
        try {
          // Of a producer without a sequence, all of whose records were taken, there is nothing to append.
          const appended =
            rest.length === 0
              ? nothingAppended(partition)
              : await partition.append({ records: Buffer.concat(rest), isOwn: true });
          waiting.answer.resolve(appended);
        } catch (error) {
          waiting.answer.reject(error);
        }
      }),
    );
  }
}

function nothingAppended({ endOffset, startOffset }: Partition): Appended {
  return { baseOffset: endOffset, startOffset, logAppendTimeMs: -1 };
}

function sizeOf({ delayed }: Prepared): number {
  return delayed.reduce((sum, batch) => sum + bytesOf(batch), 0);
}

function bytesOf({ records }: DelayedBatch): number {
  return records.reduce((sum, { record }) => sum + record.length, 0);
}

/** All of a produce is in memory until it is stored, and packed batches of little more than nothing may be many. */
function requireRoom(delayedBytes: number): void {
  if (delayedBytes <= delayedBatchBytesMax) return;
  const detail = `the delayed records of a produce have ${delayedBytes} bytes, ${delayedBatchBytesMax} are allowed`;
  throw new PartitionError('MESSAGE_TOO_LARGE', detail);
}
