// Topics as the management API shows them.

import { z } from 'zod';
import { definitionOf, settingNames } from '../../broker/topics/setting-definitions.ts';
import type { OpenPartition, Topic } from '../../broker/topics/topic.ts';
import { textOf } from '../../broker/topics/topic-settings.ts';
import type { Topics } from '../../broker/topics/topics.ts';

const count = z.int().nonnegative();

const size = { records: count, sizeBytes: count };

export const topicItem = z.strictObject({
  name: z.string(),
  topicId: z.string(),
  partitions: count,
  createdMs: z.number(),
  /** What was set for it, by Kafka's names. */
  settings: z.record(z.string(), z.string()),
  /** When they were asked for. Records: offsets from the first to the last, those of markers and of what was compacted too. */
  records: count.optional(),
  sizeBytes: count.optional(),
});
export type TopicItem = z.output<typeof topicItem>;

const partitionItem = z.strictObject({
  partition: count,
  startOffset: count,
  /** Of the next record that consumers will see. */
  endOffset: count,
  /** Below it no transaction is open. */
  lastStableOffset: count,
  leaderEpoch: z.int(),
  ...size,
});
export type PartitionItem = z.output<typeof partitionItem>;

const settingItem = z.strictObject({
  name: z.string(),
  value: z.string(),
  isDefault: z.boolean(),
  documentation: z.string(),
});

export const topicDescription = topicItem.omit({ settings: true, partitions: true }).extend({
  partitions: z.array(partitionItem).readonly(),
  settings: z.array(settingItem).readonly(),
});
export type TopicDescription = z.output<typeof topicDescription>;

export function itemOf({ name, topicId, partitionCount, createdMs, texts }: Topic): TopicItem {
  return { name, topicId, partitions: partitionCount, createdMs, settings: { ...texts } };
}

export async function sizedItemOf(topics: Topics, topic: Topic): Promise<TopicItem> {
  return { ...itemOf(topic), ...totalOf(await partitionsOf(topics, topic)) };
}

export async function descriptionOf(topics: Topics, topic: Topic): Promise<TopicDescription> {
  const { name, topicId, createdMs } = topic;
  const partitions = await partitionsOf(topics, topic);
  const settings = settingNames.map((setting) => ({
    name: setting,
    value: textOf(setting, topic.texts, topics.defaults),
    isDefault: topic.texts[setting] === undefined,
    documentation: definitionOf(setting).documentation,
  }));
  return { name, topicId, createdMs, ...totalOf(partitions), partitions, settings };
}

function totalOf(partitions: readonly PartitionItem[]): { records: number; sizeBytes: number } {
  return {
    records: partitions.reduce((sum, { records }) => sum + records, 0),
    sizeBytes: partitions.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  };
}

/** Opens those that nobody has used yet. */
async function partitionsOf(topics: Topics, topic: Topic): Promise<readonly PartitionItem[]> {
  const items: PartitionItem[] = [];
  for (let index = 0; index < topic.partitionCount; index++)
    items.push(partitionItemOf(index, await topics.partition(topic, index)));
  return items;
}

function partitionItemOf(index: number, partition: OpenPartition): PartitionItem {
  const { startOffset, highWatermark, lastStableOffset, leaderEpoch } = partition;
  return {
    ...{ partition: index, startOffset, endOffset: highWatermark, lastStableOffset, leaderEpoch },
    ...{ records: highWatermark - startOffset, sizeBytes: partition.sizeBytes() },
  };
}
