// Compacts the partitions of compacted topics, one after the other: its bytes per second are those of the whole broker.

import type { Telemetry } from '@cairn/telemetry';
import type { Clock } from '@cairn/world';
import { compactionEveryMs } from '../limits.ts';
import type { Topic } from './topics/topic.ts';
import type { Topics } from './topics/topics.ts';

export type CompactionWorkerParts = {
  readonly topics: Topics;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
};

export class CompactionWorker {
  readonly #parts: CompactionWorkerParts;
  readonly #counts: ReturnType<typeof countersOf>;
  readonly #stopping = new AbortController();
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
      let dirtyRatio = 0;
      for (const topic of topics.all()) {
        for (let index = 0; topic.settings.isCompacted && index < topic.partitionCount; index++)
          if (!signal.aborted) dirtyRatio = Math.max(dirtyRatio, await this.#look(topic, index));
      }
      this.#counts.dirtyRatio.set(dirtyRatio);
    }
  }

  /** Its dirty ratio before it is compacted. */
  async #look(topic: Topic, index: number): Promise<number> {
    const { topics, telemetry } = this.#parts;
    const { signal } = this.#stopping;
    let dirtyRatio = 0;
    try {
      const partition = await topics.partition(topic, index);
      dirtyRatio = await partition.dirtyRatio();
      const report = await partition.compact({ signal });
      if (report === undefined) return dirtyRatio;
      this.#counts.passes.add(1);
      this.#counts.readBytes.add(report.readBytes);
      this.#counts.writtenBytes.add(report.writtenBytes);
      telemetry.log.info('compacted a partition', { topic: topic.name, partition: index, ...report });
    } catch (error) {
      // Of a topic that was deleted meanwhile there is nothing to compact.
      if (signal.aborted || topics.findById(topic.topicId) === undefined) return dirtyRatio;
      telemetry.log.warn('a partition was not compacted; it will be tried again', {
        topic: topic.name,
        partition: index,
        error,
      });
    }
    return dirtyRatio;
  }
}

function countersOf({ metrics }: Telemetry) {
  const counter = (name: string, help: string) => metrics.counter(name, { help }).with({});
  return {
    passes: counter('cairn_kafka_compaction_passes_total', 'Passes over a partition that were finished.'),
    readBytes: counter('cairn_kafka_compaction_read_bytes_total', 'Of segments that were compacted.'),
    writtenBytes: counter('cairn_kafka_compaction_written_bytes_total', 'What was left of them.'),
    dirtyRatio: metrics
      .gauge('cairn_kafka_compaction_dirty_ratio_max', {
        help: 'Of all partitions, as the last round found them: 1 was not compacted yet.',
      })
      .with({}),
  };
}
