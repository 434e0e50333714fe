// Moves segments to the blobs engine, and deletes there what is not wanted any more: a segment of each partition in turn, some
// at a time, as fast as the pace of copying lets it. When the engine fails everything rests, longer each time.

import type { Telemetry } from '@cairn/telemetry';
import type { Clock } from '@cairn/world';
import { tieringEveryMs, tieringLanes, tieringRestMs } from '../limits.ts';
import type { PartitionTiers } from '../remote/partition-tiers.ts';
import type { RemoteCounts } from '../remote/remote-counts.ts';
import type { Topic } from './topics/topic.ts';
import type { Topics } from './topics/topics.ts';

export type TieringWorkerParts = {
  readonly topics: Topics;
  readonly clock: Clock;
  readonly log: Telemetry['log'];
  readonly counts: RemoteCounts;
};

export class TieringWorker {
  readonly #parts: TieringWorkerParts;
  readonly #stopping = new AbortController();
  readonly #finished: Promise<void>;
  #failures = 0;

  constructor(parts: TieringWorkerParts) {
    this.#parts = parts;
    this.#finished = this.#work();
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the broker is being closed'));
    await this.#finished;
  }

  async #work(): Promise<void> {
    const { signal } = this.#stopping;
    await this.#rest(tieringEveryMs);
    while (!signal.aborted) {
      const isMore = await this.#round();
      if (!isMore) await this.#rest(tieringEveryMs);
    }
  }

  /** Through all partitions once. Whether some have more to move. */
  async #round(): Promise<boolean> {
    const { counts } = this.#parts;
    const bytes = { there: 0, waiting: 0 };
    let isMore = false;
    const partitions = this.#partitions();
    const lane = async () => {
      for await (const { tiers, topic } of partitions) {
        const hasMoved = await this.#step(tiers, topic);
        isMore ||= hasMoved;
        const { there, waiting } = tiers.bytes;
        bytes.there += there;
        bytes.waiting += waiting;
      }
    };
    await Promise.all(Array.from({ length: tieringLanes }, lane));
    counts.are(bytes);
    return isMore;
  }

  /** Of topics with two tiers all, of others those that are open and still have something there. */
  async *#partitions(): AsyncGenerator<{ tiers: PartitionTiers; topic: Topic }, void, undefined> {
    const { topics } = this.#parts;
    for (const topic of topics.all()) {
      for (let index = 0; index < topic.partitionCount; index++) {
        if (this.#stopping.signal.aborted) return;
        const partition =
          topic.settings.remote === undefined
            ? topics.opened(topic, index)
            : await Promise.resolve(topics.partition(topic, index)).catch(() => undefined);
        const tiers = partition?.tiers;
        if (tiers !== undefined && (tiers.isUsed || topic.settings.remote !== undefined))
          yield { tiers, topic };
      }
    }
  }

  async #step(tiers: PartitionTiers, topic: Topic): Promise<boolean> {
    const { signal } = this.#stopping;
    const { log, counts, topics } = this.#parts;
    try {
      const hasMoved = await tiers.step(signal);
      this.#failures = 0;
      return hasMoved;
    } catch (error) {
      if (signal.aborted || topics.findById(topic.topicId) === undefined) return false;
      counts.failed('move');
      const afterMs = Math.min(tieringRestMs.min * 2 ** this.#failures, tieringRestMs.max);
      this.#failures += 1;
      log.warn('segments could not be moved to the blobs engine; it is tried again', {
        ...{ topic: topic.name, afterMs, error },
      });
      await this.#rest(afterMs);
      return false;
    }
  }

  async #rest(durationMs: number): Promise<void> {
    const { signal } = this.#stopping;
    if (!signal.aborted) await this.#parts.clock.sleep(durationMs, signal).catch(() => {});
  }
}
