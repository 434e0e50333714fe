// What partitions need between requests: retention, sealing of old segments, checkpoints; and of topics with
// `durability=os` a sync now and then, which bounds what a power loss takes.
//
// One partition after the other, those that nobody has opened yet too: what they retain has to expire all the same.

import type { Telemetry } from '@cairn/telemetry';
import type { Clock } from '@cairn/world';
import { upkeepEveryMs, upkeepRestMs } from '../limits.ts';
import type { Partition } from '../partition/partition.ts';
import type { PartitionName } from '../transactions/machine/transaction-state.ts';
import type { Topics } from './topics/topics.ts';

export type UpkeepWorkerParts = {
  readonly topics: Topics;
  readonly clock: Clock;
  readonly log: Telemetry['log'];
  /** Called of each partition, after what it needed. */
  readonly onLook: (name: PartitionName, partition: Partition) => void;
};

export class UpkeepWorker {
  readonly #topics: Topics;
  readonly #onLook: UpkeepWorkerParts['onLook'];
  readonly #clock: Clock;
  readonly #log: Telemetry['log'];
  readonly #stopping = new AbortController();
  readonly #finished: Promise<void>;

  constructor(parts: UpkeepWorkerParts) {
    this.#topics = parts.topics;
    this.#onLook = parts.onLook;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#finished = this.#work();
  }

  /** Resolves when the partition under way is done. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the broker is being closed'));
    await this.#finished;
  }

  async #work(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#rest(upkeepEveryMs);
      for (const topic of this.#topics.all()) {
        for (let index = 0; index < topic.partitionCount && !signal.aborted; index++) {
          await this.#look(topic, index);
          await this.#rest(upkeepRestMs);
        }
      }
    }
  }

  async #look(topic: ReturnType<Topics['all']>[number], index: number): Promise<void> {
    try {
      const partition = await this.#topics.partition(topic, index);
      await partition.upkeep();
      if (topic.settings.durability === 'os') await partition.sync();
      this.#onLook({ topic: topic.name, partition: index }, partition);
    } catch (error) {
      // Of a topic that was deleted meanwhile there is nothing to keep up.
      if (this.#stopping.signal.aborted || this.#topics.findById(topic.topicId) === undefined) return;
      this.#log.warn('upkeep of a partition failed; it will be tried again', {
        topic: topic.name,
        partition: index,
        error,
      });
    }
  }

  async #rest(durationMs: number): Promise<void> {
    const { signal } = this.#stopping;
    if (!signal.aborted) await this.#clock.sleep(durationMs, signal).catch(() => {});
  }
}
