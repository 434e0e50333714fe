// Compacts the partitions of compacted topics, one after the other: its bytes per second are those of the whole broker.

import type { Telemetry } from '@cairn/telemetry';
import type { Clock } from '@cairn/world';
import { compactionEveryMs, compactionRestMs } from '../limits.ts';
import type { Topic } from './topics/topic.ts';
import type { Topics } from './topics/topics.ts';

export type CompactionWorkerParts = {
  readonly topics: Topics;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
};

type Failure = { readonly count: number; readonly untilMs: number };

export class CompactionWorker {
  readonly #parts: CompactionWorkerParts;
  readonly #counts: ReturnType<typeof countersOf>;
  readonly #stopping = new AbortController();
  /** By partition, while it fails: how often, and until when it rests. */
  readonly #failures = new Map<string, Failure>();
  readonly #finished: Promise<void>;

  constructor(parts: CompactionWorkerParts) {
    this.#parts = parts;
    this.#counts = countersOf(parts.telemetry);
    this.#finished = this.#work();
  }

  /** Ends the pass under way; what it finished of it stays. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the broker is being closed'));
    await this.#finished;
  }

  async #work(): Promise<void> {
    const { topics, clock } = this.#parts;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await clock.sleep(compactionEveryMs, signal).catch(() => {});
      const round = { dirtyRatio: 0, uncleanable: 0 };
      const before = new Set(this.#failures.keys());
      for (const topic of topics.all()) {
        for (let index = 0; topic.settings.isCompacted && index < topic.partitionCount; index++) {
          before.delete(keyOf(topic, index));
          if (!signal.aborted) await this.#look(topic, index, round);
        }
      }
      // Of topics that are not compacted any more, or not there.
      for (const key of before) this.#failures.delete(key);
      this.#counts.dirtyRatio.set(round.dirtyRatio);
      this.#counts.uncleanable.set(round.uncleanable);
    }
  }

  async #look(
    topic: Topic,
    index: number,
    round: { dirtyRatio: number; uncleanable: number },
  ): Promise<void> {
    const { topics, telemetry, clock } = this.#parts;
    const { signal } = this.#stopping;
    const key = keyOf(topic, index);
    const rests = clock.monotonicMs() < (this.#failures.get(key)?.untilMs ?? 0);
    try {
      const partition = await topics.partition(topic, index);
      // As it is before it is compacted.
      round.dirtyRatio = Math.max(round.dirtyRatio, await partition.dirtyRatio());
      const report = rests ? undefined : await partition.compact({ signal });
      if (partition.isUncleanable) round.uncleanable += 1;
      if (rests) return;
      this.#failures.delete(key);
      if (report === undefined) return;
      this.#counts.passes.add(1);
      this.#counts.readBytes.add(report.readBytes);
      this.#counts.writtenBytes.add(report.writtenBytes);
      telemetry.log.info('compacted a partition', { topic: topic.name, partition: index, ...report });
    } catch (error) {
      // Of a topic that was deleted meanwhile there is nothing to compact.
      if (rests || signal.aborted || topics.findById(topic.topicId) === undefined) return;
      this.#fail(topic, index, error);
    }
  }

  /** Told once, until it succeeds: what a disk cannot read it cannot read the next time, and what is full may stay so. */
  #fail(topic: Topic, index: number, error: unknown): void {
    const { telemetry, clock } = this.#parts;
    const key = keyOf(topic, index);
    const count = this.#failures.get(key)?.count ?? 0;
    const afterMs = Math.min(compactionRestMs.min * 2 ** count, compactionRestMs.max);
    this.#failures.set(key, { count: count + 1, untilMs: clock.monotonicMs() + afterMs });
    this.#counts.failures.add(1);
    if (count > 0) return;
    const fields = { topic: topic.name, partition: index, afterMs, error };
    telemetry.log.warn('a partition was not compacted; it is tried again, less often each time', fields);
  }
}

function keyOf({ topicId }: Topic, index: number): string {
  return `${topicId}/${index}`;
}

function countersOf({ metrics }: Telemetry) {
  const counter = (name: string, help: string) => metrics.counter(name, { help }).with({});
  return {
    passes: counter('cairn_kafka_compaction_passes_total', 'Passes over a partition that were finished.'),
    readBytes: counter('cairn_kafka_compaction_read_bytes_total', 'Of segments that were compacted.'),
    failures: counter('cairn_kafka_compaction_failures_total', 'Passes over a partition that failed.'),
    writtenBytes: counter('cairn_kafka_compaction_written_bytes_total', 'What was left of them.'),
    uncleanable: metrics
      .gauge('cairn_kafka_compaction_uncleanable_partitions', {
        help: 'Partitions that are not compacted, since a segment is damaged or cannot be read at a place.',
      })
      .with({}),
    dirtyRatio: metrics
      .gauge('cairn_kafka_compaction_dirty_ratio_max', {
        help: 'Of all partitions, as the last round found them: 1 was not compacted yet.',
      })
      .with({}),
  };
}
