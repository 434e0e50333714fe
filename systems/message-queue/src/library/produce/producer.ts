// `produce` of the library: chooses the partition of each record, and puts it on the lane there.

import {
  type EngineProduce,
  type EngineRecord,
  LogError,
  type ProducedRecord,
  partitionOfKey,
} from '@cairn/engines';
import type { World } from '@cairn/world';
import type { Topic } from '../../broker/topics/topic.ts';
import { producedBatchBytesMax } from '../../limits.ts';
import { libraryError } from '../library-error.ts';
import type { LibraryTopics } from '../library-topics.ts';
import type { OutgoingRecord } from './outgoing-batches.ts';
import { PartitionLane } from './partition-lane.ts';

export type ProducerOptions = { readonly topics: LibraryTopics; readonly world: World };

export class Producer {
  readonly #topics: LibraryTopics;
  readonly #world: World;
  /** Lanes that something is on, by topic id and partition. */
  readonly #lanes = new Map<string, PartitionLane>();
  /** Where records without a key go until they have left: one partition, so that they leave together. */
  readonly #chosen = new Map<string, number>();

  constructor({ topics, world }: ProducerOptions) {
    this.#topics = topics;
    this.#world = world;
  }

  async produce({ topic: name, records }: EngineProduce): Promise<readonly ProducedRecord[]> {
    const attempted = `produce to '${name}'`;
    try {
      const found = this.#topics.require(name, attempted);
      const topic = found instanceof Promise ? await found : found;
      this.#requireAll(topic, { records, attempted });
      const nowMs = Math.floor(this.#world.clock.nowMs());
      const places = records.map((record) => {
        const partition = record.partition ?? this.#partitionOf(topic, record);
        const outgoing: OutgoingRecord = { ...record, timestampMs: record.timestampMs ?? nowMs };
        return this.#laneTo(topic, partition)
          .add(outgoing)
          .then((offset) => ({ partition, offset }));
      });
      // Nobody is told before all have answered: what failed may be repeated then.
      await Promise.allSettled(places);
      return await Promise.all(places);
    } catch (error) {
      throw libraryError(error, attempted);
    }
  }

  /** What a batch would be refused for is refused before it: it has records of others too. */
  #requireAll(
    { settings, partitionCount }: Topic,
    { records, attempted }: { records: readonly EngineRecord[]; attempted: string },
  ): void {
    const nowMs = this.#world.clock.nowMs();
    if (settings.minInSyncReplicas > 1)
      throw new LogError('unavailable', { attempted, detail: 'min.insync.replicas is above one' });
    for (const { key, timestampMs, partition = 0 } of records) {
      if (partition >= partitionCount)
        throw new LogError('unknown-partition', { attempted, detail: `${partition} of ${partitionCount}` });
      if (settings.isCompacted && key === null)
        throw new LogError('invalid-record', { attempted, detail: 'the topic is compacted by keys' });
      if (timestampMs === undefined || settings.timestampType === 'LogAppendTime') continue;
      if (
        nowMs - timestampMs > settings.timestampBeforeMsMax ||
        timestampMs - nowMs > settings.timestampAfterMsMax
      )
        throw new LogError('invalid-record', {
          attempted,
          detail: `its time ${timestampMs} is out of bounds`,
        });
    }
  }

  #partitionOf({ topicId, partitionCount }: Topic, { key }: EngineRecord): number {
    if (key !== null) return partitionOfKey(key, partitionCount);
    const choose = () => this.#world.random.integer(partitionCount);
    return this.#chosen.getOrInsertComputed(topicId, choose);
  }

  #laneTo({ topicId, name }: Topic, index: number): PartitionLane {
    const key = `${topicId}/${index}`;
    const current = () => {
      const topic = this.#topics.all.findById(topicId);
      if (topic === undefined) throw new LogError('unknown-topic', { attempted: `produce to '${name}'` });
      return topic;
    };
    return this.#lanes.getOrInsertComputed(
      key,
      () =>
        new PartitionLane({
          open: () => this.#topics.all.partition(current(), index),
          batchBytesMax: () => Math.min(current().settings.batchBytesMax, producedBatchBytesMax),
          onEmpty: () => {
            this.#lanes.delete(key);
            if (this.#chosen.get(topicId) === index) this.#chosen.delete(topicId);
          },
        }),
    );
  }
}
