// The partitions that are open: opened when they are first wanted, and kept.
//
// A partition is never open twice: while one is being opened everybody waits for the same opening, and one that failed is
// closed before it is opened again.

import type { Telemetry } from '@cairn/telemetry';
import type { Uuid } from '../../kafka/wire/values.ts';
import type { OpenPartition, PartitionOpener, Topic } from './topic.ts';

type Slot = OpenPartition | Promise<OpenPartition>;

export type OpenPartitionsOptions = {
  readonly open: PartitionOpener;
  readonly directoryOf: (topicId: Uuid, index: number) => string;
  readonly leaderEpoch: number;
  readonly log: Telemetry['log'];
};

export class OpenPartitions {
  readonly #options: OpenPartitionsOptions;
  readonly #slots = new Map<Uuid, Slot[]>();
  /** By folder: a partition that is being closed. */
  readonly #closing = new Map<string, Promise<void>>();

  constructor(options: OpenPartitionsOptions) {
    this.#options = options;
  }

  /** At once when it is open. */
  get(topic: Topic, index: number): Slot {
    const slots = this.#slots.getOrInsertComputed(topic.topicId, () => []);
    const found = slots[index];
    if (found !== undefined) return found;
    const opening = this.#open(topic, index);
    slots[index] = opening;
    opening.then(
      (partition) => this.#replace(slots, { index, from: opening, to: partition }),
      () => this.#replace(slots, { index, from: opening, to: undefined }),
    );
    return opening;
  }

  opened(topicId: Uuid, index: number): OpenPartition | undefined {
    const slot = this.#slots.get(topicId)?.[index];
    return slot instanceof Promise ? undefined : slot;
  }

  /** Those of a topic that are open or being opened. */
  ofTopic(topicId: Uuid): readonly Slot[] {
    return (this.#slots.get(topicId) ?? []).filter((slot) => slot !== undefined);
  }

  /** Open, or being opened. */
  has(topicId: Uuid, index: number): boolean {
    return this.#slots.get(topicId)?.[index] !== undefined;
  }

  configure(topic: Topic): void {
    for (const slot of this.ofTopic(topic.topicId)) {
      // One that is being opened got the configuration from before.
      if (slot instanceof Promise) void slot.then((partition) => partition.configure(topic.settings), ignore);
      else slot.configure(topic.settings);
    }
  }

  async closeTopic(topicId: Uuid): Promise<void> {
    const slots = this.#slots.get(topicId) ?? [];
    this.#slots.delete(topicId);
    await Promise.all(
      slots.map((slot, index) => this.#close(slot, this.#options.directoryOf(topicId, index))),
    );
  }

  async close(): Promise<void> {
    await Promise.all([...this.#slots.keys()].map((topicId) => this.closeTopic(topicId)));
    await Promise.all(this.#closing.values());
  }

  async #open(topic: Topic, index: number): Promise<OpenPartition> {
    const { open, leaderEpoch, directoryOf } = this.#options;
    const directory = directoryOf(topic.topicId, index);
    await this.#closing.get(directory);
    return open({
      ...{ directory, index, topicId: topic.topicId },
      config: topic.settings,
      leaderEpoch,
      onFailed: () => this.#drop(topic, index),
    });
  }

  #drop(topic: Topic, index: number): void {
    const slots = this.#slots.get(topic.topicId);
    const slot = slots?.[index];
    if (slots === undefined || slot === undefined) return;
    delete slots[index];
    void this.#close(slot, this.#options.directoryOf(topic.topicId, index));
  }

  #close(slot: Slot | undefined, directory: string): Promise<void> {
    if (slot === undefined) return Promise.resolve();
    const closing = (async () => {
      try {
        await (await slot).close();
      } catch (error) {
        this.#options.log.warn('partition not closed', { directory, error });
      }
    })();
    this.#closing.set(directory, closing);
    return closing.then(() => {
      if (this.#closing.get(directory) === closing) this.#closing.delete(directory);
    });
  }

  #replace(
    slots: Slot[],
    { index, from, to }: { index: number; from: Slot; to: OpenPartition | undefined },
  ): void {
    if (slots[index] !== from) return;
    if (to === undefined) delete slots[index];
    else slots[index] = to;
  }
}

function ignore(): void {}
