// Appends to a topic, as all who produce do: at once to its partition, unless the topic has delays. Then what is delayed is
// taken out first (src/delays), by modules that are loaded when the first such topic is used.

import type { DelaySql } from '../delays/store/delay-store.ts';
import { type Appended, type AppendRequest, type Partition, PartitionError } from '../partition/partition.ts';
import type { Topic } from './topics/topic.ts';

export type AppendPlace = { readonly topic: Topic; readonly index: number; readonly partition: Partition };

type OpenDelays = {
  append(place: AppendPlace, records: Uint8Array): Promise<Appended>;
  requireUndelayed(place: Pick<AppendPlace, 'topic' | 'index'>, records: Uint8Array): Promise<void>;
  damaged?(): readonly string[];
  close(): Promise<void>;
  readonly rows?: DelayRows;
};
type DelayRows = Pick<DelaySql, 'check' | 'read'>;

export class TopicAppends {
  readonly #open: () => Promise<OpenDelays>;
  #delays: Promise<OpenDelays> | undefined;
  #failure: PartitionError | undefined;
  #damaged: () => readonly string[] = () => [];

  constructor(open: () => Promise<OpenDelays>) {
    this.#open = open;
  }

  /** As `Partition.append`. Calls for one partition keep their order. Throws PartitionError. */
  append(place: AppendPlace, request: AppendRequest): Promise<Appended> {
    const { topic, partition } = place;
    // What is in a transaction was asked of `admit`; its guard wants the partition to be asked in this turn.
    const isAtOnce = topic.settings.delays === undefined || (request.transactionalId ?? null) !== null;
    if (isAtOnce) return partition.append(request);
    return this.#opened().then((delays) => delays.append(place, request.records));
  }

  /** As `Partition.appendNow`. Throws PartitionError. */
  appendNow(place: AppendPlace, request: AppendRequest): Appended | Promise<Appended> {
    return place.topic.settings.delays === undefined
      ? place.partition.appendNow(request)
      : this.append(place, request);
  }

  /** Before an append in a transaction: throws PartitionError INVALID_RECORD when a record is to be delayed. */
  async admit(place: Pick<AppendPlace, 'topic' | 'index'>, records: Uint8Array): Promise<void> {
    if (place.topic.settings.delays === undefined) return;
    await (await this.#opened()).requireUndelayed(place, records);
  }

  /** Why the store of delayed records was not opened when it was last tried. */
  get failure(): PartitionError | undefined {
    return this.#failure;
  }

  /** `TOPIC/PARTITION` of those that get nothing of what is due, as the rows that say what they got are damaged. */
  undelivered(): readonly string[] {
    return this.#damaged();
  }

  /** Goes on with what is to be delivered. Throws PartitionError when the store cannot be opened. */
  async resume(): Promise<void> {
    await this.#opened();
  }

  /**
   * The store of delayed records, for who looks whether it is sound; undefined where nothing was ever delayed. Throws
   * PartitionError when it cannot be opened.
   */
  async delayedRows(): Promise<DelayRows | undefined> {
    if (this.#failure !== undefined) throw this.#failure;
    return (await this.#delays)?.rows;
  }

  async close(): Promise<void> {
    await (await this.#delays?.catch(() => undefined))?.close();
  }

  #opened(): Promise<OpenDelays> {
    this.#delays ??= this.#tryToOpen();
    return this.#delays;
  }

  async #tryToOpen(): Promise<OpenDelays> {
    try {
      const delays = await this.#open();
      this.#failure = undefined;
      this.#damaged = () => delays.damaged?.() ?? [];
      return delays;
    } catch (cause) {
      // The next produce tries again.
      this.#delays = undefined;
      const detail = 'the store of delayed records could not be opened';
      this.#failure = new PartitionError('KAFKA_STORAGE_ERROR', detail, { cause });
      throw this.#failure;
    }
  }
}
