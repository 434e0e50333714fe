// `produce` of the library: chooses the partition of each record, and puts it on the lane there.

import {
  type EngineProduce,
  type EngineRecord,
  LogError,
  type ProducedRecord,
  partitionOfKey,
} from '@cairn/engines';
import type { World } from '@cairn/world';
import type { TopicAppends } from '../../broker/topic-appends.ts';
import type { OpenPartition, Topic } from '../../broker/topics/topic.ts';
import { decideDelay } from '../../delays/delay-policy.ts';
import { producedBatchBytesMax } from '../../limits.ts';
import { libraryError } from '../library-error.ts';
import type { LibraryTopics } from '../library-topics.ts';
import type { OutgoingRecord } from './outgoing-batches.ts';
import { type LaneEnd, PartitionLane } from './partition-lane.ts';

export type ProducerOptions = {
  readonly topics: LibraryTopics;
  readonly world: World;
  /** Batches go straight to partitions where it is missing. */
  readonly appends?: Pick<TopicAppends, 'append'> | undefined;
};

export class Producer {
  readonly #topics: LibraryTopics;
  readonly #world: World;
  readonly #appends: ProducerOptions['appends'];
  /** Lanes that something is on, by topic id and partition. */
  readonly #lanes = new Map<string, PartitionLane>();
  /** Where records without a key go until they have left: one partition, so that they leave together. */
  readonly #chosen = new Map<string, number>();

  constructor({ topics, world, appends }: ProducerOptions) {
    this.#topics = topics;
    this.#appends = appends;
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
    { name: topic, settings, partitionCount }: Topic,
    { records, attempted }: { records: readonly EngineRecord[]; attempted: string },
  ): void {
    const nowMs = this.#world.clock.nowMs();
    if (settings.minInSyncReplicas > 1)
      throw new LogError('unavailable', { attempted, detail: 'min.insync.replicas is above one' });
    for (const record of records) {
      const { key, timestampMs, partition = 0 } = record;
      const { delays } = settings;
      if (delays !== undefined) {
        const place = { settings: delays, topic, partition, nowMs, isIdempotent: false };
        decideDelay({ ...record, timestampMs: timestampMs ?? nowMs }, place);
      }
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
          open: () => {
            const topic = current();
            const opening = this.#topics.all.partition(topic, index);
            const endAt = (partition: OpenPartition) => this.#endAt(partition, { topic, index });
            return opening instanceof Promise ? opening.then(endAt) : endAt(opening);
          },
          batchBytesMax: () => Math.min(current().settings.batchBytesMax, producedBatchBytesMax),
          onEmpty: () => {
            this.#lanes.delete(key);
            if (this.#chosen.get(topicId) === index) this.#chosen.delete(topicId);
          },
        }),
    );
  }

  #endAt(partition: OpenPartition, { topic, index }: { topic: Topic; index: number }): LaneEnd {
    const appends = this.#appends;
    if (appends === undefined) return partition;
    return { append: (request) => appends.append({ topic, index, partition }, request) };
  }
}
